"""A new or older memory file brought to the present shape: one transaction a version, a backup before each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from sqlite_utils import Database

from aishell.core.errors import MemoryUnavailable

Statements = Mapping[int, tuple[str, ...]]


def migrate(connection: sqlite3.Connection, statements: Statements, *, keep: Callable[[int], object]) -> None:
    """`statements` make version n of version n - 1; `keep(n)` is called before a file of version n is changed that
    had something in it.

    Nobody else may write meanwhile. A step that fails leaves the file as it was before it. Raises MemoryUnavailable.
    """
    db = Database(connection)
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not version and db.table_names():
        raise MemoryUnavailable("What lies in the memory file's place is a database of some other program.")
    db.execute("PRAGMA foreign_keys = OFF")  # a table that is made anew must not take along what refers to it
    for number in range(version + 1, max(statements) + 1):
        if version:
            keep(number - 1)
        try:
            _step(db, number, statements[number])
        except sqlite3.Error as error:
            raise MemoryUnavailable(
                f"The memory file could not be brought to version {number} ({error}); it is as it was."
            ) from error
    db.execute("PRAGMA foreign_keys = ON")


def _step(db: Database, number: int, statements: tuple[str, ...]) -> None:
    """Raises sqlite3.Error, MemoryUnavailable."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            db.execute(statement)
        if lost := db.execute("PRAGMA foreign_key_check").fetchall():
            raise sqlite3.IntegrityError(f"{len(lost)} rows would refer to nothing")
        db.execute(f"PRAGMA user_version = {number}")
        db.execute("COMMIT")
    except BaseException:
        if db.conn.in_transaction:
            db.execute("ROLLBACK")
        raise
