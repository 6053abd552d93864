"""A new or older memory file brought to the present shape, in one transaction."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database

from aishell.memory import schema


def migrate(connection: sqlite3.Connection) -> None:
    """Whatever version it is of. Another process may do the same at the same time."""
    db = Database(connection)
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        for number in range(version + 1, schema.VERSION + 1):
            for statement in schema.STATEMENTS[number]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {schema.VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
