"""What the examples in memory tell of a program, for where it has no documentation of its own."""

from __future__ import annotations

import sqlite3

from aishell.core.programs import Example, Examples

_MOST = 40


def examples_of(db: sqlite3.Connection, name: str) -> Examples | None:
    """Of packs alone: what a person or a document says of a program is not its documentation."""
    row = db.execute("SELECT summary FROM programs WHERE name = ? AND pack IS NOT NULL LIMIT 1", (name,)).fetchone()
    if row is None:
        return None
    found = db.execute(
        "SELECT intent, body FROM items WHERE kind = 'example' AND place = ? AND pack IS NOT NULL ORDER BY id LIMIT ?",
        (name, _MOST),
    )
    return Examples(summary=str(row[0]), examples=tuple(Example(about=about, command=command) for about, command in found))
