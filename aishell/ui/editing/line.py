"""A line being edited, as a value, and the places in it that keys move to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal, NamedTuple


class Line(NamedTuple):
    text: str
    at: int
    """The character the cursor stands before."""

    def put(self, text: str) -> Line:
        return Line(self.text[: self.at] + text + self.text[self.at :], self.at + len(text))

    def without(self, start: int, end: int) -> Line:
        """With the text between two places taken out, the cursor there."""
        start, end = sorted((start, end))
        return Line(self.text[:start] + self.text[end:], start)


Want = Literal["", "undo", "redo", "older", "newer", "oldest", "newest", "search", "submit", "last argument"]


class Pressed(NamedTuple):
    """What a key did."""

    line: Line
    wants: Want = ""
    """What else is to happen, which the line alone cannot do."""


def _joins(character: str) -> bool:
    """Whether a character is drawn onto the one before it."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf") or "\U0001f3fb" <= character <= "\U0001f3ff"


def right(text: str, at: int) -> int:
    """Past the next character with all that is drawn onto it."""
    at += 1
    while at < len(text) and (_joins(text[at]) or text[at - 1] == "\u200d"):
        at += 1
    return min(at, len(text))


def left(text: str, at: int) -> int:
    at -= 1
    while at > 0 and (_joins(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    return max(at, 0)


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def word_right(text: str, at: int) -> int:
    """The end of the next word of letters and digits, as Alt-F goes."""
    match = re.compile(r"\W*\w+|\W+").match(text, at)
    return match.end() if match else at


def word_left(text: str, at: int) -> int:
    start = at
    while start and not _wordlike(text[start - 1]):
        start -= 1
    while start and _wordlike(text[start - 1]):
        start -= 1
    return start


def blank_left(text: str, at: int) -> int:
    """The start of the word that blanks bound, as Ctrl-W goes."""
    head = text[:at].rstrip()
    match = re.search(r"\S+$", head)
    return match.start() if match else 0


def above(text: str, at: int, width: Callable[[str], int]) -> int | None:
    """The place one row up at the same cell; None in the first row."""
    start = line_start(text, at)
    if not start:
        return None
    return _at_cell(text, line_start(text, start - 1), width(text[start:at]), width)


def below(text: str, at: int, width: Callable[[str], int]) -> int | None:
    end = line_end(text, at)
    if end == len(text):
        return None
    return _at_cell(text, end + 1, width(text[line_start(text, at) : at]), width)


def _at_cell(text: str, start: int, cell: int, width: Callable[[str], int]) -> int:
    at, end = start, line_end(text, start)
    while at < end and width(text[start : right(text, at)]) <= cell:
        at = right(text, at)
    return at


def _wordlike(character: str) -> bool:
    return character.isalnum() or character == "_"


def shared_start(one: str, other: str) -> str:
    """What both begin with."""
    most = min(len(one), len(other))
    return one[: next((at for at in range(most) if one[at] != other[at]), most)]


def row_and_column(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at), at - line_start(text, at)


def index(text: str, row: int, column: int) -> int:
    """The inverse."""
    start = 0
    for _ in range(row):
        start = line_end(text, start) + 1
    return start + column
