"""How many threads compute, while other programs want the processor as well."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from aishell.backends.llama import Llama

_FEW = 16
"""Tokens up to which a batch counts as single ones; longer ones always use all threads."""
_LOOK = 4
"""Batches between two looks."""
_CONTENDED = 0.25
"""Seconds that our threads together waited for a processor, a second: half when one of two processors is shared."""
_AGAIN_S = 2.0


class Pace:
    """One thread less for single tokens while our threads have to wait for a processor, tried anew every two seconds.

    Threads that wait for each other are slower than one alone (2 cores, one of them busy: 69 ms a token with two, 37 with one).
    """

    def __init__(self, model: Llama) -> None:
        self._model = model
        self._batches = 0
        self._less_until = 0.0
        self._at = time.monotonic()
        self._waited = waited_s()

    def set(self, tokens: int) -> None:
        """Before a batch of so many tokens."""
        if self._model.spec.threads or self._model.threads == 1 or tokens > _FEW:
            return
        self._batches += 1
        if self._batches % _LOOK:
            return
        now, waited = time.monotonic(), waited_s()
        share = (waited - self._waited) / max(now - self._at, 1e-3)
        self._at, self._waited = now, waited
        if self._less_until:
            if now >= self._less_until:
                self._less_until = 0.0
                self._model.use_threads(self._model.threads)
        elif share > _CONTENDED:
            self._less_until = now + _AGAIN_S
            self._model.use_threads(self._model.threads - 1)


def waited_s() -> float:
    """How long the threads of this process have been ready to run and were not run; 0 where it cannot be known."""
    total = 0
    with suppress(OSError, ValueError, IndexError):
        for task in Path("/proc/self/task").iterdir():
            total += int((task / "schedstat").read_text().split()[1])
    return total / 1e9
