"""Copies of the memory file, made while others write to it: one a day, one before each migration, one when asked.

A copy counts only when it was read through and found sound; it takes its name last, so that a half-made one is never met.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from aishell.core.errors import MemoryDamaged, MemoryUnavailable
from aishell.memory import place
from aishell.memory.connection import Connection, connect, told
from aishell.memory.lock import Lock, Locked

_DAY_S = 24 * 3600.0
_STEP_PAGES = 256
_PAUSE_S = 0.001
"""Between steps of 1 MB: a copy of 200 MB takes 0.2 s longer, and whoever waits for the disk gets a turn."""
_KEPT = {"daily": 3, "before": 3, "asked": 3}
_STAMP = "%Y%m%dT%H%M%S.%f"


def stamp(now: float) -> str:
    """A time in a file's name: names sort as times do."""
    return f"{datetime.fromtimestamp(now, UTC):{_STAMP}}Z"


def folder(file: Path) -> Path:
    return file.with_name("backups")


def newest_first(file: Path, kind: str = "") -> list[Path]:
    """The backups of `file`; of one kind when that is said."""
    found = folder(file).glob(f"*Z-{kind or '*'}.db")
    return sorted((one for one in found if taken(one)), key=lambda one: one.name, reverse=True)


def taken(backup: Path) -> float:
    """When it was, in seconds since 1970; 0 for a file that has no such name."""
    try:
        return datetime.strptime(backup.name.partition("Z-")[0], _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def due(file: Path, *, now: float | None = None) -> bool:
    """Whether the newest daily one is older than a day; looks at names only."""
    now = time.time() if now is None else now
    last = newest_first(file, "daily")
    return not last or not 0 <= now - taken(last[0]) < _DAY_S


def daily(file: Path, *, now: float | None = None) -> Path | None:
    """A backup when one is due and no other process makes it already. Blocks for as long as reading the file twice; writers
    are not kept waiting. Raises MemoryUnavailable."""
    if not due(file, now=now):
        return None
    with suppress(Locked), alone(file):
        return _keep(file, "daily", now) if due(file, now=now) else None
    return None


def asked(file: Path) -> Path:
    """A backup at once. Raises MemoryUnavailable."""
    return _keep(file, "asked", None)


def before(file: Path, version: int) -> Path:
    """A backup of a file that is of `version` still. Raises MemoryUnavailable."""
    return _keep(file, f"before-v{version + 1}", None)


def copy(file: Path, target: Path) -> None:
    """The memory file as it is at this moment in `target`, a database of its own with mode 0600; sound, or not there at all.

    Raises MemoryUnavailable.
    """
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        size = file.stat().st_size
        disk = os.statvfs(target.parent)
        if disk.f_bavail * disk.f_frsize < size + (1 << 20):
            raise MemoryUnavailable(f"There is no room on the disk for {target}.", hint="Free some space.")
        descriptor = place.open_own(part, os.O_EXCL)
        try:
            _fill(file, part)
            os.fsync(descriptor)
            os.rename(part, target)
            place.sync_folder(target.parent)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise place.refused(target, error) from error
    finally:
        for name in (part, part.with_name(f"{part.name}-journal")):
            name.unlink(missing_ok=True)


def _fill(file: Path, part: Path) -> None:
    source = connect(file)
    target = connect(part)
    try:
        target.execute("PRAGMA synchronous = OFF")  # synced once, at the end
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # one snapshot for all steps: none is ever begun again
        _step_by_step(source, target)
        source.execute("ROLLBACK")
        target.execute("PRAGMA journal_mode = DELETE")  # a file of its own, without a log beside it
        if (found := target.execute("PRAGMA integrity_check(1)").fetchone()) != ("ok",):
            raise MemoryDamaged(f"{file} is damaged ({found[0]}), so it was not copied.")
        if target.execute("PRAGMA user_version").fetchone() == (0,):
            raise MemoryDamaged(f"{file} is empty, so it was not copied.")
    finally:
        target.close()
        source.close()


def _step_by_step(source: Connection, target: sqlite3.Connection) -> None:
    def rest(_status: int, _remaining: int, _total: int) -> None:
        time.sleep(_PAUSE_S)

    with told(source):
        source.backup(target, pages=_STEP_PAGES, progress=rest)


def _keep(file: Path, kind: str, now: float | None) -> Path:
    try:
        place.own_folder(folder(file))
        target = folder(file) / f"{stamp(time.time() if now is None else now)}-{kind}.db"
        copy(file, target)
        for old in newest_first(file, f"{kind.partition('-')[0]}*")[_KEPT[kind.partition("-")[0]] :]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise place.refused(folder(file), error) from error
    return target


@contextmanager
def alone(file: Path, *, patience_s: float = 0.0) -> Iterator[None]:
    """While no other process makes, or changes, backups of `file`; what a killed one left is cleared away. Raises
    MemoryUnavailable."""
    try:
        place.own_folder(folder(file))
        lock = Lock(folder(file) / "lock")
    except OSError as error:
        raise place.refused(folder(file), error) from error
    try:
        with lock.held(patience_s):
            clear(folder(file))
            yield
    finally:
        lock.close()


def clear(where: Path) -> None:
    """What processes that are gone left half-made."""
    for part in where.glob("*.part-*"):
        process = part.name.rpartition(".part-")[2].partition("-")[0]
        if not os.path.exists(f"/proc/{process}"):
            with suppress(OSError):
                part.unlink()
