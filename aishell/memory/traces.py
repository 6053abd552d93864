"""Whether anything of a text is left in the bytes of a folder's files."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from aishell.core.errors import MemoryUnavailable
from aishell.memory.connection import connect

_SHORTEST = 6
"""Bytes; fewer come about by chance in a large file."""
_PIECE = 60
"""Bytes: a long text may lie on several pages, so that only pieces of it can be looked for."""


def traces(texts: Iterable[str]) -> set[str]:
    """What to look for: the lines of each text in pieces, also in small letters, as full text has them."""
    found = {piece for text in texts for line in text.splitlines() for piece in _pieces(line.strip())}
    return {piece for piece in found | {piece.lower() for piece in found} if len(piece.encode()) >= _SHORTEST}


def _pieces(line: str) -> Iterator[str]:
    if len(line) <= 2 * _PIECE:
        yield line
        return
    for at in range(0, len(line) - _PIECE, _PIECE):
        yield line[at : at + _PIECE]
    yield line[-_PIECE:]


def left_in(folder: Path, wanted: set[str], main: Path) -> list[str]:
    """A line for each file below `folder` that still has any of `wanted` in it without a row of it to account for that: what
    is kept may well have the same words in it. Raises MemoryUnavailable."""
    lines: list[str] = []
    if not wanted:
        return lines
    for file in sorted(found for found in folder.rglob("*") if found.is_file() and not found.is_symlink()):
        found = _found(file, wanted)
        if found and (left := found - _kept(main if file.name.startswith(f"{main.name}-") else file, found)):
            lines.append(f"{file.name} still has {len(left)} {'piece' if len(left) == 1 else 'pieces'} of it")
    return lines


def _found(file: Path, wanted: set[str]) -> set[str]:
    """grep looks for hundreds of texts at once: 1 s for 400 MB, where Python would take a minute."""
    command = ["grep", "--text", "--fixed-strings", "--only-matching", "--no-filename", "--file=-", "--", str(file)]
    try:
        patterns = "\n".join(wanted).encode()
        done = subprocess.run(
            command, input=patterns, capture_output=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=False
        )
    except OSError as error:
        raise MemoryUnavailable(f"grep cannot be started, so what is left cannot be looked for: {error.strerror}.") from error
    if done.returncode > 1:
        raise MemoryUnavailable(f"{file} could not be read through.")
    return {line.decode("utf-8", "replace") for line in done.stdout.splitlines()}


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
    tables = "type = 'table' AND name NOT LIKE 'texts%' AND name NOT LIKE 'sqlite%'"
    found = {}
    for (name,) in db.execute(f"SELECT name FROM sqlite_master WHERE {tables}").fetchall():
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})").fetchall() if row[2] == "TEXT"]
        if columns:
            found[name] = columns
    return found
