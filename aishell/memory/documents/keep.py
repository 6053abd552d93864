"""One document written into memory: what is new in it added, what is still in it left alone, with its vectors."""

from __future__ import annotations

import sqlite3
import time
from collections import deque

from aishell.core.memory import Trust
from aishell.memory.documents.chunks import Chunk
from aishell.memory.documents.reader import Extract
from aishell.memory.store import Store

_TURN_S = 0.025
"""How long a transaction takes parts: another shell should wait less than 50 ms for its own. That is some 40 parts, so nearly
every document is written in one; a longer one is marked as not finished until its last part is in, and is read again."""
UNFINISHED = ""


def keep_document(
    store: Store, *, root: int, path: str, kind: str, name: str, size: int, mtime_ns: int, trust: Trust, extract: Extract
) -> None:
    """`path` tells the document; `name` goes in front of the headings of each part, so that it is found by it."""
    rest, kept, document = deque(extract.chunks), set[int](), 0
    while True:
        with store.write() as db:
            document = document or _row(db, root=root, path=path, kind=kind, size=size, mtime_ns=mtime_ns)
            until = time.monotonic() + _TURN_S
            while rest and (time.monotonic() < until or not kept):
                kept.add(_part(store, db, rest.popleft(), document, path, name, trust))
            if not rest:
                _only(db, document, kept)
                db.execute(
                    "UPDATE documents SET title = ?, sha256 = ?, problem = ? WHERE id = ?",
                    (store.redact(extract.title), extract.sha256, extract.problem, document),
                )
                return


def _row(db: sqlite3.Connection, *, root: int, path: str, kind: str, size: int, mtime_ns: int) -> int:
    """The number of the document, new or known, marked as not finished."""
    row = db.execute(
        "INSERT INTO documents (root, path, kind, sha256, size, mtime_ns, added) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (path) DO UPDATE SET root = excluded.root, kind = excluded.kind, sha256 = excluded.sha256,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns RETURNING id",
        (root, path, kind, UNFINISHED, size, mtime_ns, time.time()),
    ).fetchone()
    return int(row[0])


def _part(store: Store, db: sqlite3.Connection, part: Chunk, document: int, path: str, name: str, trust: Trust) -> int:
    intent = f"{name}: {part.headings}" if part.headings else name
    place = store.redact(part.place)
    item = store.add_item(
        db, kind="chunk", body=part.text, intent=intent, trust=trust, source=path, place=place, where=path, document=document
    )
    db.execute(
        "UPDATE items SET place = ?, trust = ?, document = ? WHERE id = ? AND (place, trust, document) IS NOT (?, ?, ?)",
        (place, trust, document, item, place, trust, document),
    )
    return item


def _only(db: sqlite3.Connection, document: int, kept: set[int]) -> None:
    """Remove the parts that are no longer in it."""
    there = {number for (number,) in db.execute("SELECT id FROM items WHERE document = ?", (document,))}
    db.executemany("DELETE FROM items WHERE id = ?", [(number,) for number in there - kept])
