"""The rows that have left a screen at its top: the first ones, the last ones, and how many were between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain

from aishell.ui.terminal.cells import Frozen


class Kept:
    """Never more than `first` and `last` rows, however many are added."""

    def __init__(self, first: int, last: int) -> None:
        self._first = first
        self._head: list[Frozen] = []
        self._tail: deque[Frozen] = deque(maxlen=last)
        self.left_out = 0
        """Rows between the first and the last ones."""

    def __len__(self) -> int:
        """Of what is kept."""
        return len(self._head) + len(self._tail)

    @property
    def first(self) -> int:
        """How many rows stand before the gap, if there is one."""
        return len(self._head)

    def __getitem__(self, index: int) -> Frozen:
        """Counted without the gap."""
        return self._head[index] if index < len(self._head) else self._tail[index - len(self._head)]

    def __iter__(self) -> Iterator[Frozen]:
        return chain(self._head, self._tail)

    def extend(self, rows: Sequence[Frozen]) -> None:
        room = self._first - len(self._head)
        if room > 0:
            self._head += rows[:room]
            rows = rows[room:]
        if rows:
            before = len(self._tail) + len(rows)
            self._tail.extend(rows)
            self.left_out += before - len(self._tail)

    def clear(self) -> None:
        self._head.clear()
        self._tail.clear()
        self.left_out = 0
