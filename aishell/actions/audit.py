"""The audit log: every decision about a command, and what came of it, one line of JSON each, kept by many shells at once.

A line is on the disk before the command starts. Lines are only ever added; a full file is renamed and a new one begun. What
cannot be written is told to the person, decision and all: nothing is lost in silence. It still runs, since a full disk
is when a person needs their shell most.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from aishell.core.locking import current, lock
from aishell.core.memory import run_key
from aishell.core.types import Verdict

_LONGEST_TEXT = 16 << 10
"""Characters of a command or request that are kept; the hash is of all of it."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_UNSAID: dict[str, Any] = {"request": "", "command": "(private)", "sha256": "", "cwd": "", "reasons": [], "private": True}
_PATIENCE_S = 2.0
"""A stopped process may hold the lock for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A decision, or what came of one."""

    event: Literal["approved", "refused", "finished", "observed"]
    command: str
    cwd: str
    request: str = ""
    """The words that led to it; empty for a line a person typed, and for what came of a decision."""
    verdict: Verdict | None = None
    by: Literal["policy", "rule", "user", "host", "typed", ""] = ""
    """Who approved it; `host`: another program, of what had been tried."""
    thought_s: float | None = None
    """What it took to find the command; None for a line a person typed."""
    status: str = ""
    exit_code: int | None = None


class Audit:
    """The log of one session. `redact` takes secrets out of a text before it is kept; `tell` is a way to the person.

    `origin`: through which door it all came, when that is not the person's own (`mcp`).
    """

    def __init__(
        self,
        file: Path,
        *,
        session: str,
        redact: Callable[[str], str],
        tell: Callable[[str], None],
        origin: str = "",
        most_bytes: int = 8 << 20,
    ) -> None:
        self._file = file
        self.session = session
        self._redact = redact
        self._tell = tell
        self._origin = origin
        self._most_bytes = most_bytes

    def write(self, entry: Entry, *, private: bool = False) -> str:
        """Keep `entry`; returns when it is on the disk, or told. In private, not what it was about. What it gives back is the
        line's key in the memory."""
        values = {**self._values(entry), **(_UNSAID if private else {})}
        line = json.dumps(values)  # ASCII: harmless wherever it is read
        try:
            self._append(f"{line}\n".encode())
        except OSError as error:
            self._tell(f"{self._file} cannot be written ({error.strerror}); this is not in it: {line}")
        return run_key(values["session"], values["time"], values["sha256"])

    def _values(self, entry: Entry) -> dict[str, Any]:
        verdict = entry.verdict
        return {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "session": self.session,
            "event": entry.event,
            "request": self._redact(entry.request)[:_LONGEST_TEXT],
            "command": self._redact(entry.command)[:_LONGEST_TEXT],
            "sha256": hashlib.sha256(entry.command.encode("utf-8", "surrogatepass")).hexdigest(),
            "cwd": self._redact(entry.cwd),
            "tier": verdict.tier.name if verdict else None,
            "reasons": [self._redact(reason) for reason in verdict.reasons] if verdict else [],
            "by": entry.by,
            "status": entry.status,
            "exit_code": entry.exit_code,
            **({"origin": self._origin} if self._origin else {}),
            **({"thought_s": round(entry.thought_s, 3)} if entry.thought_s is not None else {}),
        }

    def _append(self, line: bytes) -> None:
        """Raises OSError."""
        with self._locked() as descriptor:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # whoever wrote last was cut off: only that line is lost
            try:
                if os.write(descriptor, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The current file, open and ours alone, with room in it. Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._own_folder()
        while True:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(self._file, flags, 0o600)
            try:
                _own_file(descriptor)
                lock(descriptor, _PATIENCE_S)
                if not current(self._file, descriptor):
                    continue  # another process renamed it while we waited
                if os.fstat(descriptor).st_size < self._most_bytes:
                    yield descriptor
                    return
                self._rename()
            finally:
                os.close(descriptor)

    def _own_folder(self) -> None:
        """Nobody else may put another file into the log's place. Raises OSError."""
        found = os.stat(self._file.parent)
        if found.st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, f"{self._file.parent} belongs to somebody else")
        if found.st_mode & _OTHERS_WRITE:  # a umask of 002 made it so
            os.chmod(self._file.parent, stat.S_IMODE(found.st_mode) & ~_OTHERS_WRITE)

    def _rename(self) -> None:
        """Give the full file the next number; we hold its lock, so nobody else does."""
        numbers = [int(file.name.split(".")[1]) for file in _full(self._file)]
        os.rename(self._file, self._file.with_suffix(f".{max(numbers, default=0) + 1:04}{self._file.suffix}"))


def forget(file: Path, match: Callable[[dict[str, Any]], bool]) -> int:
    """Take the texts out of the entries that `match`, and the hash of the command; how many there were.

    That something was decided then, and how, stays. A line that cannot be read is matched as a command, and goes whole. Each
    part of the log is replaced at once or stays as it is. Raises OSError.
    """
    current = _forget_in(file, match)  # first: once it is full it is among the others
    return current + sum(_forget_in(part, match) for part in _full(file))


def _forget_in(part: Path, match: Callable[[dict[str, Any]], bool]) -> int:
    while True:
        try:
            descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        with open(descriptor, "rb") as lines:  # closes it
            _own_file(descriptor)
            lock(descriptor, _PATIENCE_S)
            if current(part, descriptor):
                return _replace(part, lines.readlines(), match)


def _replace(part: Path, lines: list[bytes], match: Callable[[dict[str, Any]], bool]) -> int:
    kept = [_without(line, match) for line in lines]
    changed = sum(1 for line, other in zip(lines, kept, strict=True) if line != other)
    if changed:
        other = part.with_name(f"{part.name}.new")
        other.unlink(missing_ok=True)  # a killed process's
        descriptor = os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as new:
            new.writelines(kept)
            new.flush()
            os.fsync(descriptor)
        os.rename(other, part)  # whoever waits for the lock of the old one looks whether it is still the current one
    return changed


def _without(line: bytes, match: Callable[[dict[str, Any]], bool]) -> bytes:
    entry = _entry(line)
    if entry is None:
        return b"\n" if match({"command": line.decode("utf-8", "replace")}) else line
    if not entry.get("command") or not match(entry):
        return line
    return json.dumps(entry | {"request": "", "command": "", "sha256": "", "reasons": [], "cwd": ""}).encode() + b"\n"


def read(file: Path) -> Iterator[dict[str, Any] | None]:
    """All entries, oldest first; None for a line that cannot be read. Raises OSError."""
    for part in (*_full(file), file):
        if part.is_file():
            with part.open("rb") as lines:
                yield from map(_entry, lines)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("time"), str) else None


def _full(file: Path) -> list[Path]:
    """The files that were full, oldest first."""
    parts = file.parent.glob(f"{file.stem}.*{file.suffix}")
    return sorted((part for part in parts if part.name.split(".")[1].isdigit()), key=lambda part: int(part.name.split(".")[1]))


def _own_file(descriptor: int) -> None:
    """Raises OSError."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "it is not a plain file of the user's own")
    if stat.S_IMODE(found.st_mode) != 0o600:
        os.fchmod(descriptor, 0o600)
