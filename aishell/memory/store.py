"""The memory file: one SQLite database that many shells read and write at once.

A shell uses Python's own sqlite3: sqlite-utils takes 110 ms to import and brings numpy along, so only a file that has to be
made or changed (`migrations`) loads it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from aishell.core.errors import MemoryUnavailable
from aishell.core.memory import Item, Judgement, Kept, Run, Trust, Turn
from aishell.memory import backup, place, schema
from aishell.memory.connection import Connection, connect
from aishell.memory.lock import lock_of
from aishell.memory.place import suspect
from aishell.memory.rows import WORKED, Rows

_AT_ONCE = 500
"""Runs in a transaction: some 0.1 s, for which other shells wait."""
_LARGEST_LOG = 8 << 20
"""Bytes that a write-ahead log keeps on the disk once all of it is in the file."""
_LONG_LOG = 16 << 20
_ITEM = "id, kind, body, intent, gloss, trust, source, place, created, last, runs, worked"
_TABLES = ("items", "runs", "turns", "vectors", "documents", "packs")


class Store(Rows):
    """`redact` takes the secrets out of every text before it is written. Whatever the file or the disk refuses, of a store or
    of its `db`, is a MemoryUnavailable."""

    def __init__(
        self,
        file: Path,
        *,
        redact: Callable[[str], str],
        statements: Mapping[int, tuple[str, ...]] = schema.STATEMENTS,
        patience_s: float = 2.0,
    ) -> None:
        """`patience_s` bounds how long a write waits for another process. Raises MemoryUnavailable, and MemoryDamaged for what
        `opening` would mend."""
        self.file = file
        super().__init__(redact)
        self.patience_s = patience_s
        self._statements = statements
        self.version = max(statements)
        self._long_log = _LONG_LOG
        place.prepare(file)
        self.lock = lock_of(file)
        try:
            self.db = self._open()
        except BaseException:
            self.lock.close()
            raise

    def _open(self) -> Connection:
        """As cheap as can be where the file is of the present version."""
        db = self._connect()
        try:
            if self._version(db) != self.version or db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                db.close()
                with self.lock.held(max(self.patience_s, 10.0)):  # another shell may be making it, with a backup
                    db = self._connect()  # and it may be another file by now
                    self._make(db)
            for pragma in ("synchronous = NORMAL", "foreign_keys = ON"):
                db.execute(f"PRAGMA {pragma}")
            db.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG}")
            db.execute("PRAGMA wal_autocheckpoint = 0")  # it would happen while others wait for the lock
        except BaseException:
            db.close()
            raise
        return db

    def _connect(self) -> Connection:
        try:
            self._identity = place.make(self.file)
        except OSError as error:
            raise place.refused(self.file, error) from error
        return connect(self.file, patience_s=self.patience_s, mark=suspect(self.file))

    def _version(self, db: Connection) -> int:
        """Raises MemoryUnavailable for one that is newer than this program."""
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > self.version:
            raise MemoryUnavailable(
                f"{self.file} was made by a newer aishell (version {version}, here {self.version}); it is left alone.",
                hint="Update aishell, or start this shell again if it was updated meanwhile.",
            )
        return version

    def _make(self, db: Connection) -> None:
        """What another process may have done since."""
        if self._version(db) != self.version:
            from aishell.memory.migrations import migrate

            migrate(db, self._statements, keep=lambda version: backup.before(self.file, version))
        db.execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        self.db.close()
        self.lock.close()

    # ---- writing

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All of it, or nothing. Raises MemoryUnavailable."""
        with self.lock.held(self.patience_s):
            self._stay()
            self.db.execute("BEGIN IMMEDIATE")
            try:
                self._version(self.db)
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:  # a full disk may have ended it already
                    with suppress(MemoryUnavailable):
                        self.db.execute("ROLLBACK")
                raise
        self._shorten_log()

    def _shorten_log(self) -> None:
        """Take a long write-ahead log into the file, which takes 20 to 40 ms; others write meanwhile."""
        with suppress(OSError, MemoryUnavailable):
            size = self.file.with_name(f"{self.file.name}-wal").stat().st_size
            if size > self._long_log:
                self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                self._long_log = size + _LARGEST_LOG  # one that reads for long keeps the log from becoming shorter
            elif size < _LONG_LOG:
                self._long_log = _LONG_LOG

    def _stay(self) -> None:
        """Another process may have put a mended file in the place of a damaged one: then that is the one to write to."""
        try:
            moved = place.identity(self.file) != self._identity
        except OSError as error:
            raise MemoryUnavailable(f"{self.file} was taken away while it was in use.") from error
        if moved:
            self.db.close()
            self.db = self._open()

    # ---- what happened

    def record(self, run: Run) -> Kept:
        """Keep a run. Raises MemoryUnavailable."""
        clean = self.clean(run)  # before others have to wait: the first time, redacting takes 26 ms
        with self.write() as db:
            return self.put_run(db, clean)[0]

    def record_many(self, runs: Iterable[Run]) -> int:
        """Keep many, some hundreds in a transaction; how many of them were not there yet. Raises MemoryUnavailable."""
        new, left = 0, map(self.clean, runs)
        while some := list(islice(left, _AT_ONCE)):
            with self.write() as db:
                new += sum(self.put_run(db, run)[1] for run in some)
        return new

    def turn(self, turn: Turn) -> int:
        """Keep a turn; its number. Raises MemoryUnavailable."""
        with self.write() as db:
            return self.add_turn(db, turn)

    def note(self, text: str, *, cwd: str = "", trust: Trust = "own") -> int:
        """Keep something a person wants remembered; its number. Raises MemoryUnavailable."""
        with self.write() as db:
            return self.add_item(db, kind="note", body=text, trust=trust, place=cwd)

    def judge(self, judgement: Judgement, *, run: int = 0, item: int = 0) -> bool:
        """Keep what a person made of a run, or of the last one of an item; whether there is one. Raises MemoryUnavailable."""
        with self.write() as db:
            where, number = ("id", run) if run else ("item", item)
            found = db.execute(f"SELECT id, item FROM runs WHERE {where} = ? ORDER BY time DESC, id DESC", (number,)).fetchone()
            if found:
                db.execute("UPDATE runs SET judgement = ? WHERE id = ?", (judgement, found[0]))
                worked = f"(SELECT count(*) FROM runs WHERE item = items.id AND {WORKED})"
                db.execute(f"UPDATE items SET worked = {worked} WHERE id = ?", (found[1],))
        return bool(found)

    # ---- what is there

    def item(self, number: int) -> Item | None:
        """Raises MemoryUnavailable."""
        row = self.db.execute(f"SELECT {_ITEM} FROM items WHERE id = ?", (number,)).fetchone()
        return Item(**dict(zip(_ITEM.split(", "), row, strict=True))) if row else None

    def last_run(self, command: str) -> int:
        """The number of the last run of `command`, as it is kept; 0 when it never ran here. Raises MemoryUnavailable."""
        row = self.db.execute(
            "SELECT runs.id FROM items JOIN runs ON item = items.id WHERE kind = 'command' AND body = ?"
            " AND runs.source = 'aishell' ORDER BY time DESC, runs.id DESC",
            (command,),
        ).fetchone()
        return int(row[0]) if row else 0

    def own(self) -> int:
        """How many commands, notes and parts of documents there are: all but the lines of packs. Raises MemoryUnavailable."""
        row = self.db.execute("SELECT count(*) FROM items WHERE kind IN ('command', 'note', 'chunk')").fetchone()
        return int(row[0])

    def judged(self, judgement: str, since: float) -> int:
        """How many runs since a time (Unix seconds) have a judgement. Raises MemoryUnavailable."""
        count = "SELECT count(*) FROM runs WHERE judgement = ? AND time >= ?"
        return int(self.db.execute(count, (judgement, since)).fetchone()[0])

    def counts(self) -> dict[str, int]:
        """Rows of each table, and of each kind of item. Raises MemoryUnavailable."""
        found = {table: int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in _TABLES}
        return found | dict(self.db.execute("SELECT kind, count(*) FROM items GROUP BY kind ORDER BY kind").fetchall())
