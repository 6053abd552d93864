"""One document written into memory: what is new in it added, what is still in it left alone, with its vectors.

Nearly every document is written in one transaction. One of more than some thirty parts takes several, since another shell
should not wait for it; until the last it is marked as not finished, and then the next reading finishes it.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque

from aishell.core.memory import Trust
from aishell.memory.documents.chunks import Chunk
from aishell.memory.documents.reader import Extract
from aishell.memory.pacing import turn
from aishell.memory.store import Store

UNFINISHED = ""
"""The sha256 of a document of which only a part is written, or removed."""


def keep_document(
    store: Store, *, root: int, path: str, kind: str, name: str, size: int, mtime_ns: int, trust: Trust, extract: Extract
) -> None:
    """`path` tells the document; `name` goes in front of the headings of each part, so that it is found by it."""
    coming, kept, document = deque(extract.chunks), set[int](), 0
    going: deque[int] | None = None
    while True:
        with store.write() as db:
            document = document or _row(db, root=root, path=path, kind=kind, size=size, mtime_ns=mtime_ns)
            kept |= {_part(store, db, part, document, path, name, trust) for part in turn(coming)}
            if coming:
                continue
            if going is None:
                going = deque(_parts(db, document) - kept)
            db.executemany("DELETE FROM items WHERE id = ?", ((item,) for item in turn(going)))
            if not going:
                db.execute(
                    "UPDATE documents SET title = ?, sha256 = ?, problem = ? WHERE id = ?",
                    (store.redact(extract.title), extract.sha256, extract.problem, document),
                )
                return


def remove_document(store: Store, document: int) -> None:
    """Forget a document and its parts."""
    going = deque(_parts(store.db, document))
    while True:
        with store.write() as db:
            db.execute("UPDATE documents SET sha256 = ? WHERE id = ?", (UNFINISHED, document))
            db.executemany("DELETE FROM items WHERE id = ?", ((item,) for item in turn(going)))
            if not going:
                db.execute("DELETE FROM documents WHERE id = ?", (document,))
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


def _parts(db: sqlite3.Connection, document: int) -> set[int]:
    """The numbers of its items."""
    return {number for (number,) in db.execute("SELECT id FROM items WHERE document = ?", (document,))}
