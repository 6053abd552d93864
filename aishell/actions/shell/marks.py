"""A terminal's bytes taken apart: what was written, the session's own marks, and the modes that a screen must know of."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 128
"""Bytes of an unfinished mark that are held back."""
_UNFINISHED = re.compile(rb"\x1b(?:\[(?:\?[0-9;]{0,32})?)?")
_ALTERNATE = frozenset((b"47", b"1047", b"1049"))
_PASTE = b"2004"
ASKS = b"\x1b[?2004h"
"""What a line editor writes first."""

_EDITOR = re.compile(
    rb"\r?\x1b\[0m\x1b\[27m\x1b\[24m\x1b\[J"  # zsh, before a prompt
    rb"|\x1b\[\?1[hl]\x1b[=>]"  # keypad
    rb"|\r\x1b\[K\r"  # bash, before a bound command
    rb"|\x1b\[\?2004[hl]\r?|\x1b\[K"
)
_ACCEPTED = b"\r\r\n"
"""What zsh writes after a line, drawn or not."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the shell says: a letter, and what it says with it."""

    letter: str
    value: str


@dataclass(frozen=True, slots=True)
class Mode:
    """A private mode of the terminal set or reset: the alternate screen, or bracketed paste, which line editors ask for."""

    alternate: bool
    on: bool


Piece = bytes | Mark | Mode


class Splitter:
    """Finds marks and modes in a stream, however it is cut into chunks. A mark without the session's nonce is foreign text.

    Marks are taken out; a mode is told before the bytes that set it, and after those that reset it.
    """

    def __init__(self, nonce: str) -> None:
        self._prefix = b"\x1b]633;" + nonce.encode() + b";"
        self._special = re.compile(re.escape(self._prefix) + rb"([0-9A-Z])([^\x07\x1b]{0,64})\x07|\x1b\[\?([0-9;]{1,32})([hl])")
        self._held = b""
        self._given = 0
        """How many of the held bytes have been given out nevertheless."""

    @property
    def holds(self) -> bool:
        """Whether bytes are held back that `flush` would give."""
        return len(self._held) > self._given

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces of what is certain."""
        if not self._held and b"\x1b" not in data:
            return [data]
        data, at, self._given = self._held + data, self._given, 0
        self._held = b""
        pieces: list[Piece] = []
        end = 0
        for match in self._special.finditer(data):
            end = match.end()
            if match[1]:
                pieces += [data[at : match.start()], Mark(match[1].decode(), match[2].decode("ascii", "replace"))]
                at = end
            elif mode := _mode(match[3].split(b";"), on=match[4] == b"h"):
                cut = match.start() if mode.on else end
                pieces += [data[at:cut], mode]
                at = max(at, cut)
        last = data.rfind(b"\x1b", max(end, len(data) - _LONGEST))
        if last >= 0 and self._may_go_on(data[last:]):
            self._held, self._given = data[last:], max(0, at - last)
            data = data[:last]
        pieces.append(data[at:])
        return [piece for piece in pieces if piece != b""]

    def flush(self) -> bytes:
        """What is held back, since nothing has followed it for a while. If it is a mark's first half, that is still found."""
        data = self._held[self._given :]
        self._given = len(self._held)
        return data

    def _may_go_on(self, tail: bytes) -> bool:
        if tail.startswith(self._prefix):
            return b"\x07" not in tail
        return self._prefix.startswith(tail) or bool(_UNFINISHED.fullmatch(tail))


def _mode(numbers: list[bytes], *, on: bool) -> Mode | None:
    if _ALTERNATE.intersection(numbers):
        return Mode(True, on)
    return Mode(False, on) if _PASTE in numbers else None


def without_editor(data: bytes, *, accepting: bool) -> bytes:
    """`data` without what a line editor writes around an empty prompt, or when it accepts a line.

    A job in the background may write the same bytes meanwhile; they have no more than cosmetic effects.
    """
    data = _EDITOR.sub(b"", data) if b"\x1b" in data else data
    return data.replace(_ACCEPTED, b"") if accepting else data
