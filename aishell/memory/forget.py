"""Things taken out of the memory for good, out of its backups too, and the proof: no byte of them is left in its folder.

Texts of less than six bytes are not looked for in the bytes, where they come about by chance.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aishell.core.errors import MemoryUnavailable
from aishell.memory import backup
from aishell.memory.check import full_text
from aishell.memory.connection import connect
from aishell.memory.opening import quarantined
from aishell.memory.store import Store
from aishell.memory.traces import left_in, traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was taken out, and whether it is gone."""

    items: int
    runs: int
    turns: int
    backups: int
    """Backups it was taken out of."""
    removed: tuple[str, ...]
    """Names of copies that could not be changed, and so were overwritten and removed."""
    unproven: tuple[str, ...]
    """Why it is not certain that nothing is left, a short line each; empty when it is proven."""
    text: str
    commands: frozenset[str]
    requests: frozenset[str]

    def concerns(self, entry: Mapping[str, Any]) -> bool:
        """Whether a line of the audit log is about any of it, and has to forget too."""
        if entry.get("command") in self.commands or entry.get("request") in self.requests:
            return True
        return bool(self.text) and any(self.text in str(entry.get(name)) for name in ("command", "request", "cwd", "reasons"))


@dataclass(slots=True, kw_only=True)
class _Doomed:
    """What is to go, said so that it is found in a copy too, where numbers may be others."""

    text: str
    keys: set[bytes] = field(default_factory=set)
    turns: set[tuple[float, str]] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def matching(store: Store, text: str) -> list[int]:
    """Numbers of the items that `forget(store, text=text)` would take out: those with `text` in them, exactly so written."""
    found = store.db.execute("SELECT id FROM items WHERE instr(body, ?1) OR instr(intent, ?1) ORDER BY id", (text,))
    return [row[0] for row in found.fetchall()]


def forget(store: Store, *, ids: Iterable[int] = (), text: str = "", patience_s: float = 10.0) -> Forgotten:
    """Take out items with their runs, vectors and full text, the requests that led to them, and all of it out of the backups.

    Also, with `text`, every request and folder it occurs in. Blocks for as long as writing the file anew takes, and reading
    each copy; waits no longer than `patience_s` for other processes. Raises MemoryUnavailable; nothing is forgotten then, or it
    is not proven.
    """
    doomed = _Doomed(text=text)
    with backup.alone(store.file, patience_s=patience_s):
        backup.clear(store.file.parent)
        with store.lock.held(patience_s):
            with store.write() as db:
                for number in ids:
                    doomed.keys |= {row[0] for row in db.execute("SELECT key FROM items WHERE id = ?", (number,)).fetchall()}
                items, runs, turns = _take_out(db, doomed)
            unproven = _write_anew(store, patience_s)
        removed, changed = _from_copies(store.file, doomed)
        unproven += full_text(store.db)
        try:
            unproven += left_in(store.file.parent, traces([*doomed.texts, text]), store.file)
        except MemoryUnavailable as error:
            unproven.append(str(error))
    return Forgotten(
        items=items,
        runs=runs,
        turns=turns,
        backups=changed,
        removed=tuple(removed),
        unproven=tuple(unproven),
        text=text,
        commands=frozenset(doomed.commands - {""}),
        requests=frozenset(request for _when, request in doomed.turns) - {""},
    )


def _take_out(db: sqlite3.Connection, doomed: _Doomed) -> tuple[int, int, int]:
    """Items, runs and turns that are gone. Within a transaction; vectors and runs go with their items."""
    before = _rows(db)
    _look_up(db, doomed)
    db.executemany("DELETE FROM items WHERE key = ?", [(key,) for key in doomed.keys])
    db.executemany("DELETE FROM turns WHERE time = ? AND request = ?", doomed.turns)
    if doomed.text:
        for table, column in (("runs", "cwd"), ("runs", "git_root"), ("turns", "cwd"), ("items", "place"), ("items", "gloss")):
            db.execute(f"UPDATE {table} SET {column} = '' WHERE instr({column}, ?)", (doomed.text,))
    db.execute("INSERT INTO texts (texts) VALUES ('rebuild')")  # a word that was removed stays in FTS5's tables until then
    items, runs, turns = (was - now for was, now in zip(before, _rows(db), strict=True))
    return items, runs, turns


def _rows(db: sqlite3.Connection) -> list[int]:
    return [int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in ("items", "runs", "turns")]


def _look_up(db: sqlite3.Connection, doomed: _Doomed) -> None:
    """What else has to go with what is known to, in this database."""
    text = doomed.text
    if text:
        found = db.execute("SELECT key FROM items WHERE instr(body, ?1) OR instr(intent, ?1)", (text,))
        doomed.keys |= {row[0] for row in found.fetchall()}
    turns: list[tuple[float, str, str]] = []
    for key in doomed.keys:
        for kind, body, intent in db.execute("SELECT kind, body, intent FROM items WHERE key = ?", (key,)).fetchall():
            doomed.texts |= {body, intent}
            doomed.commands |= {body} if kind == "command" else set()
        turns += db.execute(
            "SELECT turns.time, request, reply FROM turns WHERE id IN"
            " (SELECT turn FROM runs JOIN items ON items.id = runs.item WHERE items.key = ?)",
            (key,),
        ).fetchall()
    unused = "id NOT IN (SELECT turn FROM runs WHERE turn IS NOT NULL)"  # it was proposed, and refused
    for command in doomed.commands:
        turns += db.execute(f"SELECT time, request, reply FROM turns WHERE reply = ? AND {unused}", (command,)).fetchall()
    if text:
        found = db.execute("SELECT time, request, reply FROM turns WHERE instr(request, ?1) OR instr(reply, ?1)", (text,))
        turns += found.fetchall()
    doomed.turns |= {(when, request) for when, request, _reply in turns}
    doomed.texts |= {one for _when, request, reply in turns for one in (request, reply)}


def _write_anew(store: Store, patience_s: float) -> list[str]:
    """Why that could not be done wholly. A page that was split may hold a copy of what was overwritten elsewhere."""
    try:
        store.db.execute("VACUUM")
        return (
            []
            if _empty_log(store, patience_s)
            else ["another process still reads what was there before; forget it again later"]
        )
    except MemoryUnavailable as error:
        return [f"the file could not be written anew: {error}"]


def _empty_log(store: Store, patience_s: float) -> bool:
    """Whether all of the write-ahead log is in the file, and the log of no length."""
    until = time.monotonic() + patience_s
    while True:
        busy = store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy or time.monotonic() > until:
            return not busy
        time.sleep(0.05)


def _from_copies(file: Path, doomed: _Doomed) -> tuple[list[str], int]:
    """Names of the copies that were removed, and how many were changed."""
    removed: list[str] = []
    changed = 0
    for one in backup.newest_first(file):
        try:
            _clean(one, doomed)
            changed += 1
        except (MemoryUnavailable, sqlite3.Error):  # damaged, or of an older shape
            _shred(one)
            removed.append(one.name)
    for one in quarantined(file):
        for part in (one, *one.parent.glob(f"{one.name}-*")):
            _shred(part)
        removed.append(one.name)
    return removed, changed


def _clean(copy: Path, doomed: _Doomed) -> None:
    """Raises MemoryUnavailable, sqlite3.Error."""
    db = connect(copy)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE")
        _take_out(db, doomed)
        db.execute("COMMIT")
        db.execute("VACUUM")
    finally:
        db.close()


def _shred(file: Path) -> None:
    """Overwritten, as far as the file system writes where it wrote before, and removed. Raises MemoryUnavailable."""
    try:
        with file.open("r+b") as old:
            for _ in range(0, os.fstat(old.fileno()).st_size, 1 << 20):
                old.write(bytes(1 << 20))
            os.fsync(old.fileno())
        file.unlink()
    except OSError as error:
        raise MemoryUnavailable(f"{file} could not be removed: {error.strerror}.") from error
