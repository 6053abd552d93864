r"""Zsh's history: a command a line, or `: seconds:duration;command`; a newline inside a command has a backslash before it.

Bytes that zsh uses for itself are written as 0x83 and the byte with bit 5 turned over ("metafied").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aishell.core.memory import Run
from aishell.memory.history.entries import LONGEST, Entries, Redact, lines, text, time_of

_EXTENDED = re.compile(rb": ?(\d{1,12}):(\d{1,9});")
_META = re.compile(rb"\x83(.)", re.DOTALL)


def read(path: Path, redact: Redact, start: int = 0) -> Iterator[Run]:
    """Its commands from a byte on, oldest first. Raises AishellError."""
    entries = Entries("zsh", redact)
    for line in _entries(path, start):
        mark = _EXTENDED.match(line)
        command = text(unmetafied(line[mark.end() if mark else 0 :]))
        run = entries.run(command, time_of(mark[1]), float(mark[2])) if mark else entries.run(command)
        if run:
            yield run


def unmetafied(data: bytes) -> bytes:
    return _META.sub(lambda match: bytes((match[1][0] ^ 32,)), data)


def _entries(path: Path, start: int) -> Iterator[bytes]:
    held = bytearray()
    for line in lines(path, start):
        if line is None:
            held = bytearray(LONGEST + 1)
            continue
        going_on = line.endswith(b"\\")
        if len(held) <= LONGEST:
            held += line[:-1] + b"\n" if going_on else line
        if not going_on:
            yield bytes(held) if len(held) <= LONGEST else b""
            held = bytearray()
    yield bytes(held) if len(held) <= LONGEST else b""
