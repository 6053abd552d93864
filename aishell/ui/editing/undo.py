"""Taking back what keys did to a line, a change at a time, and doing it again."""

from __future__ import annotations

from collections.abc import Hashable

from aishell.ui.editing.line import Line

_MOST = 200


class Undo:
    def __init__(self) -> None:
        self._past: list[Line] = []
        self._future: list[Line] = []
        self._change: Hashable = None

    def note(self, before: Line, change: Hashable) -> None:
        """The line is about to be edited. Edits that follow one another with the same `change` are taken back together."""
        self._future.clear()
        if change != self._change or not self._past:
            self._past = [*self._past[1 - _MOST :], before]
        self._change = change

    def undo(self, now: Line) -> Line | None:
        """The line as it was; None when there is nothing to take back."""
        return self._step(self._past, self._future, now)

    def redo(self, now: Line) -> Line | None:
        return self._step(self._future, self._past, now)

    def forget(self) -> None:
        self._past.clear()
        self._future.clear()

    def _step(self, here: list[Line], there: list[Line], now: Line) -> Line | None:
        self._change = None
        if not here:
            return None
        there.append(now)
        return here.pop()
