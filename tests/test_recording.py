"""What a session keeps, what it does not, and that no secret is among it: with the real command and a scripted model."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.redact import PLANTED, plant
from tests.conftest import Run

Script = Callable[..., dict[str, str]]


def rows(home: Path, columns: str, table: str = "runs JOIN items ON items.id = item") -> list[tuple[Any, ...]]:
    file = home / ".local/state/aishell/memory/memory.db"
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as db:  # left to the collector, it takes the file's log away at any moment later
        return db.execute(f"SELECT {columns} FROM {table} ORDER BY {table.split()[0]}.id").fetchall()


def test_a_typed_line_is_kept_with_its_folder_and_status(aishell: Run, home: Path) -> None:
    (home / "x" / ".git").mkdir(parents=True)
    aishell(input="!test 1 = 2\n!cd x\n!true\n")
    kept = rows(home, "body, exit_status, cwd, git_root, tier, approved_by, runs.source")
    assert kept == [
        ("test 1 = 2", 1, str(home), "", "", "typed", "aishell"),
        ("cd x", 0, str(home), "", "", "typed", "aishell"),
        ("true", 0, str(home / "x"), str(home / "x"), "", "typed", "aishell"),
    ]


def test_words_are_kept_with_the_command_they_became(aishell: Run, script: Script, home: Path) -> None:
    lines = script({"word": "echo hello", "file": "touch made", "gone": "ls /nowhere"})
    aishell("-c", "say a word", env=lines)
    aishell("-c", "--yes", "make a file", env=lines)
    aishell("-c", "show what is gone", env=lines)
    assert rows(home, "intent, body, exit_status, tier, approved_by") == [
        ("say a word", "echo hello", 0, "READ", "policy"),
        ("make a file", "touch made", 0, "DRY", "user"),
        ("show what is gone", "ls /nowhere", 2, "READ", "policy"),
    ]
    assert rows(home, "request, reply, outcome", "turns") == [
        ("say a word", "echo hello", "ran"),
        ("make a file", "touch made", "ran"),
        ("show what is gone", "ls /nowhere", "failed"),
    ]


def test_what_was_refused_is_a_turn_and_no_run(aishell: Run, script: Script, home: Path) -> None:
    aishell("-c", "make a file", env=script({"file": "touch made"}))
    assert rows(home, "request, reply, outcome", "turns") == [("make a file", "touch made", "refused")]
    assert rows(home, "body") == []


def test_nothing_is_kept_in_private_and_of_lines_that_begin_with_a_blank(aishell: Run, script: Script, home: Path) -> None:
    lines = script({"word": "echo confidential-word", "file": "touch confidential-file"})
    aishell(
        input=" !true confidential-blank\nprivate on\n!true confidential-private\n?say the confidential word\n"
        "remember that it is confidential\nprivate off\n!true afterwards\n",
        env=lines,
    )
    assert rows(home, "body") == [("true afterwards",)]
    kept = [file for file in (home / ".local/state/aishell").rglob("*") if file.is_file()]
    assert kept
    assert [file for file in kept if b"confidential" in file.read_bytes()] == []
    assert '"command": "(private)"' in (home / ".local/state/aishell/audit.jsonl").read_text()


def test_memory_can_be_switched_off(aishell: Run, home: Path) -> None:
    aishell(input="!true\n", env={"AISHELL_MEMORY_RECORD": "false"})
    assert rows(home, "body") == []


def test_a_note_is_kept_in_plain_words(aishell: Run, home: Path) -> None:
    done = aishell("-c", "remember that the backup disk is /mnt/b")
    assert (done.returncode, done.stdout) == (0, "")
    assert "remembered" in done.stderr
    aishell(input="记住数据库端口是 5433\n")
    assert rows(home, "kind, body, trust", "items") == [
        ("note", "the backup disk is /mnt/b", "own"),
        ("note", "数据库端口是 5433", "own"),
    ]
    assert "memory note" in aishell("-c", "--print", "remember that 1 = 1").stdout
    assert len(rows(home, "id", "items")) == 2


@pytest.mark.timeout(300)
def test_no_planted_secret_is_in_any_file_afterwards(aishell: Run, script: Script, home: Path) -> None:
    chance = random.Random(23)
    planted = [plant(chance, template) for templates in PLANTED.values() for template in templates if "\n" not in template]
    secrets = {secret for _line, found in planted for secret in found}
    assert len(PLANTED) >= 20
    assert len(secrets) >= 50
    lines = [f"true || {line}" for line, _found in planted]
    words = {f"number {at:03}": line for at, line in enumerate(lines[::5])}
    asked = "".join(f"?run line number {at:03}, which is {line}\n" for at, line in enumerate(lines[::5]))
    aishell(input="".join(f"!{line}\n" for line in lines) + asked, env=script(words), timeout=280)
    aishell(input="".join(f"remember that {line}\n" for line, _found in planted))
    files = [file for file in (home / ".local").rglob("*") if file.is_file()]
    assert any(file.name == "memory.db" for file in files)
    assert len(rows(home, "body")) >= len(lines)
    found = {(secret, file.name) for file in files for secret in secrets if secret.encode() in file.read_bytes()}
    assert found == set()


def test_what_was_undone_is_no_example_until_it_is_done_again(aishell: Run, script: Script, home: Path) -> None:
    env = script({"file": "touch made"})
    assert aishell("-c", "--yes", "make a file", env=env).returncode == 0
    for action, judgement, worked in (("undo", "undone", 0), ("redo", "", 1)):
        assert aishell(action).returncode == 0
        assert rows(home, "judgement, worked") == [(judgement, worked)]


def test_a_person_can_say_what_worked_and_what_did_not(aishell: Run, home: Path) -> None:
    aishell(input="!test 1 = 2\n")
    for verb, judgement, worked in (("confirm", "confirmed", 1), ("reject", "corrected", 0)):
        assert aishell("memory", verb, "1").returncode == 0
        assert rows(home, "judgement, worked") == [(judgement, worked)]
    assert aishell("memory", "confirm", "99").returncode == 64


def test_what_is_forgotten_is_in_no_file_and_does_not_come_back(aishell: Run, script: Script, home: Path) -> None:
    env = script({"word": "echo sesame-seed"})
    aishell("-c", "say the word of the sesame", env=env)
    aishell(input="remember that sesame-seed opens\n!true\n")
    assert aishell("memory", "backup").returncode == 0
    refused = aishell("memory", "forget", "sesame")
    assert (refused.returncode, len(rows(home, "id", "items"))) == (77, 3)
    assert "echo sesame-seed" in refused.stderr
    done = aishell("memory", "forget", "--yes", "sesame")
    assert (done.returncode, "not proven" in done.stderr) == (0, False), done.stderr
    state = home / ".local/state/aishell"
    left = [file for file in state.rglob("*") if file.is_file() and b"sesame" in file.read_bytes()]
    assert left == []
    memory = state / "memory/memory.db"
    memory.write_bytes(b"\0" * 4096)  # it is made anew from the backup and the log
    assert "true" in aishell("recall", "true").stdout
    assert rows(home, "body", "items") == [("true",)]


def test_the_days_backup_is_made_when_a_session_ends(aishell: Run, home: Path) -> None:
    aishell(input="!true\n")
    aishell(input="!false\n")
    (copy,) = (home / ".local/state/aishell/memory/backups").glob("*-daily.db")
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT body FROM items").fetchall() == [("true",)]
