"""Which rows of the screen a program's output takes: broken where the screen ends, with what is not shown counted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from aishell.ui.terminal.cells import Line, chopped
from aishell.ui.terminal.text import TerminalText

_FIRST = 3
"""Lines of the beginning that are shown when the middle is folded away."""
FEWEST = _FIRST + 2
"""Lines that folded output has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row on the screen: a part of a line, or what stands in the place of lines that are not shown."""

    line: int
    """The first row of the terminal that the line stands in."""
    after: int = 0
    """The row after its last one."""
    begin: int = 0
    end: int = 0
    last: bool = True
    """The line ends here."""
    kind: Literal["text", "fold", "gap"] = "text"
    """`fold`: it can be opened. `gap`: those lines are not held any more."""
    hidden: int = 0
    """Lines that are not shown here."""


class Rows:
    """The rows of `text`, `width` cells wide, for as long as nothing is added to it.

    Rows are made when they are looked at, since most lines fit and few are seen: 10,000 are laid out in about 2 ms.
    """

    def __init__(self, text: TerminalText, width: int, *, fold_lines: int = 0, reaches: int = 0) -> None:
        """`fold_lines`: of a text with more lines than that, only so many are shown; 0 shows them all. `reaches`: how many
        lines it has at least, since a cursor may stand below the last one."""
        self._text = text
        self._width = width
        self._tops: list[int] = []
        """Where on the screen each part begins."""
        self._parts: list[Row | int] = []
        """A row, or the first of several lines that take a row each."""
        self._count = 0
        lines = max(len(text), reaches)
        gap_at, left_out = text.gap
        if 0 < fold_lines < lines:
            last = fold_lines - _FIRST - 1
            self._add_lines(0, _FIRST)
            self._add(Row(line=-1, kind="fold", hidden=lines - _FIRST - last + left_out))
            self._add_lines(lines - last, lines)
            return
        self._add_lines(0, gap_at)
        if left_out:
            self._add(Row(line=-1, kind="gap", hidden=left_out))
        self._add_lines(gap_at, lines)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, y: int) -> Row:
        if not 0 <= y < self._count:
            raise IndexError(y)
        at = bisect_right(self._tops, y) - 1
        part = self._parts[at]
        if isinstance(part, Row):
            return part
        line = part + y - self._tops[at]
        text = self._text[line].text if line < len(self._text) else ""
        return Row(line=line, after=line + 1, end=len(text))

    def find(self, line: int, at: int) -> int | None:
        """The row in which place `at` of a line is to be seen; None when it is folded away."""
        found = (y for y, row in enumerate(self) if row.kind == "text" and row.line == line and (at < row.end or row.last))
        return next(found, None)

    def __iter__(self) -> Iterator[Row]:
        return map(self.__getitem__, range(self._count))

    def _add(self, part: Row | int, count: int = 1) -> None:
        if count:
            self._tops.append(self._count)
            self._parts.append(part)
            self._count += count

    def _add_lines(self, begin: int, end: int) -> None:
        width, half = self._width, self._width // 2
        single = index = begin
        for at, stored in enumerate(self._text.stored(begin, end), begin):
            if at < index:  # it belongs to a line that began before
                continue
            index = at + 1
            if isinstance(stored, str) and (len(stored) <= half or (len(stored) <= width and stored.isascii())):
                continue
            if isinstance(stored, Line) and not stored.wrapped and len(stored.text) <= half:
                continue
            self._add(single, at - single)
            line, index = self._text.whole(at, end)
            for row in _broken(at, index, line, width):
                self._add(row)
            single = index
        self._add(single, end - single)


def lines_between(text: TerminalText, *edges: int) -> Iterator[tuple[int, Line]]:
    """Every line from the first edge to before the last one, and its first row; none crosses an edge."""
    for begin, end in pairwise(edges):
        index = begin
        while index < end:
            line, after = text.whole(index, end)
            yield index, line
            index = after


def _broken(first: int, after: int, line: Line, width: int) -> Iterator[Row]:
    at = 0
    for piece in chopped(line.text, width):
        at += len(piece)
        yield Row(line=first, after=after, begin=at - len(piece), end=at, last=at == len(line.text))
