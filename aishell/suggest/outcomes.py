"""What became of lines: how the last run of each ended, and whether it was taken when it was offered.

One small file beside the history, which all shells of a person add to: a JSON array a line. No line with a secret gets there,
and only of the newest few thousand something is kept.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

_MOST = 4000
"""Lines of which something is known."""
_LONGEST = 1000
_BYTES = 1 << 20
"""A longer file is written anew, with one row a line."""
_COUNTED = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int | None = None
    """The exit status of its last run; None when that is not known."""
    taken: int = 0
    """How often it was taken when it was offered,"""
    passed: int = 0
    """and how often something else was typed. Both are halved when they become large: habits change."""


_NOTHING = Outcome()


class Outcomes:
    """A file that cannot be read or written only means that nothing is learned. `redact` gives back nothing of a line that is
    not to be written at all."""

    def __init__(self, file: Path, redact: Callable[[str], str]) -> None:
        self._file = file
        self._redact = redact
        self._known: dict[str, Outcome] = {}
        self.version = 0
        """Changes with what is known."""
        self._place = (0, 0)
        self._busy = threading.Lock()

    def of(self, line: str) -> Outcome:
        return self._known.get(line, _NOTHING)

    def load(self) -> None:
        """Read what was added since, by this shell or another."""
        with self._busy, suppress(OSError), self._file.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            self._read(file.fileno())

    def ran(self, line: str, status: int) -> None:
        """A line has run."""
        self._add(line, "ran", status)

    def offered(self, line: str, taken: bool) -> None:
        """A line was shown when another one was sent, or it itself."""
        self._add(line, "taken" if taken else "passed", 1)

    def _add(self, line: str, what: str, value: int) -> None:
        line = line.strip()
        if not line or len(line) > _LONGEST or self._redact(line) != line:
            return
        with self._busy, suppress(OSError), self._locked() as descriptor:
            self._read(descriptor)
            row = json.dumps([line, what, value], ensure_ascii=True) + "\n"
            os.write(descriptor, row.encode())
            self._read(descriptor)
            if self._place[1] > _BYTES:
                self._cut()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int) -> None:
        state = os.fstat(descriptor)
        if state.st_ino != self._place[0] or state.st_size < self._place[1]:
            self._place = (state.st_ino, 0)
            self._known.clear()
        data = bytearray()
        while part := os.pread(descriptor, 1 << 20, self._place[1] + len(data)):
            data += part
        whole = data.rfind(b"\n") + 1
        self._place = (state.st_ino, self._place[1] + whole)
        self.version += bool(whole)
        for row in data[:whole].split(b"\n"):
            self._take(row)

    def _take(self, row: bytes | bytearray) -> None:
        """Whatever stands there, a row that is none is passed over."""
        try:
            line, what, value = json.loads(row)
            known, value = self._known.pop(line, Outcome()), int(value)
        except (ValueError, TypeError):
            return
        if what == "ran":
            known = replace(known, status=value)
        elif what in ("taken", "passed"):
            known = _counted(known, value, taken=what == "taken")
        self._known[line] = known
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def _cut(self) -> None:
        """Put what is known in place of how it came to be known. Raises OSError."""
        part = self._file.with_name(f"{self._file.name}.{os.getpid()}.part")
        part.touch(0o600)
        part.write_text("".join(map(_rows, self._known.items())), "ascii")
        self._place = (part.stat().st_ino, part.stat().st_size)
        part.replace(self._file)


def _counted(known: Outcome, value: int, *, taken: bool) -> Outcome:
    known = replace(known, taken=known.taken + value) if taken else replace(known, passed=known.passed + value)
    if known.taken + known.passed > _COUNTED:
        known = replace(known, taken=known.taken // 2, passed=known.passed // 2)
    return known


def _rows(item: tuple[str, Outcome]) -> str:
    line, known = item
    rows = [("ran", known.status), ("taken", known.taken or None), ("passed", known.passed or None)]
    return "".join(f"{json.dumps([line, what, value])}\n" for what, value in rows if value is not None)
