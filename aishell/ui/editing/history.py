"""The lines typed before, in one file that all shells of a person add to; `core/typed.py` says what it looks like."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aishell.core.typed import Entry as Entry
from aishell.core.typed import TypedLines

_LONGEST = 20_000
"""Characters of a line that is kept; a longer one is data, not something to type again."""
_SLACK = 1.2
"""The file is cut when it holds this many times what is kept."""


class LineHistory:
    """Oldest first. `load` may take a tenth of a second and is for a thread; all else is quick.

    A file that cannot be read or written only means that nothing is kept: typing must go on. `redact` gives back nothing of a
    line that is not to be written at all.
    """

    def __init__(self, file: Path, redact: Callable[[str], str], *, most: int = 100_000) -> None:
        self._file = file
        self._redact = redact
        self._most = most
        self._typed = TypedLines(file)
        self.entries: list[Entry] = []
        self.unkept = ""
        """The line just typed when it is not to be kept: it can be called back once, and is gone with the next one."""
        self.version = 0
        """Changes when entries are replaced, and not only added."""
        self.added: Callable[[str, bool], None] = _nobody
        """Told of each line that is sent, and whether it is kept."""
        self._busy = threading.Lock()

    def load(self) -> None:
        """Read what was added since the last time, by this shell or another."""
        with self._busy, suppress(OSError), self._file.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self._read(file.fileno())

    def add(self, text: str, folder: str, *, keep: bool = True) -> None:
        """Remember `text`, on disk too; one that begins with a blank, or when not `keep`, only until the next line."""
        self.unkept = ""
        if not keep or text.startswith((" ", "\t")) or len(text) > _LONGEST:
            self.unkept = text
            self.added(text, False)
            return
        if not text.strip():
            return
        with self._busy:
            with suppress(OSError):
                self._append(text, folder)
            if not self._repeats(text, folder):
                self.entries.append(Entry(text, folder))
        self.added(text, True)

    def _append(self, text: str, folder: str) -> None:
        """Raises OSError."""
        with self._locked() as descriptor:
            self._read(descriptor)
            kept = "" if self._repeats(text, folder) else self._redact(text)
            if kept:
                os.write(descriptor, _written(kept, folder))
            self._typed.read_to(self._typed.inode, os.fstat(descriptor).st_size)
        if len(self.entries) > self._most * _SLACK:
            self._cut()

    def _repeats(self, text: str, folder: str) -> bool:
        return bool(self.entries) and self.entries[-1] == (text, folder)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open for reading and appending, for this shell alone. Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            descriptor = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is_still(self._file, descriptor):  # another shell may have put a shorter one in its place
                    os.fchmod(descriptor, 0o600)
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    def _read(self, descriptor: int) -> None:
        news, anew = self._typed.read(descriptor)
        if anew:
            self.entries.clear()
            self.version += 1
        self.entries += news
        if len(self.entries) > self._most * _SLACK:
            del self.entries[: -self._most]
            self.version += 1

    def _cut(self) -> None:
        """Put a file in its place that has only the newest entries. Raises OSError."""
        with self._locked() as descriptor:
            self._read(descriptor)
            self.entries[:] = self.entries[-self._most :]
            self.version += 1
            part = self._file.with_name(f"{self._file.name}.{os.getpid()}.part")
            part.touch(0o600)
            part.write_bytes(b"".join(_written(self._redact(entry.text), entry.folder) for entry in self.entries))
            self._typed.read_to(part.stat().st_ino, part.stat().st_size)
            part.replace(self._file)


def _nobody(text: str, kept: bool) -> None: ...


def _written(text: str, folder: str) -> bytes:
    when = time.strftime("%Y-%m-%d %H:%M:%S")
    where = "" if "\n" in folder or not folder else f"\t{folder}"
    lines = "".join(f"+{line}\n" for line in text.split("\n"))
    return f"\n# {when}{where}\n{lines}".encode("utf-8", "surrogateescape" if _is_bytes(text + folder) else "replace")


def _is_bytes(text: str) -> bool:
    """Whether every surrogate in `text` stands for a byte that is no UTF-8."""
    return all("\udc80" <= character <= "\udcff" for character in text if "\ud800" <= character <= "\udfff")


def _is_still(file: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    return False
