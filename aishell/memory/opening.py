"""A memory for a shell that starts: mended if need be, or the reason why there is none, for the shell goes on without."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aishell.core.errors import MemoryDamaged, MemoryUnavailable
from aishell.memory import backup, place
from aishell.memory.lock import lock_of
from aishell.memory.place import suspect
from aishell.memory.store import Store

_DAMAGED_KEPT = 2
_PATIENCE_S = 10.0
_OVERLAP_S = 24 * 3600.0
"""A command that ran for longer than this when the last backup was made is not looked for in the log."""

Entries = Callable[[], Iterable[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    store: Store | None
    said: str = ""
    """What a person should be told, once: what was mended, or why there is no memory."""
    hint: str = ""


def open_or_none(file: Path, *, redact: Callable[[str], str], entries: Entries = tuple) -> Opened:
    """Never raises for what may be wrong with the file, the disk or another process. `entries` gives the lines of the audit
    log, and is called only when something was lost."""
    try:
        return _open(file, redact, entries)
    except MemoryUnavailable as error:
        return Opened(store=None, said=f"{error} This shell remembers nothing.", hint=error.hint)


def _open(file: Path, redact: Callable[[str], str], entries: Entries) -> Opened:
    place.prepare(file)
    if not _looks_well(file):
        return _mended(file, redact, entries)
    try:
        return Opened(store=Store(file, redact=redact))
    except MemoryDamaged:
        return _mended(file, redact, entries)


def _looks_well(file: Path) -> bool:
    """At the price of some system calls; a damaged page is met by whoever reads it, who leaves the mark."""
    if suspect(file).exists():
        return False
    if not _size(file):
        return not backup.newest_first(file)
    return not _log_is_gone(file)


def _log_is_gone(file: Path) -> bool:
    """SQLite keeps two files beside an open one, and the log is the last to go."""
    return file.with_name(f"{file.name}-shm").exists() and not file.with_name(f"{file.name}-wal").exists()


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _mended(file: Path, redact: Callable[[str], str], entries: Entries) -> Opened:
    """Raises MemoryUnavailable."""
    did: list[str] = []
    lock = lock_of(file)
    try:
        with lock.held(_PATIENCE_S):
            since = _mend(file, did)
    except OSError as error:
        raise place.refused(file, error) from error
    finally:
        lock.close()
    store = Store(file, redact=redact)
    if since is not None:
        did += _rebuild(store, entries, max(since - _OVERLAP_S, 0.0))
    return Opened(store=store, said=_sentence(did))


def _mend(file: Path, did: list[str]) -> float | None:
    """When the file is from, if something was lost since. Raises OSError, MemoryUnavailable."""
    from aishell.memory.check import sound  # not needed by a shell whose memory is well

    backup.clear(file.parent)
    size = _size(file)
    since = file.stat().st_mtime if size and _log_is_gone(file) else None
    if not size or not sound(file):
        did.append(f"The memory file was {'damaged' if size else 'gone or empty'}")
        if kept := _quarantine(file):
            did.append(f"it is kept as {kept}")
        since = _restore(file, did)
    suspect(file).unlink(missing_ok=True)
    return since


def _quarantine(file: Path) -> str:
    """Its new name; empty when there is nothing to keep. The log goes first: beside another file it would be taken for that
    one's. A shell that still has the old file open leaves the new log alone: SQLite sees that its file was moved. Raises
    OSError."""
    name = f"{file.name}.damaged-{backup.stamp(time.time())}"
    there = [end for end in ("-wal", "-shm", "") if file.with_name(f"{file.name}{end}").exists()]
    if not any(file.with_name(f"{file.name}{end}").stat().st_size for end in there if end != "-shm"):
        return ""
    for end in there:
        os.rename(file.with_name(f"{file.name}{end}"), file.with_name(f"{name}{end}"))
    place.sync_folder(file.parent)
    for old in quarantined(file)[_DAMAGED_KEPT:]:
        for end in ("-wal", "-shm", ""):
            old.with_name(f"{old.name}{end}").unlink(missing_ok=True)
    return name


def quarantined(file: Path) -> list[Path]:
    """Damaged files that were put aside, newest first, without their logs."""
    return sorted(file.parent.glob(f"{file.name}.damaged-*Z"), reverse=True)


def _restore(file: Path, did: list[str]) -> float:
    """Put the newest good backup in place; when it was made, 0 when there is none. Raises OSError, MemoryUnavailable."""
    for end in ("-wal", "-shm"):
        file.with_name(f"{file.name}{end}").unlink(missing_ok=True)
    for one in backup.newest_first(file):
        try:
            backup.copy(one, file)
        except MemoryDamaged:
            continue
        when = backup.taken(one)
        did.append(f"the backup of {datetime.fromtimestamp(when):%Y-%m-%d %H:%M} is in its place")
        return when
    did.append("a new one is in its place")
    file.unlink(missing_ok=True)
    return 0.0


def _rebuild(store: Store, entries: Entries, since: float) -> list[str]:
    """What came of it."""
    from aishell.memory.rebuild import rebuild

    try:
        found = rebuild(store, entries(), since=since)
    except OSError as error:
        return [f"the audit log cannot be read ({error.strerror}), so what came later is lost"]
    commands = "1 command" if found == 1 else f"{found} commands"
    return [f"{commands} it had lost came back from the audit log"] if found else []


def _sentence(parts: Sequence[str]) -> str:
    if not parts:
        return ""
    text = ", ".join(parts[:-1]) + f", and {parts[-1]}" if len(parts) > 1 else parts[0]
    return text[0].upper() + text[1:] + "."
