"""What is written into the tables of the memory file, within a transaction; every text without its secrets."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aishell.core.memory import Kept, Kind, Run, Trust, Turn
from aishell.memory.gloss import gloss, summaries
from aishell.memory.language import grams, storable

WORKED = "judgement NOT IN ('undone', 'corrected') AND (exit_status = 0 OR judgement = 'confirmed')"
"""A run that counts as one that worked."""


def item_key(kind: Kind, intent: str, body: str, where: str = "") -> bytes:
    """What makes an item the same: 16 bytes."""
    return hashlib.sha256("\0".join((kind, intent, body, where)).encode("utf-8", "surrogatepass")).digest()[:16]


class Rows:
    """`redact` takes the secrets out of every text before it is written."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._summary: Callable[[str], str | None] | None = None

    def redact(self, text: str) -> str:
        """`text` as it may be written."""
        return storable(self._redact(text))

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
        """An item, new or known already; its number. `where` tells equal texts of two places apart; `links` are `document`
        or `pack`."""
        return _put_item(
            db,
            where=where,
            kind=kind,
            intent=self.redact(intent),
            body=self.redact(body),
            gloss=gloss,
            trust=trust,
            source=storable(source),
            place=self.redact(place),
            at=time.time() if at is None else at,
            **links,
        )

    def add_run(self, db: sqlite3.Connection, run: Run) -> tuple[Kept, bool]:
        """Where it is, and whether it is new."""
        return self.put_run(db, self.clean(run))

    def clean(self, run: Run) -> Run:
        """Without secrets, so that `put_run` need not look for them while others wait."""
        texts = {name: self.redact(getattr(run, name)) for name in ("command", "intent", "cwd", "git_root")}
        return replace(run, **texts)  # type: ignore[arg-type]

    def put_run(self, db: sqlite3.Connection, run: Run) -> tuple[Kept, bool]:
        """A run that is clean already."""
        if run.key and (known := db.execute("SELECT item, id FROM runs WHERE key = ?", (run.key,)).fetchone()):
            return Kept(item=known[0], run=known[1]), False
        trust: Trust = "own" if run.source == "aishell" else "imported"
        item = _put_item(
            db,
            kind="command",
            body=run.command,
            intent=run.intent,
            gloss=self._gloss(db, run.command),
            trust=trust,
            source=run.source,
            at=run.time,
        )
        number = _insert(
            db,
            "runs",
            item=item,
            turn=run.turn,
            time=run.time,
            exit_status=run.exit_status,
            duration=run.duration_s,
            cwd=run.cwd,
            git_root=run.git_root,
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
            "UPDATE items SET runs = runs + 1, last = max(last, ?), trust = iif(?, 'own', trust),"
            f" worked = worked + (SELECT count(*) FROM runs WHERE id = ? AND {WORKED}) WHERE id = ?",
            (run.time, trust == "own", number, item),
        )
        return Kept(item=item, run=number), True

    def _gloss(self, db: sqlite3.Connection, command: str) -> str:
        self._summary = self._summary or summaries(db)
        return gloss(command, self._summary)

    def add_turn(self, db: sqlite3.Connection, turn: Turn) -> int:
        if turn.key and (known := db.execute("SELECT id FROM turns WHERE key = ?", (turn.key,)).fetchone()):
            return int(known[0])
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


def _put_item(
    db: sqlite3.Connection, *, kind: Kind, intent: str, body: str, at: float, gloss: str = "", where: str = "", **values: Any
) -> int:
    key = item_key(kind, intent, body, where)
    if known := db.execute("SELECT id FROM items WHERE key = ?", (key,)).fetchone():
        return int(known[0])
    texts = {"intent": intent, "body": body, "gloss": gloss, "grams": grams(f"{intent}\n{body}\n{gloss}")}
    return _insert(db, "items", kind=kind, key=key, **texts, created=at, last=at, **values)


def _insert(db: sqlite3.Connection, table: str, **values: Any) -> int:
    marks = ", ".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    assert cursor.lastrowid is not None
    return cursor.lastrowid
