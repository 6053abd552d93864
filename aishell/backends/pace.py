"""How many threads compute, while other programs want the processor as well."""

from __future__ import annotations

from aishell.backends.llama import Llama

_FEW = 16
"""Tokens up to which a batch counts as single ones; longer ones always use all threads."""
_FOLLOW = 0.3


class Pace:
    """Fewer threads for single tokens while other programs compute: one that waits for the others' thread is slower than one
    alone (2 cores, one of them busy: 69 ms a token with two threads, 37 with one)."""

    def __init__(self, model: Llama) -> None:
        self._model = model
        self._others = 0.0

    def set(self, tokens: int) -> None:
        """Before a batch of so many tokens."""
        if self._model.spec.threads or tokens > _FEW:
            return
        self._others += (max(0, running() - 1) - self._others) * _FOLLOW
        self._model.use_threads(max(1, self._model.threads - round(self._others)))


def running() -> int:
    """Threads that want a processor right now, on the whole machine; 1 (this one) where it cannot be known."""
    try:
        with open("/proc/loadavg", "rb") as file:
            return int(file.read().split()[3].split(b"/")[0])
    except (OSError, ValueError, IndexError):
        return 1
