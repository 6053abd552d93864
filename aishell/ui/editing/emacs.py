"""The keys of GNU Readline's usual mode, on a line that is a value."""

from __future__ import annotations

import re
from collections.abc import Callable

from aishell.ui.editing import line as places
from aishell.ui.editing.line import Line, Pressed, Want

_RING = 20

_MOVES: dict[str, Callable[[str, int], int]] = {
    "ctrl+a": places.line_start,
    "home": places.line_start,
    "ctrl+e": places.line_end,
    "end": places.line_end,
    "ctrl+b": places.left,
    "left": places.left,
    "ctrl+f": places.right,
    "right": places.right,
    "alt+b": places.word_left,
    "ctrl+left": places.word_left,
    "alt+left": places.word_left,
    "alt+f": places.word_right,
    "ctrl+right": places.word_right,
    "alt+right": places.word_right,
}
_KILLS: dict[str, Callable[[str, int], int]] = {
    "ctrl+k": lambda text, at: places.line_end(text, at) if at < places.line_end(text, at) else min(at + 1, len(text)),
    "ctrl+u": lambda text, at: places.line_start(text, at) if at > places.line_start(text, at) else max(at - 1, 0),
    "ctrl+w": places.blank_left,
    "alt+backspace": places.word_left,
    "ctrl+backspace": places.word_left,
    "alt+d": places.word_right,
    "ctrl+delete": places.word_right,
}
_DELETES: dict[str, Callable[[str, int], int]] = {
    "backspace": places.left,
    "ctrl+h": places.left,
    "delete": places.right,
    "ctrl+d": places.right,
}
_CASES: dict[str, Callable[[str], str]] = {"alt+u": str.upper, "alt+l": str.lower, "alt+c": str.capitalize}
_WANTS: dict[str, Want] = {
    "ctrl+p": "older",
    "ctrl+n": "newer",
    "alt+less_than_sign": "oldest",
    "alt+greater_than_sign": "newest",
    "ctrl+r": "search",
    "ctrl+underscore": "undo",
    "alt+full_stop": "last argument",
    "alt+r": "redo",
}


class Emacs:
    """Remembers what was killed, and the key before."""

    mode = ""

    def __init__(self) -> None:
        self._ring: list[str] = []
        self._last = ""
        self._yanked = (0, 0)
        """Where the text stands that was yanked last."""
        self._turned = 0
        self.changes = 0
        """Counts the keys that were no plain typing: a run of that is one change."""

    def press(self, key: str, line: Line) -> Pressed | None:
        """What `key` does; None when it is not one of these."""
        last, self._last = self._last, key
        self.changes += len(key) > 1 or key == " "
        text, at = line
        if last == "ctrl+x":
            return Pressed(line, "undo" if key == "ctrl+u" else "")
        if key in _MOVES:
            return Pressed(Line(text, _MOVES[key](text, at)))
        if key in _DELETES:
            return Pressed(line.without(at, _DELETES[key](text, at)))
        if key in _KILLS:
            return Pressed(self._kill(line, _KILLS[key](text, at), again=last in _KILLS))
        if key in _WANTS:
            return Pressed(line, _WANTS[key])
        if key == "ctrl+x":
            return Pressed(line)
        if key in _CASES:
            end = places.word_right(text, at)
            start = at + len(text[at:end]) - len(re.sub(r"^\W+", "", text[at:end]))
            return Pressed(Line(text[:start] + _CASES[key](text[start:end]) + text[end:], end))
        return self._other(key, line, last)

    def _other(self, key: str, line: Line, last: str) -> Pressed | None:
        if key == "ctrl+t":
            return Pressed(_swapped(line))
        if key == "ctrl+y" and self._ring:
            self._turned = len(self._ring) - 1
            return Pressed(self._yank(line))
        if key == "alt+y" and last in ("ctrl+y", "alt+y") and self._ring:
            self._turned = (self._turned - 1) % len(self._ring)
            return Pressed(self._yank(line.without(*self._yanked)))
        if key == "alt+number_sign":
            return Pressed(Line(f"#{line.text}", line.at + 1), "submit")
        return Pressed(line) if key in ("ctrl+y", "alt+y") else None

    def _kill(self, line: Line, to: int, *, again: bool) -> Line:
        start, end = sorted((line.at, to))
        killed = line.text[start:end]
        if again and self._ring:
            self._ring[-1] = killed + self._ring[-1] if to < line.at else self._ring[-1] + killed
        elif killed:
            self._ring = [*self._ring[1 - _RING :], killed]
        return line.without(start, end)

    def _yank(self, line: Line) -> Line:
        put = line.put(self._ring[self._turned])
        self._yanked = (line.at, put.at)
        return put


def _swapped(line: Line) -> Line:
    """The two characters around the cursor swapped, at the end the two before it."""
    text, at = line
    at = min(at, len(text) - 1) if at == len(text) or text[at] == "\n" else at
    if at < 1 or len(text) < 2:
        return line
    return Line(text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :], at + 1)
