"""What mends a command that failed, with what it may ask of this machine, its manuals and the person's memory."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.core.errors import AishellError, MemoryUnavailable
from aishell.wiring.memory import memory_file, open_memory

if TYPE_CHECKING:
    from aishell.planner.fix.facts import Facts, Habits
    from aishell.planner.fix.fixer import Fixer
    from aishell.planner.validate import Inspect, UnknownOptions

_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][A-Za-z0-9-]*")
_PAST = 2000


def open_fixer(wanted: Settings, paths: Paths, inspect: Inspect, unknown_options: UnknownOptions) -> Fixer:
    from aishell.planner.fix.fixer import Fixer
    from aishell.planner.fix.machine import look

    known = habits()

    def facts(cwd: str, names: Collection[str]) -> Facts:
        return look(
            cwd,
            os.environ,
            habits=known,
            names=names,
            options_of=options_of,
            past=cache(lambda: past(paths) if wanted.memory.record else ()),
        )

    return Fixer(inspect, facts, max_tokens=wanted.planner.max_tokens, unknown_options=unknown_options)


@cache
def habits() -> Habits:
    """The data of `config/fix.toml`."""
    import tomllib

    from aishell.planner.fix.facts import Habits

    read: Mapping[str, Any] = tomllib.loads(shipped("fix.toml").read_text("utf-8"))
    verbs = {program: tuple(text.split()) for program, text in read["verbs"].items()}
    return Habits(elsewhere=read["elsewhere"], packages=read["packages"], verbs=verbs)


@cache
def options_of(program: str, verb: str = "") -> Sequence[str]:
    """The options a program's manual names; none when it has none that can be read here."""
    from aishell.programs.pages import read_manual

    try:
        text = read_manual(f"{program}-{verb}" if verb else program).text
    except AishellError:
        return ()
    return tuple(dict.fromkeys(_OPTION.findall(text)))


def past(paths: Paths) -> Sequence[str]:
    """Lines the person ran that ended well, newest first; none when there is no memory."""
    store = open_memory(paths).store if memory_file(paths).exists() else None
    if store is None:
        return ()
    own = "SELECT body FROM items WHERE kind = 'command' AND trust = 'own' AND worked > 0 ORDER BY last DESC LIMIT ?"
    with closing(store), suppress(MemoryUnavailable):
        return tuple(body for (body,) in store.db.execute(own, (_PAST,)).fetchall())
    return ()
