"""Whether anything of a text is left in the bytes of a folder's files."""

from __future__ import annotations

import mmap
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from aishell.core.errors import MemoryUnavailable
from aishell.memory.connection import connect

_SHORTEST = 6
"""Bytes; fewer come about by chance in a large file."""
_LONGEST_TEXT = 200
"""Bytes; a longer text may lie on several pages, and is looked for by its words."""
_WORDS = 32
_WORD = re.compile(r"[^\s'\"|;&()<>]+")


def traces(texts: Iterable[str]) -> set[str]:
    """What to look for: each text, and its longest words."""
    found: set[str] = set()
    for text in texts:
        words = sorted({word for word in _WORD.findall(text) if len(word) <= _LONGEST_TEXT}, key=len, reverse=True)
        found |= {text, *words[:_WORDS]} if len(text.encode("utf-8", "replace")) <= _LONGEST_TEXT else {*words[:_WORDS]}
    return {text for text in found if len(text.encode("utf-8", "replace")) >= _SHORTEST}


def left_in(folder: Path, wanted: set[str], main: Path) -> list[str]:
    """A line for each file below `folder` that still has any of `wanted` in it without a row of it to account for that: a
    word may well occur in what is kept. Raises MemoryUnavailable."""
    lines: list[str] = []
    try:
        for file in sorted(found for found in folder.rglob("*") if found.is_file() and not found.is_symlink()):
            owner = main if file.name.startswith(f"{main.name}-") else file
            suspicious = {text for text in wanted if _has(file, text)}
            if suspicious and (left := suspicious - _kept(owner, suspicious)):
                lines.append(f"{file.name} still has {len(left)} {'piece' if len(left) == 1 else 'pieces'} of it")
    except OSError as error:
        raise MemoryUnavailable(f"{folder} could not be read through: {error.strerror}.") from error
    return lines


def _has(file: Path, text: str) -> bool:
    if not file.stat().st_size:
        return False
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(form.encode("utf-8", "surrogatepass")) >= 0 for form in {text, text.lower()})


def _kept(file: Path, wanted: set[str]) -> set[str]:
    """Those that rows of a database still have in them, in small letters or large."""
    db = connect(file)
    try:
        found: set[str] = set()
        for table, columns in _texts(db).items():
            joined = " || char(10) || ".join(f"coalesce({column}, '')" for column in columns)
            for (row,) in db.execute(f"SELECT {joined} FROM {table}"):
                small = row.lower()
                found |= {text for text in wanted - found if text.lower() in small}
        return found
    except (MemoryUnavailable, sqlite3.Error):  # no database
        return set()
    finally:
        db.close()


def _texts(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The columns with text in them of each table that a person's things are in."""
    names = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'texts%' AND name NOT LIKE 'sqlite%'"
    )
    found = {}
    for (name,) in names.fetchall():
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})").fetchall() if row[2] == "TEXT"]
        if columns:
            found[name] = columns
    return found
