"""The log of what has been sent to other machines: each request whole, as it was sent, and on the disk before it leaves.

What cannot be written here is not sent. Lines of JSON, kept by many shells at once; a full file becomes the older one.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aishell.core.errors import ModelUnavailable
from aishell.core.locking import current, lock

_PATIENCE_S = 0.5
"""A stopped process may hold the lock for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request, after redaction."""

    to: str
    """What the person calls the place."""
    host: str
    bytes: int
    redacted: Mapping[str, int]
    """What was taken out of it before, and how often."""
    body: Mapping[str, Any]


class SentLog:
    def __init__(self, file: Path, *, most_bytes: int = 8 << 20) -> None:
        """`most_bytes`: of one file; there are two."""
        self._file = file
        self._most_bytes = most_bytes

    def write(self, sent: Sent) -> None:
        """Raises ModelUnavailable: nothing leaves this machine that is not written down."""
        values = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "to": sent.to,
            "host": sent.host,
            "bytes": sent.bytes,
            "redacted": dict(sent.redacted),
            "body": sent.body,
        }
        try:
            self._append(f"{json.dumps(values)}\n".encode())  # ASCII: harmless wherever it is read
        except OSError as error:
            raise ModelUnavailable(
                f"{self._file} cannot be written ({error.strerror}), so nothing is sent.",
                hint="What leaves is always written down there. `aishell --local` asks this machine's model.",
            ) from error

    def _append(self, line: bytes) -> None:
        """Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        while True:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                lock(descriptor, _PATIENCE_S)
                found = os.fstat(descriptor)
                if not current(self._file, descriptor):
                    continue  # another process renamed it while this one waited
                if found.st_size and found.st_size + len(line) > self._most_bytes:
                    os.rename(self._file, older(self._file))
                    continue
                if os.write(descriptor, line) != len(line):
                    os.ftruncate(descriptor, found.st_size)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return
            finally:
                os.close(descriptor)


def older(file: Path) -> Path:
    return file.with_suffix(f".old{file.suffix}")


def read(file: Path) -> Iterator[dict[str, Any]]:
    """What was sent, oldest first. A line that cannot be read is left out. Raises OSError."""
    for part in (older(file), file):
        if part.is_file():
            with part.open("rb") as lines:
                for line in lines:
                    if entry := _entry(line):
                        yield entry


def forget(file: Path, texts: Collection[str]) -> int:
    """Take out what was sent in the requests that hold any of these texts; how many there were. That something was sent
    then, and where, stays. Raises OSError."""
    wanted = [json.dumps(text)[1:-1].encode() for text in texts if text]  # as the log writes it
    return sum(_forget_in(part, wanted) for part in (older(file), file) if part.is_file())


def _forget_in(part: Path, wanted: list[bytes]) -> int:
    descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as lines:
        lock(descriptor, _PATIENCE_S)
        if not current(part, descriptor):
            return _forget_in(part, wanted)
        before = lines.readlines()
        after = [_emptied(line) if any(text in line for text in wanted) else line for line in before]
        changed = sum(one != other for one, other in zip(before, after, strict=True))
        if changed:
            new = part.with_name(f"{part.name}.new")
            new.unlink(missing_ok=True)
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
                out.writelines(after)
            os.rename(new, part)  # whoever waits for the lock looks whether it is still the current one
        return changed


def _emptied(line: bytes) -> bytes:
    entry = _entry(line)
    return json.dumps({**entry, "body": {}}).encode() + b"\n" if entry else b""


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("time"), str) else None
