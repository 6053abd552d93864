"""Atuin's history, an SQLite database, opened so that nothing can be written to it.

The file may be anything: its table is looked at before it is read, its texts are bounded, and so is the work it can cause.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aishell.core.errors import AishellError
from aishell.core.memory import Run
from aishell.memory.history.entries import LONGEST, Redact

_NEEDED = ("id", "timestamp", "duration", "exit", "command", "cwd", "hostname")
_LARGEST_VALUE = 1 << 20
_STEPS = 10_000_000
"""Of SQLite's machine. A real table needs some dozens of them for a row."""


def read(path: Path, redact: Redact) -> Iterator[Run]:
    """Its commands that were not deleted, oldest first. Raises AishellError."""
    try:
        with closing(_open(path)) as db:
            columns = {row[1] for row in db.execute("PRAGMA table_info(history)")}
            if not columns.issuperset(_NEEDED) or not _is_table(db):
                raise AishellError(f"{path} is not a history of atuin.")
            kept = "deleted_at IS NULL" if "deleted_at" in columns else "1"
            progress = _Progress()
            db.set_progress_handler(progress.is_none, _STEPS)
            rows = db.execute(
                f"SELECT {', '.join(_NEEDED)} FROM history WHERE {kept} AND length(command) <= ? ORDER BY rowid", (LONGEST,)
            )
            for row in rows:
                progress.rows += 1
                if run := _run(dict(zip(_NEEDED, row, strict=True)), redact):
                    yield run
    except sqlite3.Error as error:
        raise AishellError(f"{path} cannot be read: {error}.", hint="Is it whole? `atuin doctor` may tell.") from error


class _Progress:
    def __init__(self) -> None:
        self.rows = 0
        self._before = 0

    def is_none(self) -> bool:
        """Whether no row came since the last call: then SQLite is to give up."""
        before, self._before = self._before, self.rows
        return before == self.rows


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise AishellError(f"{path} is not a file.")
    name = quote(str(path.absolute()))
    try:
        return _probed(f"file:{name}?mode=ro")
    except sqlite3.OperationalError:
        return _probed(f"file:{name}?immutable=1")  # its folder cannot be written to, so no other process writes either


def _probed(address: str) -> sqlite3.Connection:
    db = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
        db.text_factory = lambda data: data.decode("utf-8", "replace").replace("\0", "\ufffd")
        db.set_progress_handler(_Progress().is_none, _STEPS)
        for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _is_table(db: sqlite3.Connection) -> bool:
    found = db.execute("SELECT type, sql FROM sqlite_schema WHERE name = 'history'").fetchone()
    return bool(found) and found[0] == "table" and not str(found[1]).upper().startswith("CREATE VIRTUAL")


def _run(row: dict[str, Any], redact: Redact) -> Run | None:
    command = row["command"]
    if not isinstance(command, str) or not command.strip() or command[0].isspace():
        return None
    time, duration, status = (
        value if isinstance(value, int) else -1 for value in (row["timestamp"], row["duration"], row["exit"])
    )
    cwd = row["cwd"] if isinstance(row["cwd"], str) else ""
    return Run(
        command=redact(command.rstrip()),
        time=max(time, 0) / 1e9,
        cwd=cwd if cwd.startswith("/") else "",  # "unknown" is what atuin writes for imported lines
        exit_status=status if duration >= 0 and 0 <= status <= 255 else None,  # -1 and -1: it has not ended, or nobody knows
        duration_s=duration / 1e9 if duration >= 0 else None,
        host=str(row["hostname"] or "").partition(":")[0],  # host:user
        shell="",
        source="atuin",
        key=f"atuin:{row['id']}",
    )
