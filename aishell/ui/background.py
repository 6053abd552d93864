"""Whether the terminal is dark or light, as it says itself, or as its environment does."""

from __future__ import annotations

import os
import re
import select
import termios
import time
from collections.abc import Mapping
from typing import Any, Literal

Shade = Literal["dark", "light"]

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
"""What is your background? And behind it a question that every terminal answers: once that answer is here, no other comes."""
_FENCE = re.compile(rb"\x1b\[\?[0-9;]*c")
_COLOUR = re.compile(rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_WAIT_S = 0.05
"""Terminals on the same machine answer within 1 to 5 ms."""
_ANSWER = {
    "TERM_PROGRAM": ("iTerm.app", "Apple_Terminal", "WezTerm", "ghostty", "vscode"),
    "TERM": ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "contour"),
}
_ANSWER_WHERE_SET = ("VTE_VERSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "XTERM_VERSION", "WT_SESSION", "ALACRITTY_WINDOW_ID")
_FAR = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "MOSH_CONNECTION", "TMUX", "STY")
"""Between the terminal and us there is a line that may be slow, or a program that may pass the answer on whenever it likes.
What comes too late would be typed into the prompt."""
_DARK_NUMBERS = frozenset(("0", "1", "2", "3", "4", "5", "6", "8"))


def answers(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is one that is known to tell its background, and to tell it at once."""
    term = environ.get("TERM", "")
    if any(environ.get(name) for name in _FAR) or term.startswith(("screen", "tmux")):
        return False
    known = any(environ.get(name) in values for name, values in _ANSWER.items())
    return known or any(environ.get(name) for name in _ANSWER_WHERE_SET)


def told(environ: Mapping[str, str]) -> Shade | None:
    """What COLORFGBG says, which some terminals set: `15;0`, the background last."""
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not number.isdecimal():
        return None
    return "dark" if number in _DARK_NUMBERS else "light"


class Asking:
    """The question, from when it is asked to when nothing that answers it can come any more.

    The terminal echoes nothing meanwhile. What is typed within these milliseconds is lost, so nothing is asked when there is
    something to read already.
    """

    def __init__(self, descriptor: int) -> None:
        """`descriptor`: the terminal, for reading and writing."""
        self._descriptor = descriptor
        self._heard = b""
        self._modes: list[Any] | None = None

    def ask(self, wait_s: float = _WAIT_S) -> Shade | None:
        """The terminal's answer; None when it gives none in time."""
        try:
            if select.select([self._descriptor], [], [], 0)[0]:
                return None
            self._modes = termios.tcgetattr(self._descriptor)
            quiet = termios.tcgetattr(self._descriptor)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(self._descriptor, termios.TCSANOW, quiet)
            os.write(self._descriptor, _QUESTION)
            self._listen(wait_s)
        except (OSError, termios.error):
            return None
        return shade(self._heard)

    def close(self) -> None:
        """Take what has come meanwhile, and give the terminal its modes back."""
        if self._modes is None:
            return
        try:
            if not _FENCE.search(self._heard):
                self._listen(0)
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._modes)
        except (OSError, termios.error):
            pass
        self._modes = None

    def _listen(self, wait_s: float) -> None:
        """Until the second answer is here, or it is too late."""
        ends = time.monotonic() + wait_s
        while not _FENCE.search(self._heard):
            if not select.select([self._descriptor], [], [], max(0.0, ends - time.monotonic()))[0]:
                return
            data = os.read(self._descriptor, 1024)
            if not data:
                return
            self._heard += data


def shade(answer: bytes) -> Shade | None:
    """What `rgb:RRRR/GGGG/BBBB`, with one to four digits each, looks like to an eye (the luma of ITU-R BT.601)."""
    if not (found := _COLOUR.search(answer)):
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return "light" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "dark"
