"""Bash's history: a command a line, or, where HISTTIMEFORMAT is set, `#seconds` before each.

Bash takes several lines for one command only when the file begins with a time; so do we.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aishell.core.memory import Run
from aishell.memory.history.entries import LONGEST, Entries, Redact, lines, text, time_of

_TIME = re.compile(rb"#(\d{1,12})")


def read(path: Path, redact: Redact, start: int = 0) -> Iterator[Run]:
    """Its commands from a byte on, oldest first. Raises AishellError."""
    entries = Entries("bash", redact)
    for when, command in _commands(path, start):
        if run := entries.run(text(command), when):
            yield run


def _commands(path: Path, start: int) -> Iterator[tuple[float, bytes]]:
    several: bool | None = None
    when, held = 0.0, bytearray()
    for line in lines(path, start):
        mark = _TIME.fullmatch(line) if line is not None else None
        several = bool(mark) if several is None else several
        if mark:
            yield when, bytes(held)
            when, held = time_of(mark[1]), bytearray()
        elif line is None:
            held = bytearray(LONGEST + 1) if several else bytearray()  # the whole command is too long
        elif several and when:
            if len(held) <= LONGEST:
                held += b"\n" * bool(held) + line
        else:
            yield when, line
            when = 0.0
    yield when, bytes(held)
