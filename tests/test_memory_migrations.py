"""An older memory file becomes a newer one: whole, or not at all, and never without a backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.core.errors import MemoryUnavailable
from aishell.memory import backup
from aishell.memory.connection import connect
from aishell.memory.opening import open_or_none
from aishell.memory.schema import STATEMENTS
from aishell.memory.store import Store
from tests.memories import filled, python

SECOND = {
    **STATEMENTS,
    2: (
        # a table that others refer to is made anew, the way SQLite wants it
        "CREATE TABLE turns_new (id INTEGER PRIMARY KEY, time REAL NOT NULL, session TEXT NOT NULL, cwd TEXT NOT NULL,"
        " request TEXT NOT NULL, reply TEXT NOT NULL, outcome TEXT NOT NULL, key TEXT UNIQUE,"
        " language TEXT NOT NULL DEFAULT '')",
        "INSERT INTO turns_new SELECT *, 'en' FROM turns",
        "DROP TABLE turns",
        "ALTER TABLE turns_new RENAME TO turns",
    ),
}
THIRD = {**SECOND, 3: ("ALTER TABLE runs ADD COLUMN load REAL", "UPDATE runs SET load = 0.5")}
BROKEN = {**SECOND, 3: ("UPDATE items SET body = 'half way'", "DROP TABLE vectors", "UPDATE nowhere SET x = 1")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory" / "memory.db"


def content(file: Path) -> list[str]:
    db = connect(file)
    dump = [*db.iterdump(), str(db.execute("PRAGMA user_version").fetchone())]
    db.close()
    return dump


@pytest.mark.parametrize("steps", [(THIRD,), (SECOND, THIRD)])
def test_every_older_version_becomes_the_newest_with_all_that_was_in_it(
    file: Path, steps: tuple[dict[int, tuple[str, ...]], ...]
) -> None:
    filled(file).close()
    for statements in steps:
        store = Store(file, redact=str, statements=statements)
        store.close()
    store = Store(file, redact=str, statements=THIRD)
    assert store.db.execute("SELECT request, language FROM turns").fetchall() == [("count to one", "en")]
    assert store.db.execute("SELECT count(*), sum(load), count(turn) FROM runs").fetchone() == (20, 10.0, 1)
    assert store.db.execute("SELECT count(*) FROM texts WHERE texts MATCH 'printer'").fetchone() == (1,)
    assert store.db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store.note("written after")


def test_an_empty_file_becomes_the_newest_version_without_a_backup(file: Path) -> None:
    file.parent.mkdir(mode=0o700)
    file.touch()
    store = Store(file, redact=str, statements=THIRD)
    assert store.db.execute("PRAGMA user_version").fetchone() == (3,)
    assert backup.newest_first(file) == []


def test_there_is_a_backup_of_each_version_before_it_is_changed(file: Path) -> None:
    filled(file).close()
    before = content(file)
    Store(file, redact=str, statements=THIRD).close()
    of_two, of_one = backup.newest_first(file)
    assert content(of_one) == before
    assert content(of_two)[-1] == "(2,)"


def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was(file: Path) -> None:
    store = filled(file)
    store.close()
    Store(file, redact=str, statements=SECOND).close()
    before = content(file)
    with pytest.raises(MemoryUnavailable, match="could not be brought to version 3"):
        Store(file, redact=str, statements=BROKEN)
    assert content(file) == before
    assert Store(file, redact=str, statements=SECOND).note("written after")


def test_without_room_for_a_backup_nothing_is_changed(file: Path) -> None:
    filled(file).close()
    before = content(file)
    (file.parent / "backups").write_text("a file in the folder's place")
    with pytest.raises(MemoryUnavailable, match="is not a folder"):
        Store(file, redact=str, statements=SECOND)
    assert content(file) == before


def test_a_shell_of_before_keeps_its_hands_off_the_newer_file(file: Path) -> None:
    older = filled(file)
    newer = Store(file, redact=str, statements=THIRD)
    with pytest.raises(MemoryUnavailable, match="newer aishell"):
        older.note("in the old way")
    assert newer.note("in the new way")


def test_many_shells_that_start_at_once_make_one_file(file: Path) -> None:
    code = "from tests.memories import *; print(Store(Path(sys.argv[1]), redact=str).note(sys.argv[2]) > 0)"
    shells = [python(code, file, number) for number in range(5)]
    assert [shell.communicate(timeout=60)[0] for shell in shells] == ["True\n"] * 5
    opened = open_or_none(file, redact=str)
    assert opened.store
    assert opened.store.counts()["note"] == 5
