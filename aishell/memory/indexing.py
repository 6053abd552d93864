"""The vectors of a memory file brought up to date, in small pieces: which items lack one, what of an item is embedded, writing.

Items without a vector of a model are the work list, so nothing has to be queued, and what a killed engine had not written yet
is simply done again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aishell.core.memory import Kind
from aishell.memory import schema
from aishell.memory.embed.embedder import Embedder
from aishell.memory.language import embedded_text
from aishell.memory.lock import lock_of
from aishell.memory.vectors import pack

_BUSY_S = 5.0
_CHUNK = 256
"""Items read, and vectors written, at a time: about half a second's work."""
_PIECE_CHARACTERS = 150
"""Of the texts embedded between two looks at who waits: two or three short ones, 8 ms; a text of 256 tokens takes 25."""
_REMOVED = 500
"""Old vectors deleted in one transaction."""

_TEXTS = "1"
"""Changes with `language.embedded_text`, so that vectors of other texts are made anew."""

_Row = tuple[int, Kind, str, str, str, str]


def connect(file: Path) -> sqlite3.Connection | None:
    """The memory file; None when there is none yet, or one of another version of aishell. Raises sqlite3.Error."""
    if not file.exists():
        return None
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_BUSY_S)
    try:
        for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON", "wal_autocheckpoint = 0"):
            db.execute(f"PRAGMA {pragma}")
        if db.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION:
            return db
    except sqlite3.Error:
        db.close()
        raise
    db.close()
    return None


def model_of(db: sqlite3.Connection, embedder: Embedder, *, multilingual: bool = False) -> int:
    """The number under which vectors of this fingerprint are kept."""
    find = "SELECT id FROM models WHERE fingerprint = ?"
    fingerprint = f"{embedder.fingerprint}-{_TEXTS}{'m' if multilingual else ''}"
    if known := db.execute(find, (fingerprint,)).fetchone():
        return int(known[0])
    with _writing(db):
        db.execute(
            "INSERT OR IGNORE INTO models (name, fingerprint, dimension, added) VALUES (?, ?, ?, ?)",
            (embedder.name, fingerprint, embedder.dimension, time.time()),
        )
    return int(db.execute(find, (fingerprint,)).fetchone()[0])


def items(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM items").fetchone()[0])


def embedded(db: sqlite3.Connection, model: int) -> int:
    """How many items have a vector of the model: 3 ms for 100,000."""
    return int(db.execute("SELECT count(*) FROM vectors WHERE model = ?", (model,)).fetchone()[0])


def fill(db: sqlite3.Connection, model: int, embedder: Embedder, *, multilingual: bool = False) -> Iterator[int]:
    """Give every item that has no vector of the model one, the newest first; the number of texts after each piece.

    What comes in meanwhile is done next: a person looks for what has just run sooner than for a line of a large pack. What
    somebody changes or removes meanwhile gets none, nor does a model that another engine has taken away. Raises
    ModelUnavailable, sqlite3.Error.
    """
    for rows in _lacking(db, model):
        made: list[tuple[_Row, bytes]] = []
        for piece in _pieces([(row, embedded_text(*row[1:], multilingual=multilingual)) for row in rows]):
            vectors = embedder.documents([text for _row, text in piece])
            made += zip([row for row, _text in piece], map(pack, vectors), strict=True)
            yield len(piece)
        with _writing(db):
            for (item, _kind, intent, body, gloss, _place), vector in made:
                db.execute(
                    "INSERT OR IGNORE INTO vectors (model, item, vector)"
                    " SELECT models.id, items.id, ? FROM items, models"
                    " WHERE items.id = ? AND intent = ? AND body = ? AND gloss = ? AND models.id = ?",
                    (vector, item, intent, body, gloss, model),
                )


def forget_others(db: sqlite3.Connection, models: tuple[int, ...]) -> Iterator[int]:
    """Delete the vectors of all models but these; how many after each piece."""
    marks = ", ".join("?" * len(models))
    for (model,) in db.execute(f"SELECT id FROM models WHERE id NOT IN ({marks})", models).fetchall():
        gone = _REMOVED
        while gone == _REMOVED:
            with _writing(db):
                part = "SELECT rowid FROM vectors WHERE model = ? LIMIT ?"
                gone = db.execute(f"DELETE FROM vectors WHERE rowid IN ({part})", (model, _REMOVED)).rowcount
            yield gone
        with _writing(db):
            db.execute("DELETE FROM models WHERE id = ?", (model,))


def _lacking(db: sqlite3.Connection, model: int) -> Iterator[list[_Row]]:
    """Items without a vector, some hundreds at a time."""
    spans: list[tuple[int, int]] = []
    """Numbers that were not gone through yet, above the first and up to the second."""
    top = 0
    while embedded(db, model) < items(db):
        newest = int(db.execute("SELECT max(id) FROM items").fetchone()[0])
        if newest > top:
            spans.append((top, newest))
            top = newest
        if not spans:
            return
        low, high = spans.pop()
        rows: list[_Row] = db.execute(
            "SELECT id, kind, intent, body, gloss, place FROM items WHERE id > ? AND id <= ?"
            " AND NOT EXISTS (SELECT 1 FROM vectors WHERE vectors.item = items.id AND model = ?) ORDER BY id DESC LIMIT ?",
            (low, high, model, _CHUNK),
        ).fetchall()
        if rows:
            spans.append((low, rows[-1][0] - 1))
            yield rows


def _pieces(rows: list[tuple[_Row, str]]) -> Iterator[list[tuple[_Row, str]]]:
    """Texts of about the same length together, the short ones first."""
    piece: list[tuple[_Row, str]] = []
    held = 0
    for row, text in sorted(rows, key=lambda pair: len(pair[1])):
        if piece and held + len(text) > _PIECE_CHARACTERS:
            yield piece
            piece, held = [], 0
        piece.append((row, text))
        held += len(text)
    if piece:
        yield piece


@contextmanager
def _writing(db: sqlite3.Connection) -> Iterator[None]:
    """In turn with the shells, which take the same lock. Raises MemoryUnavailable when it is not to be had."""
    lock = lock_of(Path(db.execute("PRAGMA database_list").fetchone()[2]))
    try:
        with lock.held(_BUSY_S):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()  # nobody has to wait for it
    finally:
        lock.close()
