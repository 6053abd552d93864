"""Whether a memory file is what was written: its pages, its references, its full text, and what is in it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from aishell.core.errors import MemoryDamaged
from aishell.memory.connection import connect
from aishell.memory.store import Store

_AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` found."""

    problems: tuple[str, ...]
    """Empty when all is well; one short line each."""
    counts: dict[str, int]
    """Rows of each table and kind; empty when they cannot be counted."""
    bytes: int

    @property
    def sound(self) -> bool:
        return not self.problems


def verify(store: Store) -> Report:
    """Every page, reference and word of it; some seconds for a large file. Raises MemoryUnavailable."""
    found = problems(store.db) + full_text(store.db)
    counts: dict[str, int] = {}
    size = 0
    try:
        counts = store.counts()
        size = store.db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
    except MemoryDamaged as error:
        found.append(str(error))
    return Report(problems=tuple(found), counts=counts, bytes=size)


def sound(file: Path) -> bool:
    """Whether a file is a database without a damaged page; full text that does not fit is made anew. Raises MemoryUnavailable,
    but not for damage."""
    try:
        db = connect(file)
        try:
            if problems(db):
                return False
            if full_text(db):
                db.execute("INSERT INTO texts (texts) VALUES ('rebuild')")
            return not full_text(db)
        finally:
            db.close()
    except MemoryDamaged:
        return False


def problems(db: sqlite3.Connection) -> list[str]:
    """Raises MemoryUnavailable, but not for damage."""
    try:
        rows = db.execute(f"PRAGMA integrity_check({_AT_MOST})").fetchall()
        lost = db.execute("PRAGMA foreign_key_check").fetchmany(_AT_MOST)
    except MemoryDamaged as error:
        return [str(error)]
    found = [str(row[0]) for row in rows if row[0] != "ok"]
    return found + [f"row {row[1]} of {row[0]} refers to nothing in {row[2]}" for row in lost]


def full_text(db: sqlite3.Connection) -> list[str]:
    """Whether the words that are looked up are those of the texts. Raises MemoryUnavailable, but not for damage."""
    try:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'texts'").fetchone():
            db.execute("INSERT INTO texts (texts, rank) VALUES ('integrity-check', 1)")
    except MemoryDamaged:
        return ["the full text is not that of the items"]
    return []
