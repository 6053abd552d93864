"""What a prompt draws on, for this person on this machine."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing, suppress
from functools import partial

from aishell import wiring
from aishell.cli import fault
from aishell.cli.command import is_command
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import AishellError, MemoryUnavailable
from aishell.core.memory import Query
from aishell.core.text import visible
from aishell.planner import lexicon
from aishell.planner.route import route
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.finding import Finder
from aishell.ui.editing.history import Entry, LineHistory
from aishell.ui.editing.sources import Sources
from aishell.ui.line_mode.lines import cwd
from aishell.wiring.extend import suggestions
from aishell.wiring.menu import open_about, open_menu

_MEANT = 8
_NO_SUGGESTIONS = "Suggestions have failed, and there are none"
_NAMES_ONLY = "Completion has failed, and knows names only"


def open_sources(paths: Paths, wanted: Settings, tell: wiring.Tell = wiring.tell) -> Sources:
    """Nothing is read yet: the finder's `prepare` reads the history, and the first completion PATH. Raises ConfigError."""

    def failed(what: str, error: Exception) -> None:
        tell(f"{what}, until aishell starts again: {visible(f'{type(error).__name__}: {error}')}. {fault.write_down(error)}")

    commands = Commands(lambda: os.environ.get("PATH", os.defpath), lambda: lexicon.BUILTINS)
    history = LineHistory(paths.state / "line_history", _without_secrets)
    routes = partial(route, is_command=is_command, exists=os.path.exists)
    news = partial(_news, history, [0])
    typing = wiring.open_as_you_type(
        wanted, paths, news, lambda line: routes(line).where == "words", partial(failed, _NO_SUGGESTIONS)
    )
    history.added = typing.sent
    return Sources(
        history=history,
        finder=Finder(history),
        completer=Completer(
            commands,
            menu=open_menu(wanted, lambda: wiring.open_programs(paths, wiring.rules(paths)), lambda: suggestions(paths)),
            about=open_about(wanted),
            failed=partial(failed, _NAMES_ONLY),
        ),
        route=routes,
        ghost=typing.ghost,
        suggest=typing.suggest,
        prepare=typing.prepare,
        ended=typing.ended,
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


def _news(history: LineHistory, seen: list[int]) -> tuple[list[Entry], bool]:
    """What has been typed since the last call, here or in another shell. Lines that the history has let go stay known."""
    at, seen[0] = seen[0], len(history.entries)
    return history.entries[at:], False


def _without_secrets(line: str) -> str:
    """Nothing when there is no telling what is secret in it."""
    try:
        return wiring.without_secrets(line)
    except AishellError:
        return ""
