"""The memory file: one SQLite database that many shells read and write at once.

A shell uses Python's own sqlite3: sqlite-utils takes 110 ms to import and brings numpy along, so only a file that has to be
made or changed (`migrations`) loads it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aishell.core.memory import Kind, Run, Trust, Turn
from aishell.memory import schema
from aishell.memory.language import grams

_BUSY_MS = 5000


def item_key(kind: Kind, intent: str, body: str, where: str = "") -> bytes:
    """What makes an item the same: 16 bytes."""
    return hashlib.sha256("\0".join((kind, intent, body, where)).encode("utf-8", "surrogatepass")).digest()[:16]


class Store:
    """`redact` takes the secrets out of every text before it is written."""

    def __init__(self, file: Path, *, redact: Callable[[str], str]) -> None:
        self.file = file
        self._redact = redact
        self.db = self._open()

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        db = sqlite3.connect(self.file, isolation_level=None, timeout=_BUSY_MS / 1000, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
        if db.execute("PRAGMA user_version").fetchone()[0] < schema.VERSION:
            from aishell.memory.migrations import migrate

            migrate(db)
        return db

    def close(self) -> None:
        self.db.close()

    def redact(self, text: str) -> str:
        """`text` as it may be written. SQLite takes no lone surrogates, which stand for bytes of a name that are no text."""
        return self._redact(text.encode("utf-8", "replace").decode())

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All of it, or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # ---- what happened

    def record(self, run: Run) -> int:
        """Keep a run; the number of its item."""
        with self.write() as db:
            item, _new = self._add_run(db, run)
        return item

    def record_many(self, runs: Iterable[Run]) -> int:
        """Keep many in one transaction; how many of them were not there yet."""
        with self.write() as db:
            return sum(self._add_run(db, run)[1] for run in runs)

    def turn(self, turn: Turn) -> int:
        """Keep a turn; its number."""
        with self.write() as db:
            return _insert(
                db,
                "turns",
                time=turn.time,
                session=turn.session,
                cwd=self.redact(turn.cwd),
                request=self.redact(turn.request),
                reply=self.redact(turn.reply),
                outcome=turn.outcome,
                key=turn.key or None,
            )

    def note(self, text: str, *, cwd: str = "", trust: Trust = "own") -> int:
        """Keep something a person wants remembered; its number."""
        with self.write() as db:
            return self.add_item(db, kind="note", body=text, trust=trust, place=cwd)

    def add_item(
        self,
        db: sqlite3.Connection,
        *,
        kind: Kind,
        body: str,
        trust: Trust,
        intent: str = "",
        gloss: str = "",
        source: str = "",
        place: str = "",
        where: str = "",
        at: float | None = None,
        **links: int,
    ) -> int:
        """Within a `write()`: an item, new or known already; its number. `where` tells equal texts of two places apart;
        `links` are `document` or `pack`."""
        body, intent = self.redact(body), self.redact(intent)
        key = item_key(kind, intent, body, where)
        if known := db.execute("SELECT id FROM items WHERE key = ?", (key,)).fetchone():
            return int(known[0])
        now = time.time() if at is None else at
        return _insert(
            db,
            "items",
            kind=kind,
            key=key,
            intent=intent,
            body=body,
            gloss=gloss,
            grams=grams(f"{intent}\n{body}\n{gloss}"),
            trust=trust,
            source=source,
            place=place,
            created=now,
            last=now,
            **links,
        )

    def _add_run(self, db: sqlite3.Connection, run: Run) -> tuple[int, bool]:
        if run.key and (known := db.execute("SELECT item FROM runs WHERE key = ?", (run.key,)).fetchone()):
            return int(known[0]), False
        trust: Trust = "own" if run.source == "aishell" else "imported"
        item = self.add_item(
            db, kind="command", body=run.command, intent=run.intent, trust=trust, source=run.source, at=run.time
        )
        _insert(
            db,
            "runs",
            item=item,
            turn=run.turn,
            time=run.time,
            exit_status=run.exit_status,
            duration=run.duration_s,
            cwd=self.redact(run.cwd),
            git_root=self.redact(run.git_root),
            host=run.host,
            shell=run.shell,
            tier=run.tier,
            approved_by=run.by,
            session=run.session,
            source=run.source,
            key=run.key or None,
            judgement=run.judgement,
        )
        db.execute(
            "UPDATE items SET runs = runs + 1, worked = worked + ?, last = max(last, ?) WHERE id = ?",
            (run.exit_status == 0, run.time, item),
        )
        return item, True


def _insert(db: sqlite3.Connection, table: str, **values: Any) -> int:
    marks = ", ".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    assert cursor.lastrowid is not None
    return cursor.lastrowid
