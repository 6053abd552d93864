"""A connection to a memory file or a copy of one, whose failures are ours: the one place where sqlite3's are translated."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from aishell.core.errors import MemoryDamaged, MemoryUnavailable
from aishell.memory import schema

P = ParamSpec("P")
T = TypeVar("T")

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_ACCESS = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
_LIMITS = (sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOLFS)


class Connection(sqlite3.Connection):
    """Raises MemoryUnavailable for what is wrong with the file or the disk; sqlite3's own errors are faults of ours."""

    path = Path()
    mark: Path | None = None
    """A file that is made when damage is met, so that whoever opens next looks closer."""

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_Cursor)

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql: str) -> Any:
        return self.cursor().executescript(sql)


def connect(file: Path, *, patience_s: float = 5.0, mark: Path | None = None) -> Connection:
    """Raises MemoryUnavailable."""
    with _told(file, mark):
        db = sqlite3.connect(file, isolation_level=None, timeout=patience_s, check_same_thread=False, factory=Connection)
    db.path, db.mark = file, mark
    db.execute("PRAGMA secure_delete = ON")  # whatever is removed is overwritten
    return db


@contextmanager
def reading(file: Path, *, patience_s: float) -> Iterator[Connection | None]:
    """For whoever only looks; None where no memory of the present version lies yet, as while another process makes it.

    Raises MemoryUnavailable."""
    if not file.is_file():
        yield None
        return
    with closing(connect(file, patience_s=patience_s)) as db:
        yield db if db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,) else None


@contextmanager
def _told(file: Path, mark: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if told := _unavailable(error, file):
            if mark and isinstance(told, MemoryDamaged):
                _leave(mark)
            raise told from error
        raise


def told(db: Connection) -> Any:
    """For what `db` does outside of a cursor: `with told(db): db.backup(...)`."""
    return _told(db.path, db.mark)


def _leave(mark: Path) -> None:
    with suppress(OSError):
        os.close(os.open(mark, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def _unavailable(error: sqlite3.DatabaseError, file: Path) -> MemoryUnavailable | None:
    """None for what is no fault of the file, the disk or another process."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return MemoryDamaged(f"{file} is damaged ({error}).", hint="The next shell that starts mends it.")
    if code in _BUSY:
        return MemoryUnavailable(f"{file} is kept locked by another process.")
    if code == sqlite3.SQLITE_FULL:
        return MemoryUnavailable(f"There is no room on the disk for {file}.", hint="Free some space.")
    if code in _NO_ACCESS:
        return MemoryUnavailable(f"{file} cannot be opened or written ({error}).")
    if code == sqlite3.SQLITE_IOERR:
        return MemoryUnavailable(f"{file} cannot be read or written ({error}).", hint="The disk may be full or failing.")
    return MemoryUnavailable(f"{file} cannot be used ({error}).") if code in _LIMITS else None


def _translated(method: Callable[P, T]) -> Callable[P, T]:
    @wraps(method)
    def call(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return method(*arguments, **named)
        except sqlite3.DatabaseError as error:
            cursor = arguments[0]
            assert isinstance(cursor, _Cursor)
            with told(cursor.connection):
                raise error

    return call


class _Cursor(sqlite3.Cursor):
    connection: Connection

    execute = _translated(sqlite3.Cursor.execute)
    executemany = _translated(sqlite3.Cursor.executemany)
    executescript = _translated(sqlite3.Cursor.executescript)
    fetchone = _translated(sqlite3.Cursor.fetchone)
    fetchmany = _translated(sqlite3.Cursor.fetchmany)
    fetchall = _translated(sqlite3.Cursor.fetchall)

    @_translated
    def __next__(self) -> Any:
        return super().__next__()
