"""The programs on PATH, read once and again only when a folder of it has changed."""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from aishell.core.matching import Fit, Matcher

_LOOK_AGAIN_S = 2.0


class Commands:
    """Programs, and what else can stand first on a line: `own()` gives builtins, aliases and functions."""

    def __init__(self, path: Callable[[], str], own: Callable[[], Iterable[str]] = tuple) -> None:
        self._path = path
        self._own = own
        self._folders: dict[str, tuple[int, frozenset[str]]] = {}
        """What each folder held when it was last changed."""
        self._names: list[str] = []
        self._known: set[str] = set()
        self._path_read = ""
        self._looked = 0.0

    def starting(self, prefix: str, *, most: int = 500) -> list[str]:
        """The commands that begin with `prefix`, in order. Reading 3,000 programs for the first time takes some 20 ms."""
        self._refresh()
        found = self._names[(at := bisect_left(self._names, prefix)) : at + most]
        return [name for name in found if name.startswith(prefix)]

    def like(self, text: str, *, most: int = 500) -> Iterator[tuple[str, Fit, float]]:
        """Commands that begin with `text`; else those that do when case does not count; else those that hold its letters,
        each with how it fits and how closely."""
        if exact := self.starting(text, most=most):
            yield from ((name, Fit.EXACT, 0.0) for name in exact)
            return
        matcher = Matcher(text)
        for name in self._names:
            if (fit := matcher.fit(name)) != Fit.NONE:
                yield name, fit, matcher.closeness(name) if fit == Fit.LOOSE else 0.0

    def __contains__(self, name: str) -> bool:
        self._refresh()
        return name in self._known

    def _refresh(self) -> None:
        path, now = self._path(), time.monotonic()
        if path == self._path_read and now - self._looked < _LOOK_AGAIN_S:
            return
        self._looked = now
        self._path_read = path
        names = set(self._own())
        for folder in path.split(os.pathsep):
            names |= self._programs(folder or ".")
        if names != self._known:
            self._known = names
            self._names = sorted(names)

    def _programs(self, folder: str) -> frozenset[str]:
        changed, names = 0, frozenset[str]()
        with suppress(OSError):
            changed = os.stat(folder).st_mtime_ns
        known = self._folders.get(folder)
        if known and known[0] == changed:
            return known[1]
        with suppress(OSError), os.scandir(folder) as files:
            names = frozenset(file.name for file in files if _runs(file))
        self._folders[folder] = (changed, names)
        return names


def _runs(file: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return file.is_file() and os.access(file.path, os.X_OK)
    return False
