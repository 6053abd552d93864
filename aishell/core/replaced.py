"""A program that stays, and whose files are replaced meanwhile: by an upgrade, or by `git pull`.

Much is imported only when it is needed. A newer module beside older ones fails somewhere, and with it the session, or does
something else than both of them. So it is not imported: what is loaded goes on, and the rest is refused in a sentence.
"""

from __future__ import annotations

import os
import time

from aishell.core.errors import Replaced

_PACKAGE = "aishell"


class Guard:
    """For the front of `sys.meta_path`: finds nothing, and raises Replaced for a module that came after this object."""

    def __init__(self, package: str) -> None:
        """`package`: the folder of the modules that run."""
        self._package = package
        self._first = _mark(f"{package}/__init__.py")
        self._began_ns = time.time_ns()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.startswith(f"{_PACKAGE}.") and self._replaced(name):
            raise Replaced(
                "aishell was replaced by another version, or removed, while this session was open.",
                hint="Commands still run here as far as they can; words need a new session.",
            )

    def _replaced(self, name: str) -> bool:
        """An installer writes every file anew, with whatever time; `git pull` only some, with the present one. 7 us."""
        if not self._first or _mark(f"{self._package}/__init__.py") != self._first:
            return True
        place = f"{self._package}/{name.partition('.')[2].replace('.', '/')}"
        found = _mark(f"{place}.py") or _mark(f"{place}/__init__.py")
        return found[-1] > self._began_ns if found else False  # what was never there is another's error to tell


def _mark(file: str) -> tuple[int, ...]:
    """Differs once another file stands there; empty when none does. The last number: when it was written, in ns."""
    try:
        state = os.stat(file)
    except OSError:
        return ()
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
