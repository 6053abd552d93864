"""What requests of several steps are made from: playbooks, files to look at, the memory, and where work is kept."""

from __future__ import annotations

import functools
import os
import stat
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.core.errors import MemoryUnavailable
from aishell.wiring.base import without_secrets
from aishell.wiring.mcp import tools_for
from aishell.wiring.memory import open_meaning, open_store
from aishell.wiring.remote import is_remote

if TYPE_CHECKING:
    from aishell.planner.steps.playbooks import Playbooks
    from aishell.planner.steps.saved import Saved
    from aishell.session import Session
    from aishell.working import Working

_MOST_BYTES = 256 << 10
"""Of a file that a model may edit."""
_RECALLED = 5


def open_working(session: Session, wanted: Settings, paths: Paths) -> Working:
    """What goes about requests of several steps. Raises ConfigError."""
    from aishell.working import Budget, Ways, Working

    ways = Ways(
        backend=session.backend,
        planner=session.planner,
        acting=lambda: session.acting,
        rounds=wanted.planner.rounds,
        playbooks=session.playbooks(),
        look=_text_of,
        names=names_in,
        recall=lambda words: "" if is_remote(wanted) else _recalled(words, wanted, paths),  # the memory stays here
        tools=lambda words: tools_for(words, paths),
    )
    budget = Budget(rounds=wanted.planner.rounds, seconds=wanted.planner.seconds)
    return Working(ways=ways, saved=open_saved(paths), budget=budget)


@functools.cache
def open_playbooks() -> Playbooks:
    """Which facts questions need. Raises ConfigError."""
    from aishell.planner.steps.playbooks import Playbooks

    return Playbooks.from_file(shipped("playbooks.toml"))


def open_saved(paths: Paths) -> Saved:
    """Work that is under way, on disk."""
    from aishell.planner.steps.saved import Saved

    return Saved(folder=paths.state / "steps", redact=without_secrets)


def _text_of(folder: str, name: str) -> str | None:
    """A file of plain text, not too large, named from a folder; None for anything else."""
    path = os.path.join(folder, os.path.expanduser(name))
    with suppress(OSError, ValueError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST_BYTES:
                return file.read(_MOST_BYTES + 1).decode("utf-8")
    return None


def names_in(folder: str) -> tuple[str, ...]:
    """What an `ls` would show there."""
    with suppress(OSError):
        return tuple(sorted(name for name in os.listdir(folder) if not name.startswith(".")))
    return ()


def _recalled(words: str, wanted: Settings, paths: Paths) -> str:
    """What the memory has about some words, a line each."""
    from aishell.core.memory import Query
    from aishell.memory.search import Search

    try:
        with closing(open_store(paths)) as store:
            found = Search(store, open_meaning(wanted, paths)).find(Query(text=words, limit=_RECALLED))
    except MemoryUnavailable:
        return ""
    return "\n".join(item.body for item in found)
