"""Where the motions and text objects of vi lead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from aishell.ui.editing import line as places

_WORD = re.compile(r"\w+|[^\w\s]+")
_BIG_WORD = re.compile(r"\S+")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BACK = {close: opening for opening, close in _PAIRS.items()}


class Reach(NamedTuple):
    """The text that a motion passes over, or an object is."""

    start: int
    end: int
    to: int
    """Where the cursor goes."""


class Find(NamedTuple):
    """A search for one character in the line."""

    key: str
    """f, F, t or T."""
    character: str

    def turned(self) -> Find:
        return Find(self.key.swapcase(), self.character)


def motion(key: str, text: str, at: int, count: int) -> Reach | None:
    """What `key` reaches from `at`; None when it is no motion, or fails."""
    if key in _TO:
        to = at
        for _ in range(count):
            to = _TO[key](text, to)
        inclusive = key in ("e", "E", "ge", "gE")
        return Reach(min(at, to), max(at, to) + inclusive, to)
    if key == "$":
        for _ in range(count - 1):
            at_next = places.line_end(text, at)
            at = at_next + 1 if at_next < len(text) else at
        return Reach(at, places.line_end(text, at), places.line_end(text, at))
    if key == "%":
        return _matching(text, at)
    if key == "|":
        to = min(places.line_start(text, at) + count - 1, places.line_end(text, at))
        return Reach(min(at, to), max(at, to), to)
    return None


def find(wanted: Find, text: str, at: int, count: int, *, again: bool = False) -> Reach | None:
    """The `count`-th such character of the row. `again` passes one that t or T already stands before."""
    key, character = wanted
    row = text[places.line_start(text, at) : places.line_end(text, at)]
    column = at - places.line_start(text, at)
    skip = 1 if again and key in "tT" else 0
    to = column
    for number in range(count):
        step = 1 + (skip if not number else 0)
        to = row.find(character, to + step) if key in "ft" else row.rfind(character, 0, max(to - step + 1, 0))
        if to < 0:
            return None
    to += {"f": 0, "F": 0, "t": -1, "T": 1}[key] + at - column
    return Reach(min(at, to), max(at, to) + (key in "ft"), to)


def text_object(key: str, text: str, at: int) -> Reach | None:
    """Of `iw`, `a"`, `i(` and so on: what is meant around `at`."""
    around, what = key[0] == "a", key[1]
    if what in "wW":
        return _word_object(_BIG_WORD if what == "W" else _WORD, text, at, around=around)
    if what in "\"'`":
        return _quoted(what, text, at, around=around)
    opening = {"b": "(", "B": "{"}.get(what, _BACK.get(what, what))
    return _bracketed(opening, text, at, around=around) if opening in _PAIRS else None


def _next(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    return lambda text, at: next((match.start() for match in pattern.finditer(text) if match.start() > at), len(text))


def _end(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    def end(text: str, at: int) -> int:
        return next((match.end() - 1 for match in pattern.finditer(text) if match.end() - 1 > at), max(len(text) - 1, 0))

    return end


def _previous(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    return lambda text, at: max((match.start() for match in pattern.finditer(text) if match.start() < at), default=0)


def _previous_end(pattern: re.Pattern[str]) -> Callable[[str, int], int]:
    return lambda text, at: max((match.end() - 1 for match in pattern.finditer(text) if match.end() - 1 < at), default=0)


def _left(text: str, at: int) -> int:
    return max(places.left(text, at), places.line_start(text, at))


def _right(text: str, at: int) -> int:
    return min(places.right(text, at), places.line_end(text, at))


def first_nonblank(text: str, at: int) -> int:
    start, end = places.line_start(text, at), places.line_end(text, at)
    return start + len(text[start:end]) - len(text[start:end].lstrip())


_TO: dict[str, Callable[[str, int], int]] = {
    "h": _left,
    "l": _right,
    "w": _next(_WORD),
    "W": _next(_BIG_WORD),
    "e": _end(_WORD),
    "E": _end(_BIG_WORD),
    "b": _previous(_WORD),
    "B": _previous(_BIG_WORD),
    "ge": _previous_end(_WORD),
    "gE": _previous_end(_BIG_WORD),
    "0": places.line_start,
    "^": first_nonblank,
    "gg": lambda text, at: 0,
    "G": lambda text, at: first_nonblank(text, len(text)),
}


def _matching(text: str, at: int) -> Reach | None:
    here = next((i for i in range(at, places.line_end(text, at)) if text[i] in _PAIRS or text[i] in _BACK), None)
    if here is None:
        return None
    forward = text[here] in _PAIRS
    mine, other = text[here], (_PAIRS if forward else _BACK)[text[here]]
    depth = 0
    for to in range(here, len(text)) if forward else range(here, -1, -1):
        depth += (text[to] == mine) - (text[to] == other)
        if not depth:
            return Reach(min(at, to), max(at, to) + 1, to)
    return None


def _word_object(pattern: re.Pattern[str], text: str, at: int, *, around: bool) -> Reach | None:
    parts = re.compile(f"{pattern.pattern}|[ \\t]+|\\n")
    match = next((match for match in parts.finditer(text) if match.start() <= at < match.end()), None)
    if match is None:
        return None
    start, end = match.span()
    if around:
        after = re.compile(r"[ \t]+").match(text, end)
        before = re.search(r"[ \t]+$", text[:start])
        end, start = (after.end(), start) if after else (end, before.start() if before else start)
    return Reach(start, end, start)


def _quoted(mark: str, text: str, at: int, *, around: bool) -> Reach | None:
    start, end = places.line_start(text, at), places.line_end(text, at)
    marks = [i for i in range(start, end) if text[i] == mark and text[i - 1 : i] != "\\"]
    pair = next(((a, b) for a, b in zip(marks[::2], marks[1::2], strict=False) if b >= at), None)
    if pair is None:
        return None
    return Reach(pair[0], pair[1] + 1, pair[0]) if around else Reach(pair[0] + 1, pair[1], pair[0] + 1)


def _bracketed(opening: str, text: str, at: int, *, around: bool) -> Reach | None:
    depth = 0
    for start in range(at, -1, -1):
        depth += (text[start] == opening) - (text[start] == _PAIRS[opening] and start != at)
        if depth > 0:
            break
    else:
        return None
    closing = _matching(text, start)
    if closing is None:
        return None
    end = closing.to
    return Reach(start, end + 1, start) if around else Reach(start + 1, end, start + 1)
