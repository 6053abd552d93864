"""Sentences for the person, from whatever works for them, in any thread and at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Sentences:
    """Tell it one by calling it. It waits until there is somebody to show it."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._show: Callable[[str], object] | None = None
        self._lock = threading.Lock()

    def __call__(self, sentence: str) -> None:
        with self._lock:
            if self._show:
                self._show(sentence)
            else:
                self._waiting.append(sentence)

    def shown_by(self, show: Callable[[str], object] | None) -> None:
        """From now on `show` has them, those that wait first; it is called in any thread. None: they wait again."""
        with self._lock:
            self._show = show
            while show and self._waiting:
                show(self._waiting.pop(0))
