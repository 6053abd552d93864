"""The keys of vi, as shells have them, on a line that is a value: insert and normal mode, operators, motions, counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from aishell.ui.editing import line as places
from aishell.ui.editing.emacs import Emacs
from aishell.ui.editing.line import Line, Pressed, Want
from aishell.ui.editing.vi_motions import Find, Reach, find, first_nonblank, motion, text_object

_BEGUN = re.compile(r"(?:[1-9]\d*)?(?:[dcy](?:[1-9]\d*)?[ia]?)?[fFtTg]?|(?:[1-9]\d*)?r")
_WHOLE = re.compile(r"(?P<n>[1-9]\d*)?(?:(?P<op>[dcy])(?P<m>[1-9]\d*)?)?(?P<key>[fFtTrg].|(?<=[dcy\d])[ia].|.)", re.S)
_SAME = {"D": "d$", "C": "c$", "Y": "yy", "x": "dl", "X": "dh", "s": "cl", "S": "cc"}
_NAMED = {
    "left": "h",
    "right": "l",
    "home": "0",
    "end": "$",
    "backspace": "h",
    "ctrl+h": "h",
    "delete": "x",
    "space": "l",
    " ": "l",
    "up": "k",
    "down": "j",
}
_WANTS: dict[str, Want] = {"u": "undo", "U": "redo", "/": "search", "?": "search", "n": "older", "N": "newer"}
_TYPING = frozenset(
    "left right home end backspace ctrl+h delete ctrl+w ctrl+u ctrl+left ctrl+right ctrl+p ctrl+n ctrl+r".split()
)
"""What works in insert mode as everywhere."""
_ALT = re.compile(r"alt\+(shift\+)?(.)$")


class Vi:
    def __init__(self) -> None:
        self.mode: Literal["insert", "normal"] = "insert"
        self._typing = Emacs()
        self._begun = ""
        self._register = ""
        self._rows = False
        """Whether the register holds whole rows."""
        self._found: Find | None = None
        self._change: list[str] = []
        """The keys of the last change, for `.`."""
        self._keys: list[str] = []
        self._replays = False
        self.changes = 0
        """Counts what was done in normal mode. An insertion belongs to the command that began it."""

    def start(self) -> None:
        """Ready for a new line."""
        self.mode, self._begun = "insert", ""

    def press(self, key: str, line: Line) -> Pressed | None:
        """What `key` (a character, or a name such as `escape`) does; None when it is not one of these."""
        if self.mode == "insert":
            return self._insert(key, line)
        if key == "escape":
            begun, self._begun = self._begun, ""
            return Pressed(line) if begun else None
        if key == "ctrl+r":
            return Pressed(line, "search")
        key = key if self._begun[-1:] in ("f", "F", "t", "T", "r") and len(key) == 1 else _NAMED.get(key, key)
        if len(key) != 1:
            return None
        begun = self._begun + key
        if _BEGUN.fullmatch(begun):
            self._begun = begun
            return Pressed(line)
        self._begun = ""
        self.changes += 1
        whole = _WHOLE.fullmatch(begun)
        return self._command(begun, whole, line) if whole else Pressed(line)

    def _insert(self, key: str, line: Line) -> Pressed | None:
        if match := _ALT.match(key):  # Escape and a key, quickly typed or over a slow line, arrive as one
            escaped = self._insert("escape", line)
            assert escaped
            return self.press(match[2].upper() if match[1] else match[2], escaped.line)
        if not self._replays:
            self._keys.append(key)
        if key == "escape":
            self.mode = "normal"
            self._change = self._change if self._replays else self._keys
            start = places.line_start(*line)
            return Pressed(Line(line.text, max(places.left(*line), start)))
        if key in _TYPING:
            return self._typing.press(key, line)
        return Pressed(line.put(key)) if len(key) == 1 and key.isprintable() else None

    def _command(self, keys: str, whole: re.Match[str], line: Line) -> Pressed:
        count = int(whole["n"] or 1) * int(whole["m"] or 1)
        counted = bool(whole["n"] or whole["m"])
        operator, key = whole["op"] or "", whole["key"]
        if not operator and key in _SAME:
            same = _SAME[key]
            operator, key = same[0], same[1]
        if key == ".":
            return self._again(line)
        if not self._replays:
            self._keys = list(keys)
        if operator:
            done = self._operate(operator, key, count, line)
        elif reach := self._reach(key, line, count):
            return self._settled(Line(line.text, reach.to))
        else:
            done = self._simple(key, count, line, counted=counted)
        if done is None:
            return self._settled(line)
        if done.line.text != line.text and self.mode == "normal" and not self._replays:
            self._change = self._keys
        return done if self.mode == "insert" else self._settled(*done)

    def _again(self, line: Line) -> Pressed:
        self._replays = True
        try:
            for key in self._change:
                done = self.press(key, line)
                line = done.line if done else line
        finally:
            self._replays = False
        return Pressed(line)

    def _settled(self, line: Line, wants: Want = "") -> Pressed:
        """In normal mode the cursor stands on a character."""
        start, end = places.line_start(*line), places.line_end(*line)
        last = max(places.left(line.text, end), start) if end > start else start
        return Pressed(Line(line.text, min(line.at, last)), wants)

    def _reach(self, key: str, line: Line, count: int) -> Reach | None:
        if key[0] in "fFtT" and len(key) == 2:
            self._found = Find(key[0], key[1])
            return find(self._found, *line, count)
        if key in (";", ",") and self._found:
            wanted = self._found if key == ";" else self._found.turned()
            return find(wanted, *line, count, again=True)
        return motion(key, *line, count)

    def _operate(self, operator: str, key: str, count: int, line: Line) -> Pressed | None:
        text, at = line
        if key == operator or key in ("j", "k"):
            return self._operate_rows(operator, line, count if key == operator else count + 1, upward=key == "k")
        if len(key) == 2 and key[0] in "ia":
            reach = text_object(key, text, at)
        else:
            if operator == "c" and key in ("w", "W") and text[at : at + 1].strip():
                key = {"w": "e", "W": "E"}[key]
                at -= not _goes_on(text, at, key)  # the word's last character is its end
                reach = motion(key, text, at, count)
                reach = reach and reach._replace(start=line.at)
            else:
                reach = self._reach(key, line, count)
            if reach and key in ("w", "W") and "\n" in text[reach.start : reach.end]:
                reach = reach._replace(end=places.line_end(text, line.at))
        if reach is None:
            return None
        self._register, self._rows = text[reach.start : reach.end], False
        if operator == "y":
            return Pressed(Line(text, reach.start))
        if operator == "c":
            self.mode = "insert"
        return Pressed(line.without(reach.start, reach.end))

    def _operate_rows(self, operator: str, line: Line, count: int, *, upward: bool) -> Pressed:
        text = line.text
        start, end = places.line_start(*line), places.line_end(*line)
        for _ in range(count - 1):
            start = places.line_start(text, start - 1) if upward and start else start
            end = places.line_end(text, end + 1) if not upward and end < len(text) else end
        self._register, self._rows = text[start:end], True
        if operator == "y":
            return Pressed(Line(text, start if upward else line.at))
        if operator == "c":
            self.mode = "insert"
            return Pressed(line.without(start, end))
        with_break = line.without(start, end + 1) if end < len(text) else line.without(max(start - 1, 0), end)
        return Pressed(Line(with_break.text, first_nonblank(with_break.text, min(start, len(with_break.text)))))

    def _simple(self, key: str, count: int, line: Line, *, counted: bool) -> Pressed | None:
        text, at = line
        if key in _WANTS:
            return Pressed(line, _WANTS[key])
        if key in "jk":
            to = (places.above if key == "k" else places.below)(text, at, len)
            return Pressed(line, "older" if key == "k" else "newer") if to is None else Pressed(Line(text, to))
        if key in _OPENINGS:
            self.mode = "insert"
            return Pressed(_OPENINGS[key](line))
        if key[0] == "r" and len(key) == 2:
            end = at + count
            return Pressed(Line(text[:at] + key[1] * count + text[end:], end - 1)) if end <= len(text) else None
        if key == "~":
            end = min(at + count, places.line_end(text, at))
            return Pressed(Line(text[:at] + text[at:end].swapcase() + text[end:], end))
        if key in "pP" and self._register:
            return Pressed(self._put(key, count, line))
        if key == "J" and (end := places.line_end(text, at)) < len(text):
            return Pressed(Line(f"{text[:end].rstrip()} {text[end + 1 :].lstrip()}", len(text[:end].rstrip())))
        return Pressed(Line(f"#{text}", at + 1), "submit") if key == "#" else None

    def _put(self, key: str, count: int, line: Line) -> Line:
        text, at = line
        if self._rows:
            rows = "\n".join([self._register] * count)
            to = places.line_start(text, at) if key == "P" else places.line_end(text, at)
            put = Line(text, to).put(f"{rows}\n" if key == "P" else f"\n{rows}").text
            return Line(put, first_nonblank(put, to if key == "P" else to + 1))
        to = at if key == "P" or not text or at == places.line_end(text, at) else places.right(text, at)
        put_at = Line(text, to).put(self._register * count)
        return Line(put_at.text, places.left(*put_at))


def _goes_on(text: str, at: int, key: str) -> bool:
    """Whether the word under the cursor has another character behind it."""
    following = text[at + 1 : at + 2]
    if key == "E" or not following.strip():
        return bool(following.strip())
    return (text[at].isalnum() or text[at] == "_") == (following.isalnum() or following == "_")


_OPENINGS: dict[str, Callable[[Line], Line]] = {
    "i": lambda line: line,
    "a": lambda line: Line(line.text, min(places.right(*line), places.line_end(*line)) if line.text else 0),
    "I": lambda line: Line(line.text, first_nonblank(*line)),
    "A": lambda line: Line(line.text, places.line_end(*line)),
    "o": lambda line: Line(line.text, places.line_end(*line)).put("\n"),
    "O": lambda line: Line(Line(line.text, places.line_start(*line)).put("\n").text, places.line_start(*line)),
}
