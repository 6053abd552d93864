"""The names in a folder that fit what is typed of one."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Literal, NamedTuple

from aishell.core.matching import Fit, Matcher

Sort = Literal["folder", "file", "link", "program"]

MOST = 500
_LATELY = ((3600.0, 0.2), (86_400.0, 0.1))
"""Who changed a file so many seconds ago may well mean it again: that much weight."""


class Found(NamedTuple):
    name: str
    sort: Sort
    weight: float


class Names(NamedTuple):
    """Those of the best fit that any name has."""

    fit: Fit
    found: list[Found]
    complete: bool
    """False when there are too many, or the folder was too big to be read in full."""


def names(parent: str, start: str, deadline: float) -> Names:
    """Names in `parent`, those changed lately before the others, else in order. Hidden ones only when a dot is typed."""
    matcher = Matcher(start)
    fitting: dict[Fit, list[os.DirEntry[str]]] = {Fit.NONE: []}
    best, complete = Fit.NONE, True
    with suppress(OSError, ValueError), os.scandir(parent or ".") as files:
        for number, file in enumerate(files):
            if number % 512 == 511 and time.monotonic() > deadline:
                complete = False
                break
            if file.name.startswith(".") and not start.startswith("."):
                continue
            if (fit := matcher.fit(file.name)) >= max(best, Fit.LOOSE):
                best = fit
                fitting.setdefault(fit, []).append(file)
    files_of_best = sorted(fitting[best], key=lambda file: file.name)
    few = len(files_of_best) <= MOST
    found = [_found(file, matcher if best == Fit.LOOSE else None, lately=few) for file in files_of_best[: MOST + 1]]
    return Names(best, sorted(found, key=lambda each: -each.weight)[:MOST], complete and few)


def _found(file: os.DirEntry[str], matcher: Matcher | None, *, lately: bool) -> Found:
    weight = matcher.closeness(file.name) if matcher else 0.0
    if lately:
        with suppress(OSError):
            age = time.time() - file.stat().st_mtime
            weight += next((bonus for seconds, bonus in _LATELY if age < seconds), 0.0)
    return Found(file.name, _sort(file), weight)


def _sort(file: os.DirEntry[str]) -> Sort:
    with suppress(OSError):
        if file.is_dir():
            return "folder"
        if file.is_symlink():
            return "link"
        if os.access(file.path, os.X_OK):
            return "program"
    return "file"
