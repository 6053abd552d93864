"""One line of a history as a run, with the key that makes it the same run when it is read again.

Histories grow at their end, are cut off at their front, and repeat themselves. A line with a time is known by that time and two
bytes of a hash, which tell commands of one second apart and do not give a secret in them away to somebody who tries passwords.
A line without a time is the n-th of its text: when lines were cut off meanwhile, a repetition may be missed, never added twice.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from aishell.core.errors import AishellError
from aishell.core.memory import Run

LONGEST = 16_384
"""Bytes of a command. A longer one is data that was pasted; nobody looks for it."""
_LATEST = 1 << 33
"""Seconds since 1970, in the year 2242: a number above it is not a time."""
Redact = Callable[[str], str]


def lines(path: Path, start: int = 0) -> Iterator[bytes | None]:
    """The lines of a file from a byte on, without their ends; None for one that is too long. Raises AishellError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not hold us up
        with closing(os.fdopen(descriptor, "rb")) as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise AishellError(f"{path} is not a file.")
            file.seek(start)
            while line := file.readline(LONGEST + 1):
                whole = line.endswith(b"\n") or len(line) <= LONGEST
                yield line.rstrip(b"\r\n") if whole else None
                while not whole:
                    rest = file.readline(LONGEST)
                    whole = not rest or rest.endswith(b"\n")
    except OSError as error:
        raise AishellError(f"{path} cannot be read: {error.strerror}.") from error


def text(data: bytes) -> str:
    """Whatever the bytes are, text that can be stored."""
    return data.decode("utf-8", "replace").replace("\0", "\ufffd")


def time_of(digits: bytes | str) -> float:
    """Seconds since 1970; 0 for what is no time."""
    value = int(digits) if len(digits) <= 12 else 0
    return float(value) if value < _LATEST else 0.0


class Entries:
    """Makes runs of the commands of one history."""

    def __init__(self, source: str, redact: Redact) -> None:
        self._source = source
        self._redact = redact
        self._seen: dict[bytes, int] = {}

    def run(self, command: str, time: float = 0.0, duration_s: float | None = None) -> Run | None:
        """None for what is not to be kept: nothing, or a command that a blank hides."""
        if not command.strip() or command[0].isspace() or len(command) > LONGEST:
            return None
        command = self._redact(command.rstrip())
        return Run(
            command=command,
            time=time,
            duration_s=duration_s,
            shell=self._source,
            source=self._source,
            key=self._key(command, time),
        )

    def _key(self, command: str, time: float) -> str:
        digest = hashlib.sha256(command.encode("utf-8", "replace")).digest()
        if time:
            return f"{self._source}:{time:.0f}:{digest[:2].hex()}"
        known = digest[:12]
        self._seen[known] = number = self._seen.get(known, 0) + 1
        return f"{self._source}:{known.hex()}:{number}"
