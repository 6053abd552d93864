"""Which rows of the screen a program's output takes: broken where the screen ends, with what is not shown counted."""

from __future__ import annotations

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
    count: int = 0
    """Lines that are not shown here."""


def laid_out(text: TerminalText, width: int, fold_lines: int, reaches: int) -> list[Row]:
    """The rows of `text`, `width` cells wide.

    `fold_lines`: of a text with more lines than that, only so many are shown; 0 shows them all. `reaches`: how many lines it
    has at least, since a cursor may stand below the last one.
    """
    count = max(len(text), reaches)
    gap_at, left_out = text.gap
    if 0 < fold_lines < count:
        last = fold_lines - _FIRST - 1
        fold = Row(line=-1, kind="fold", count=count - _FIRST - last + left_out)
        return [*_rows_of(text, 0, _FIRST, width), fold, *_rows_of(text, count - last, count, width)]
    if not left_out:
        return _rows_of(text, 0, count, width)
    gap = Row(line=-1, kind="gap", count=left_out)
    return [*_rows_of(text, 0, gap_at, width), gap, *_rows_of(text, gap_at, count, width)]


def lines_between(text: TerminalText, *edges: int) -> Iterator[tuple[int, Line, int]]:
    """Every line from the first edge to before the last one: its first row, itself, and the row after it.

    None crosses an edge, and below the text there are empty ones.
    """
    for begin, end in pairwise(edges):
        index = begin
        while index < end:
            line, after = text.whole(index, end) if index < len(text) else (Line(text=""), index + 1)
            yield index, line, after
            index = after


def _rows_of(text: TerminalText, begin: int, end: int, width: int) -> list[Row]:
    rows: list[Row] = []
    for index, line, after in lines_between(text, begin, end):
        length = len(line.text)
        if 2 * length <= width:
            rows.append(Row(line=index, after=after, end=length))
            continue
        at = 0
        for piece in chopped(line.text, width):
            at += len(piece)
            rows.append(Row(line=index, after=after, begin=at - len(piece), end=at, last=at == length))
    return rows
