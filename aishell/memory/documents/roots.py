"""The folders that memory knows, so that they can be brought up to date without being named again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aishell.core.memory import Trust
from aishell.memory.documents.keep import remove_document
from aishell.memory.store import Store

MANUALS = "man:"
"""The root of manual pages, which is no folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    id: int
    path: str
    collection: str
    trust: Trust
    watch: bool
    files: int = 0


def storable(path: str) -> str:
    """A path as it is kept and shown: a name that is no text has its bytes spelled out."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def trust_in(path: Path, home: Path) -> Trust:
    """A person's own: what lies below their home folder and belongs to them."""
    inside = path == home or home in path.parents
    return "own" if inside and path.stat().st_uid == os.getuid() else "imported"


def known_roots(store: Store) -> list[Root]:
    rows = store.db.execute(
        "SELECT id, path, collection, trust, watch, (SELECT count(*) FROM documents WHERE root = roots.id)"
        " FROM roots ORDER BY path"
    )
    return [
        Root(id=number, path=path, collection=collection, trust=trust, watch=bool(watch), files=files)
        for number, path, collection, trust, watch, files in rows
    ]


def remember(store: Store, path: str, *, trust: Trust, collection: str = "", watch: bool = False) -> Root:
    """The root of `path`, new or known; what is known of it is changed to what is said here."""
    with store.write() as db:
        db.execute(
            "INSERT INTO roots (path, collection, trust, watch, added) VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
            " collection = coalesce(nullif(excluded.collection, ''), collection), trust = excluded.trust,"
            " watch = max(watch, excluded.watch)",
            (storable(path), store.redact(collection), trust, watch, time.time()),
        )
        number, collection, watch = db.execute(
            "SELECT id, collection, watch FROM roots WHERE path = ?", (storable(path),)
        ).fetchone()
        db.execute(
            "UPDATE items SET trust = ? WHERE trust != ? AND document IN (SELECT id FROM documents WHERE root = ?)",
            (trust, trust, number),
        )
    return Root(id=number, path=path, collection=collection, trust=trust, watch=bool(watch))


def drop(store: Store, root: Root) -> Iterator[int]:
    """Forget a root and everything that came from it; how many documents are gone so far."""
    documents = store.db.execute("SELECT id FROM documents WHERE root = ?", (root.id,)).fetchall()
    for gone, (document,) in enumerate(documents, 1):
        remove_document(store, document)
        yield gone
    with store.write() as db:
        db.execute("DELETE FROM roots WHERE id = ?", (root.id,))
        if root.path == MANUALS:
            db.execute("DELETE FROM programs WHERE source = 'man'")
