"""What a prompt draws on, for this person on this machine."""

from __future__ import annotations

import os

from aishell import wiring
from aishell.cli.command import is_command
from aishell.config.paths import Paths
from aishell.core.errors import AishellError
from aishell.planner import lexicon
from aishell.planner.route import route
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.finding import Finder
from aishell.ui.editing.history import LineHistory
from aishell.ui.editing.sources import Sources


def open_sources(paths: Paths) -> Sources:
    """Nothing is read yet: the finder's `prepare` reads the history, and the first completion PATH."""
    commands = Commands(lambda: os.environ.get("PATH", os.defpath), lambda: lexicon.BUILTINS)
    history = LineHistory(paths.state / "line_history", _without_secrets)
    return Sources(
        history=history,
        finder=Finder(history),
        completer=Completer(commands),
        route=lambda line: route(line, is_command, os.path.exists),
        is_command=lambda name: name in commands or ("/" in name and is_command(name)),
    )


def _without_secrets(line: str) -> str:
    """Nothing when there is no telling what is secret in it."""
    try:
        return wiring.without_secrets(line)
    except AishellError:
        return ""
