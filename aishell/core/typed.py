"""The lines a person has typed, as the file they are kept in tells them.

The file is the one prompt-toolkit writes: a comment line, then each line of the entry behind a `+`. Here the comment also says
in which folder the line was typed.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    text: str
    folder: str
    """Where it was typed; empty when that is not known."""


class TypedLines:
    """Reads such a file from where it has read to."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place = (0, 0)
        """The file that was read, by its number, and up to which byte."""

    def news(self) -> tuple[list[Entry], bool]:
        """What was added since the last time, oldest first, and whether it stands in the place of all that was read before.

        A file that cannot be read has no news.
        """
        with suppress(OSError), self._file.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return self.read(file.fileno())
        return [], False

    def read(self, descriptor: int) -> tuple[list[Entry], bool]:
        """The same from a file that is open already, and locked. Raises OSError."""
        state = os.fstat(descriptor)
        anew = state.st_ino != self._place[0] or state.st_size < self._place[1]
        if anew:
            self._place = (state.st_ino, 0)
        data = bytearray()
        while part := os.pread(descriptor, 1 << 20, self._place[1] + len(data)):
            data += part
        self._place = (state.st_ino, self._place[1] + len(data))
        return entries(data.decode("utf-8", "replace")), anew

    def read_to(self, inode: int, size: int) -> None:
        """Somebody has written what they know already."""
        self._place = (inode, size)

    @property
    def inode(self) -> int:
        """Of the file that was read; 0 before."""
        return self._place[0]


def entries(text: str) -> list[Entry]:
    """What a history file holds. A line that is neither a comment nor part of an entry is passed over."""
    found: list[Entry] = []
    lines: list[str] = []
    folder = ""
    for line in text.split("\n"):
        if line[:1] == "+":
            lines.append(line[1:])
            continue
        if lines:
            found.append(Entry("\n".join(lines), folder))
            lines, folder = [], ""
        if line[:1] == "#":
            _, _, folder = line.partition("\t")
    if lines:
        found.append(Entry("\n".join(lines), folder))
    return found
