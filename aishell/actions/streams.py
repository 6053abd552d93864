"""Files that are no files: what is read from a pipe, a socket or a terminal is gone for the next reader."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress

from aishell.core.types import Script, Word

_ENDLESS = frozenset(("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"))
"""Devices that give the same to everybody."""


def named(script: Script, cwd: str) -> bool:
    """Whether a word of the script names such a file."""
    return any(_is_stream(os.path.join(cwd, word.literal)) for word in _words(script) if word.fixed and word.literal)


def _words(script: Script) -> Iterator[Word]:
    for call in script.calls:
        yield from call.words[1:]
    for redirect in script.redirects:
        yield redirect.target


def _is_stream(path: str) -> bool:
    if path in _ENDLESS:
        return False
    with suppress(OSError, ValueError):
        mode = os.stat(path).st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)
    return False
