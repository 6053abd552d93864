"""The line mode: a prompt in the terminal's own scrollback, for who wants no full screen, or whose terminal can have none."""

from __future__ import annotations

from typing import Literal

_WITHOUT_CURSOR = frozenset(("", "dumb", "unknown"))


def front(wanted: Literal["auto", "full", "line"], terminal: str) -> Literal["full", "line"]:
    """Which front end to start on a terminal called `terminal` (`$TERM`); a screen needs one that can move its cursor."""
    return "line" if wanted == "line" or not addressable(terminal) else "full"


def addressable(terminal: str) -> bool:
    """Whether the cursor can be moved about on it."""
    return terminal not in _WITHOUT_CURSOR
