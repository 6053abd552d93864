"""One row of a terminal: as cells while it may still be written to, as a line of text afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len, get_character_cell_size

from aishell.ui.terminal.pen import PLAIN, Pen

_MARKS = 8
"""Characters in one cell; more accents than these on one letter are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row that is only read."""

    text: str
    runs: tuple[tuple[int, Pen], ...] = ()
    """Where each stretch of one look ends, as an index into `text`, and the look; empty: all of it is plain."""
    wrapped: bool = False
    """It goes on in the next row: the program wrote no newline here."""


Frozen = str | Line
"""A plain row that does not go on is just its text: a million of them a second can be had."""


def as_line(row: Frozen | Cells) -> Line:
    frozen = row.frozen() if isinstance(row, Cells) else row
    return Line(text=frozen) if isinstance(frozen, str) else frozen


def painted(pieces: list[tuple[str, Pen]]) -> Frozen:
    """A row out of pieces of text and how each looks."""
    text = "".join([piece for piece, _ in pieces])
    runs: list[tuple[int, Pen]] = []
    end, plain = 0, True
    for piece, pen in pieces:
        end += len(piece)
        plain = plain and pen is PLAIN
        runs.append((end, pen))
    return text if plain else Line(text=text, runs=tuple(runs))


def joined(rows: list[Line]) -> Line:
    """One line out of rows that a terminal has broken it into."""
    runs: list[tuple[int, Pen]] = []
    begin = 0
    for row in rows:
        runs += [(begin + end, pen) for end, pen in row.runs or ((len(row.text), PLAIN),)]
        begin += len(row.text)
    return Line(text="".join(row.text for row in rows), runs=tuple(runs), wrapped=rows[-1].wrapped)


class Cells:
    """A row that is written to. A wide character takes two cells, the right one empty."""

    __slots__ = ("coloured", "pens", "text", "wrapped")

    def __init__(self, row: Frozen = "") -> None:
        line = as_line(row)
        self.text = split(line.text)
        self.pens = [PLAIN] * len(self.text)
        self.coloured = bool(line.runs)
        self.wrapped = line.wrapped
        begin = cell = 0
        for end, pen in line.runs:
            width = cell_len(line.text[begin:end])
            self.pens[cell : cell + width] = [pen] * width
            begin, cell = end, cell + width

    def put(self, at: int, cells: list[str], pen: Pen) -> None:
        """Write over what stands from cell `at` on. Half of a wide character that is written over becomes a blank."""
        self._reach(at)
        end = at + len(cells)
        self._cut(at)
        self._cut(end)
        self.text[at:end] = cells
        self.pens[at:end] = [pen] * len(cells)
        self.coloured = self.coloured or pen is not PLAIN

    def mark(self, at: int, character: str) -> None:
        """Put an accent onto the character in cell `at`."""
        if 0 < at < len(self.text) and self.text[at] == "":
            at -= 1
        if 0 <= at < len(self.text) and len(self.text[at]) < _MARKS and character != "\ufe0f":
            self.text[at] += character

    def blank(self, begin: int, end: int, pen: Pen) -> None:
        """Make cells blank, in the pen's background."""
        if pen is PLAIN and end >= len(self.text):
            self._cut(begin)
            del self.text[begin:], self.pens[begin:]
        elif end > begin:
            self.put(begin, [" "] * (end - begin), pen)

    def insert(self, at: int, count: int, width: int, pen: Pen) -> None:
        """Push what stands from `at` on to the right, by `count` blanks; what leaves the row of `width` cells is gone."""
        self._reach(at)
        self._cut(at)
        self.text[at:at] = [" "] * count
        self.pens[at:at] = [pen] * count
        self.coloured = self.coloured or pen is not PLAIN
        self._cut(width)
        del self.text[width:], self.pens[width:]

    def delete(self, at: int, count: int) -> None:
        """Take `count` cells out; what stands to the right follows."""
        self._cut(at)
        self._cut(at + count)
        del self.text[at : at + count], self.pens[at : at + count]

    def frozen(self) -> Frozen:
        text = "".join(self.text)
        if not self.coloured:
            return Line(text=text, wrapped=True) if self.wrapped else text
        runs: list[tuple[int, Pen]] = []
        cell = end = 0
        for pen, group in groupby(self.pens):
            width = len(list(group))
            end += len("".join(self.text[cell : cell + width]))
            cell += width
            runs.append((end, pen))
        return Line(text=text, runs=tuple(runs), wrapped=self.wrapped)

    def _reach(self, at: int) -> None:
        if (missing := at - len(self.text)) > 0:
            self.text += [" "] * missing
            self.pens += [PLAIN] * missing

    def _cut(self, at: int) -> None:
        """See to it that no wide character lies across the edge before cell `at`."""
        if 0 < at < len(self.text) and self.text[at] == "":
            self.text[at - 1] = self.text[at] = " "


def split(text: str, marks: int = _MARKS) -> list[str]:
    """`text`, which has no control characters, in cells of at most `marks` characters."""
    if text.isascii():
        return list(text)
    cells: list[str] = []
    for character in text:
        width = get_character_cell_size(character)
        if width == 0:
            _attach(cells, character, marks)
        else:
            cells.append(character)
            if width == 2:
                cells.append("")
    return cells


def _attach(cells: list[str], character: str, marks: int) -> None:
    """An accent, or a variation selector, which may make a symbol wide."""
    at = len(cells) - (2 if cells and cells[-1] == "" else 1)
    if at < 0:
        cells.append(character)
        return
    if len(cells[at]) >= marks:
        return
    cells[at] += character
    if character == "\ufe0f" and at == len(cells) - 1 and cell_len(cells[at]) == 2:
        cells.append("")


def chopped(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` cells, at least one; nothing is lost."""
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), width)] or [""]
    cells = split(text, len(text))
    pieces: list[str] = []
    at = 0
    while at < len(cells):
        end = min(at + width, len(cells))
        if end < len(cells) and cells[end] == "" and end - 1 > at:
            end -= 1
        pieces.append("".join(cells[at:end]))
        at = end
    return pieces or [""]
