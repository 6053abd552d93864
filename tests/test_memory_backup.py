"""Backups are whole, made while others write, and the audit log fills in what they lack."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aishell.core.errors import MemoryDamaged, MemoryUnavailable
from aishell.core.memory import Run, run_key
from aishell.memory import backup
from aishell.memory.check import sound, verify
from aishell.memory.opening import open_or_none
from aishell.memory.rebuild import rebuild
from aishell.memory.store import Store
from tests.memories import NOTES, approved, filled, finished, python

DAY_S = 24 * 3600


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory" / "memory.db"


@pytest.fixture
def store(file: Path) -> Store:
    return filled(file)


def test_one_backup_a_day_and_the_newest_three_are_kept(store: Store) -> None:
    now = time.time()
    assert backup.due(store.file)
    made = [backup.daily(store.file, now=now + 1.01 * day * DAY_S) for day in range(5)]
    assert not backup.due(store.file, now=now + 5 * DAY_S)
    assert backup.daily(store.file, now=now + 5 * DAY_S) is None
    assert backup.newest_first(store.file, "daily") == made[:1:-1]


def test_a_clock_that_was_wrong_does_not_end_the_backups(store: Store) -> None:
    assert backup.daily(store.file, now=4e9)
    assert backup.due(store.file)


def test_a_backup_is_one_file_that_is_a_memory_of_its_own(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "mine.db"
    backup.copy(store.file, target)
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == ["mine.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    copied = Store(target, redact=str)
    assert copied.counts() == store.counts()
    assert verify(copied).sound


def test_a_backup_made_while_others_write_is_sound_and_loses_none_of_their_rows(store: Store) -> None:
    store.record_many(Run(command=f"grep {number} " + "x" * 500, time=1.0) for number in range(3000))
    writer = python(NOTES, store.file)
    assert writer.stdout
    writer.stdout.readline()
    made = backup.daily(store.file)
    writer.kill()
    acknowledged = writer.stdout.read().splitlines()
    writer.stdout.close()
    writer.wait()
    assert made
    assert sound(made)
    assert store.counts()["note"] >= len(acknowledged) + 1
    assert store.db.execute("SELECT count(*) FROM runs").fetchone() == (3020,)


def test_a_damaged_or_empty_file_is_not_backed_up_over_a_good_one(store: Store) -> None:
    good = backup.daily(store.file)
    store.close()
    content = store.file.read_bytes()
    store.file.write_bytes(content[:4096] + b"\x05" * (len(content) - 4096))
    with pytest.raises(MemoryDamaged):
        backup.daily(store.file, now=time.time() + 2 * DAY_S)
    store.file.write_bytes(b"")
    with pytest.raises(MemoryDamaged):
        backup.daily(store.file, now=time.time() + 2 * DAY_S)
    assert backup.newest_first(store.file) == [good]


def test_what_a_killed_backup_left_is_cleared_away_and_a_living_one_left_alone(store: Store) -> None:
    assert backup.asked(store.file)
    dead = backup.folder(store.file) / "x.db.part-4194400"
    living = backup.folder(store.file) / f"x.db.part-{os.getppid()}"
    dead.touch()
    living.touch()
    assert backup.daily(store.file)
    assert (dead.exists(), living.exists()) == (False, True)


def test_only_one_process_makes_the_daily_backup(store: Store) -> None:
    with backup.alone(store.file):
        assert backup.daily(store.file) is None
        with pytest.raises(MemoryUnavailable), backup.alone(store.file):
            raise AssertionError
    assert backup.daily(store.file)


def test_verify_sees_damage_and_counts_what_is_there(store: Store) -> None:
    report = verify(store)
    assert report.sound
    assert (report.counts["command"], report.counts["note"], report.counts["turns"]) == (20, 1, 1)
    store.db.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
    store.db.execute("PRAGMA foreign_keys = OFF")
    store.db.execute("UPDATE runs SET item = 999 WHERE id = 1")
    assert verify(store).problems == ("row 1 of runs refers to nothing in items", "the full text is not that of the items")


LOG = [
    approved("make", 1),
    approved("make test", 2, request="", by="typed", tier=None),
    finished("make", 3, 0),
    approved("make", 4),
    finished("make test", 5, 2),
    approved("reboot", 6, event="refused"),
    approved("sleep 9", 7),
    approved(" cat diary", 8),
    approved("secret thing", 9, private=True),
    approved("", 10, sha256=""),
    approved("no time", 11, time="yesterday"),
    {"time": "2026-01-01", "event": 7, "command": ["x"]},
]


def test_approved_commands_of_the_log_become_runs_with_their_turns_and_what_came_of_them(store: Store) -> None:
    assert rebuild(store, LOG) == 4
    rows = store.db.execute(
        "SELECT body, intent, exit_status, tier, approved_by, runs.cwd, request, reply FROM runs"
        " JOIN items ON items.id = runs.item LEFT JOIN turns ON turns.id = runs.turn"
        " WHERE runs.key IS NOT NULL ORDER BY runs.time"
    ).fetchall()
    assert rows == [
        ("make", "please make", 0, "ASK", "user", "/srv", "please make", "make"),
        ("make test", "", 2, "", "typed", "/srv", None, None),
        ("make", "please make", None, "ASK", "user", "/srv", "please make", "make"),
        ("sleep 9", "please sleep 9", None, "ASK", "user", "/srv", "please sleep 9", "sleep 9"),
    ]


def test_rebuilding_twice_or_over_what_was_recorded_comes_to_the_same(store: Store) -> None:
    line = LOG[0]
    key = run_key(line["session"], line["time"], line["sha256"])
    store.record(Run(command="make", intent="please make", time=0.0, session="s", exit_status=0, key=key))
    assert rebuild(store, LOG) == 3
    counts = store.counts()
    assert rebuild(store, LOG) == 0
    assert store.counts() == counts


def test_what_came_after_the_backup_is_taken_from_the_log(store: Store) -> None:
    backup.asked(store.file)
    rebuild(store, LOG)
    store.close()
    store.file.write_bytes(b"garbage" * 1000)
    opened = open_or_none(store.file, redact=str, entries=lambda: LOG)
    assert opened.store
    assert opened.said.endswith("is in its place, and 4 commands it had lost came back from the audit log.")


def test_an_audit_log_that_cannot_be_read_does_not_keep_the_memory_from_being_mended(store: Store) -> None:
    backup.asked(store.file)
    store.close()
    store.file.write_bytes(b"garbage" * 1000)

    def unreadable() -> Iterator[dict[str, Any]]:
        yield from ()
        raise PermissionError(13, "Permission denied")

    opened = open_or_none(store.file, redact=str, entries=unreadable)
    assert opened.store
    assert opened.said.endswith("the audit log cannot be read (Permission denied), so what came later is lost.")


def test_a_writer_killed_at_any_moment_loses_nothing_it_was_told_is_kept(store: Store) -> None:
    acknowledged: list[str] = []
    for number in range(4):
        writer = python(NOTES, store.file)
        assert writer.stdout
        acknowledged.append(writer.stdout.readline())
        time.sleep(0.003 * number)
        writer.send_signal(signal.SIGKILL)
        acknowledged += writer.stdout.read().splitlines(keepends=True)
        writer.stdout.close()
        writer.wait()
    assert verify(store).sound
    there = {row[0] for row in store.db.execute("SELECT id FROM items WHERE kind = 'note'").fetchall()}
    assert {int(number) for number in acknowledged if number.endswith("\n")} <= there
