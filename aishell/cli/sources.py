"""What a prompt draws on, for this person on this machine."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing, suppress

from aishell import wiring
from aishell.cli.command import is_command
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import AishellError, MemoryUnavailable
from aishell.core.memory import Query
from aishell.planner import lexicon
from aishell.planner.route import route
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.finding import Finder
from aishell.ui.editing.history import LineHistory
from aishell.ui.editing.sources import Sources
from aishell.ui.line_mode.lines import cwd
from aishell.wiring.menu import open_about, open_menu

_MEANT = 8


def open_sources(paths: Paths, wanted: Settings) -> Sources:
    """Nothing is read yet: the finder's `prepare` reads the history, and the first completion PATH. Raises ConfigError."""
    commands = Commands(lambda: os.environ.get("PATH", os.defpath), lambda: lexicon.BUILTINS)
    history = LineHistory(paths.state / "line_history", _without_secrets)
    return Sources(
        history=history,
        finder=Finder(history),
        completer=Completer(
            commands, menu=open_menu(wanted, lambda: wiring.open_programs(paths, wiring.rules(paths))), about=open_about(wanted)
        ),
        route=lambda line: route(line, is_command, os.path.exists),
        is_command=lambda name: name in commands or ("/" in name and is_command(name)),
        by_meaning=lambda words: asyncio.to_thread(_remembered, paths, words),
    )


def _remembered(paths: Paths, words: str) -> list[str]:
    """Commands of the memory that mean something like the words, best first; none when there is no memory."""
    from aishell.memory.search import Search

    store = wiring.open_memory(paths).store if wiring.memory_file(paths).exists() else None
    if store is None:
        return []
    with closing(store), suppress(MemoryUnavailable):
        loaded, _ = wiring.settings()
        query = Query(text=words, cwd=cwd(), kinds=("command",), limit=_MEANT)
        return [found.body for found in Search(store, wiring.open_meaning(loaded.settings, paths)).find(query)]
    return []


def _without_secrets(line: str) -> str:
    """Nothing when there is no telling what is secret in it."""
    try:
        return wiring.without_secrets(line)
    except AishellError:
        return ""
