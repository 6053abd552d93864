"""Much written in transactions that end before another shell notices."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import TypeVar

_T = TypeVar("_T")
_TURN_S = 0.015
"""How long one transaction takes work. Its commit comes on top, and another shell should wait less than 50 ms for its own."""


def turn(waiting: deque[_T]) -> Iterator[_T]:
    """Takes from the left of `waiting` until the time is up, or nothing waits; at least one, so that it always goes on."""
    until = time.monotonic() + _TURN_S
    while waiting:
        yield waiting.popleft()
        if time.monotonic() >= until:
            return
