"""Pieces of text on a page to lines in reading order: rows from the top, columns from the left where they are clear."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

Point = tuple[float, float]
Box = tuple[Point, Point, Point, Point]

_SAME_ROW = 0.5
"""Share of the smaller height that two pieces of one row have in common at least."""
_WIDE = 1.0
"""A gap of so many line heights is one between cells."""
_PROSE = 14
"""Letters (a Chinese character is two) of the usual piece in a column of prose; cells of tables and receipts have fewer."""
_COLUMN_ROWS = 3
_PEELED = 4
"""Rows above or below columns, such as titles, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text and where it stands; the four corners begin at its upper left and go clockwise."""

    text: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """The extent of a piece on the page put straight."""

    piece: Piece
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


_Row = list[_Placed]


def rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces of each line, in reading order. A page that is a little askew is put straight first."""
    angle = _slant(pieces)
    placed = [_straight(piece, angle) for piece in pieces]
    return [[one.piece for one in row] for row in _ordered(_grouped(placed))]


def text(lines: Sequence[Sequence[Piece]]) -> str:
    """A line each; a tab where there is a wide gap."""
    return "\n".join(_joined(line) for line in lines)


def _joined(line: Sequence[Piece]) -> str:
    said = line[0].text if line else ""
    for before, after in pairwise(line):
        gap = math.dist(before.box[1], after.box[0]) if after.box[0][0] > before.box[1][0] else 0.0
        height = math.dist(after.box[0], after.box[3])
        tight = gap < 0.3 * height and _chinese(before.text[-1:]) and _chinese(after.text[:1])
        said += ("\t" if gap > _WIDE * height else "" if tight else " ") + after.text
    return said


def _slant(pieces: Sequence[Piece]) -> float:
    """Of the usual line against the horizontal, in radians; short pieces tell little of it."""
    long = [piece.box for piece in pieces if math.dist(piece.box[0], piece.box[1]) > 3 * math.dist(piece.box[0], piece.box[3])]
    angles = [math.atan2(right[1] - left[1], right[0] - left[0]) for left, right, *_ in long]
    return median(angles) if angles else 0.0


def _straight(piece: Piece, angle: float) -> _Placed:
    turn = complex(math.cos(angle), -math.sin(angle))
    turned = [complex(x, y) * turn for x, y in piece.box]
    across, down = [point.real for point in turned], [point.imag for point in turned]
    # The corners' means: a piece that is still a little slanted would reach into the next row with its extremes.
    return _Placed(
        piece=piece,
        left=min(across),
        right=max(across),
        top=(down[0] + down[1]) / 2,
        bottom=(down[2] + down[3]) / 2,
    )


def _grouped(placed: Sequence[_Placed]) -> list[_Row]:
    """Rows from the top, each from the left."""
    found: list[_Row] = []
    for one in sorted(placed, key=lambda one: one.top + one.bottom):
        row = found[-1] if found else []
        if row and _in_common(one, row) > _SAME_ROW:
            row.append(one)
        else:
            found.append([one])
    return [sorted(row, key=lambda one: one.left) for row in found]


def _in_common(one: _Placed, row: _Row) -> float:
    """With the piece of the row that is nearest to it: a row may climb from one end of a photograph to the other."""
    near = min(row, key=lambda other: abs(other.left + other.right - one.left - one.right))
    shared = min(one.bottom, near.bottom) - max(one.top, near.top)
    return shared / max(1e-6, min(one.height, near.height))


def _ordered(found: list[_Row]) -> list[_Row]:
    """Columns are read one after the other, with the rows above and below them in their places."""
    for peeled in range(min(_PEELED, len(found)) + 1):
        for above in range(peeled + 1):
            inner = found[above : len(found) - (peeled - above)]
            if gap := _gutter(inner):
                below = found[len(found) - (peeled - above) :]
                flat = [one for row in inner for one in row]
                left = _grouped([one for one in flat if one.right <= gap])
                right = _grouped([one for one in flat if one.right > gap])
                return [*found[:above], *_ordered(left), *_ordered(right), *below]
    return found


def _gutter(found: list[_Row]) -> float | None:
    """Where a page's columns part: no piece crosses it, and on both sides there is prose, not the cells of a table."""
    flat = sorted((one for row in found for one in row), key=lambda one: one.left)
    reach = -math.inf
    for number, one in enumerate(flat):
        if one.left > reach and number and _prose(flat[:number]) and _prose(flat[number:]):
            return reach
        reach = max(reach, one.right)
    return None


def _prose(side: Sequence[_Placed]) -> bool:
    return len(side) >= _COLUMN_ROWS and median(_length(one.piece.text) for one in side) >= _PROSE


def _length(text: str) -> int:
    return sum(2 if _chinese(letter) else 1 for letter in text)


def _chinese(letter: str) -> bool:
    return bool(letter) and unicodedata.east_asian_width(letter) in "WF"
