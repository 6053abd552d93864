r"""Fish's history: `- cmd: command`, `  when: seconds`, and `  paths:`, which are of no use here.

It looks like YAML and is not: only `\n` and `\\` are escapes, and everything else stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aishell.core.memory import Run
from aishell.memory.history.entries import Entries, Redact, lines, text, time_of

_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_COMMAND, _WHEN = b"- cmd: ", re.compile(rb"\s+when: (\d{1,12})")


def read(path: Path, redact: Redact, start: int = 0) -> Iterator[Run]:
    """Its commands from a byte on, oldest first. Raises AishellError."""
    entries = Entries("fish", redact)
    for command, when in _entries(path, start):
        if run := entries.run(text(_unescaped(command)), when):
            yield run


def _entries(path: Path, start: int) -> Iterator[tuple[bytes, float]]:
    command, when = b"", 0.0
    for line in lines(path, start):
        if line is None or line.startswith(_COMMAND):
            yield command, when
            command, when = (line or b"")[len(_COMMAND) :], 0.0
        elif mark := _WHEN.fullmatch(line):
            when = time_of(mark[1])
    yield command, when


def _unescaped(data: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: b"\n" if match[1] == b"n" else match[1] if match[1] == b"\\" else match[0], data)
