"""This process goes where the person's shell goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from aishell.cli.command import is_command
from aishell.planner.route import Routed, route
from aishell.ui.editing.sources import Sources

if TYPE_CHECKING:
    from aishell.core.shell import Snapshot

_OWN = frozenset(("_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "PS1", "PS2", "PS4", "PROMPT_COMMAND", "PROMPT"))
"""Variables that are a shell's own business."""


class Following:
    """Routes, completion and commands from words mean the folder and the variables of the shell, and know its own commands."""

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        """The shell's aliases, functions and builtins."""
        self._exported: frozenset[str] = frozenset()
        self._autocd = False

    def known(self, name: str) -> bool:
        """Whether a name is a command on the disk or in the shell."""
        return name in self._names or is_command(name)

    def route(self, line: str) -> Routed:
        """Where `line` goes."""
        name = line.strip()
        return Routed("shell", name) if self._entered(name) else route(line, self.known, os.path.exists)

    def _entered(self, name: str) -> bool:
        """Whether the shell goes to a folder when it is given no more than its name."""
        return self._autocd and os.path.isdir(name)

    def sources(self, given: Sources, say: Callable[[str], str]) -> Sources:
        return replace(
            given,
            route=self.route,
            is_command=lambda name: name in self._names or given.is_command(name) or self._entered(name),
            say=say,
        )

    def take(self, snapshot: Snapshot) -> None:
        """It is there now."""
        with suppress(OSError):  # it is gone again
            os.chdir(snapshot.cwd)
        self._names = frozenset((*snapshot.aliases, *snapshot.functions, *snapshot.builtins))
        self._autocd = snapshot.autocd
        variables = {name: value for name, value in snapshot.variables.items() if name not in _OWN}
        for name in self._exported.difference(variables):
            os.environ.pop(name, None)
        os.environ.update(variables)
        self._exported = frozenset(variables)
