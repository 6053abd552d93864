"""The lines typed before as something to look up: what came behind a line like this, what was typed in this folder.

Nothing is learned ahead. The history itself is the model: each line is chained to the one before it that has the same key, so a
look-up walks from the newest to older ones and stops when it has seen enough. 100,000 lines take a second to read in.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from aishell.suggest.shape import pattern, shape

LONGEST = 1000
"""Characters of a line that is suggested."""
_START = 3
"""Lines are found by so many first characters at once; by more, among the lines in order."""
_FEW = 150
"""So many lines that begin alike are all looked at; of more, those used most."""


class Chain:
    """Positions by a key, newest first."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._before = array("i")

    def add(self, key: str) -> None:
        """At the next position."""
        self._before.append(self._last.get(key, -1))
        self._last[key] = len(self._before) - 1

    def newest(self, key: str, most: int) -> Iterator[int]:
        at = self._last.get(key, -1)
        while at >= 0 and most:
            yield at
            at = self._before[at]
            most -= 1


class Past:
    """Grows by `add`; `settle` makes it quick for what has been added in bulk."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        """In the order they were typed."""
        self.same, self.alike, self.headed, self.run, self.here = Chain(), Chain(), Chain(), Chain(), Chain()
        """By the line itself, its template, its head, its program, and the folder it was typed in."""
        self.carried: dict[int, str] = {}
        """Patterns of lines that took an argument from the line before."""
        self.count: dict[str, int] = {}
        """How often each was typed."""
        self._own: dict[str, str] = {}
        self._sorted: list[str] = []
        self._starts: dict[str, list[str]] = {}
        self._fresh: dict[str, None] = {}
        """Lines typed since `settle`, which its order does not know."""

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, line: str, folder: str) -> None:
        line = line.strip()  # a completion leaves a blank behind it
        if not self._take(line, folder):
            return
        if self.count[line] == 1:
            insort(self._sorted, line)
        self._fresh.pop(line, None)
        self._fresh[line] = None

    def extend(self, lines: Iterable[tuple[str, str]]) -> None:
        """Many lines with their folders, oldest first. Takes 6 µs a line."""
        for line, folder in lines:
            self._take(line, folder)
        self.settle()

    def settle(self) -> None:
        """Bring the lines into the order of their use."""
        self._sorted = sorted(self.count)
        self._fresh.clear()
        self._starts.clear()
        used = sorted(self.count, key=self._use, reverse=True)
        for line in used:
            for length in range(1, min(_START, len(line)) + 1):
                self._starts.setdefault(line[:length], []).append(line)

    def _use(self, line: str) -> float:
        last = next(self.same.newest(line, 1))
        return self.count[line] / (len(self.lines) - last)

    def _take(self, line: str, folder: str) -> bool:
        line = line.strip()
        if not line or "\n" in line or len(line) > LONGEST:
            return False
        line = self._own.setdefault(line, line)
        own = shape(line)
        if self.lines and (carried := pattern(line, shape(self.lines[-1]))):
            self.carried[len(self.lines)] = carried
        self.lines.append(line)
        self.count[line] = self.count.get(line, 0) + 1
        chains = (self.same, self.alike, self.headed, self.run, self.here)
        for chain, key in zip(chains, (line, own.template, own.head, own.program, folder), strict=True):
            chain.add(key)
        return True

    def starting(self, text: str) -> list[str]:
        """Lines that begin with `text`: all of a few, of many those used most and those just typed."""
        if not text:
            return list(self._fresh)[-_FEW:]
        low = bisect_left(self._sorted, text)
        if low + _FEW >= len(self._sorted) or not self._sorted[low + _FEW].startswith(text):
            found = self._sorted[low : low + _FEW]
            return [line for line in found if line.startswith(text)]
        fresh = [line for line in list(self._fresh)[-_FEW:] if line.startswith(text)]
        for line in self._starts.get(text[:_START], ()):
            if line.startswith(text):
                fresh.append(line)
                if len(fresh) > 2 * _FEW:
                    break
        return list(dict.fromkeys(fresh))
