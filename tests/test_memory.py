"""The memory file: what is put in stays in, once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aishell.core.memory import Run, Turn
from aishell.memory.language import embedded_text, grams
from aishell.memory.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "memory" / "memory.db", redact=lambda text: text.replace("hunter2", "[redacted]"))


def test_a_command_that_runs_twice_is_one_item_with_two_runs(store: Store) -> None:
    first = store.record(Run(command="ls -l", time=1.0, exit_status=0))
    second = store.record(Run(command="ls -l", time=2.0, exit_status=2))
    assert first.item == second.item
    assert first.run != second.run
    assert store.db.execute("SELECT runs, worked, last FROM items").fetchall() == [(2, 1, 2.0)]


def test_a_run_that_comes_in_twice_is_kept_once(store: Store) -> None:
    run = Run(command="ls", time=1.0, key="bash:1")
    assert store.record_many([run, run]) == 1
    assert store.record_many([run]) == 0


def test_secrets_do_not_get_into_the_file(store: Store) -> None:
    store.record(Run(command="login hunter2", intent="log in with hunter2", time=1.0, cwd="/home/hunter2"))
    store.note("the password is hunter2")
    store.close()
    assert all(b"hunter2" not in file.read_bytes() for file in store.file.parent.iterdir())


def test_what_is_written_is_found_by_its_words_and_chinese_by_pairs(store: Store) -> None:
    item = store.record(Run(command="find . -size +1G", intent="查找大文件", time=1.0)).item
    for words in ("finding", '"查找"', '"文件"'):
        assert store.db.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (words,)).fetchall() == [(item,)]


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as db:
        store.add_item(db, kind="note", body="half", trust="own")
        raise ZeroDivisionError
    assert store.db.execute("SELECT count(*) FROM items").fetchone() == (0,)


@pytest.mark.parametrize(("text", "pairs"), [("查找大文件", "查找 找大 大文 文件"), ("a 猫 b", "猫"), ("ls -l", "")])
def test_characters_in_pairs(text: str, pairs: str) -> None:
    assert grams(text) == pairs


def test_a_judgement_counts_for_what_worked(store: Store) -> None:
    good = store.record(Run(command="make", time=1.0, exit_status=0))
    failed = store.record(Run(command="make", time=2.0, exit_status=1))

    def worked() -> int:
        item = store.item(good.item)
        assert item
        return item.worked

    assert worked() == 1
    assert store.judge("confirmed", run=failed.run)
    assert worked() == 2
    assert store.judge("undone", item=good.item)  # the last run of it
    assert worked() == 1
    assert store.judge("corrected", run=good.run)
    assert worked() == 0
    assert store.judge("", run=good.run)
    assert worked() == 1
    assert not store.judge("undone", run=999)
    assert store.item(999) is None


def test_what_is_there_is_counted(store: Store) -> None:
    store.record_many(Run(command=f"echo {number}", time=1.0) for number in range(1200))
    store.note("one")
    assert store.counts() == {
        "items": 1201, "runs": 1200, "turns": 0, "vectors": 0, "documents": 0, "packs": 0, "command": 1200, "note": 1,
    }  # fmt: skip


def test_a_turn_that_comes_in_twice_is_kept_once(store: Store) -> None:
    turn = Turn(request="list", time=1.0, cwd="/", session="s", key="k")
    assert store.turn(turn) == store.turn(turn)


def test_threads_of_one_process_write_through_one_store(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda number: store.note(f"note {number}"), range(200)))
    assert len(set(numbers)) == 200


def test_what_is_made_a_vector_says_what_it_is_about() -> None:
    assert embedded_text("command", "", "tar xf a", "Archiving utility", "") == "tar xf a\nArchiving utility"
    assert embedded_text("command", "unpack it", "tar xf a", "Archiving utility", "") == "unpack it\ntar xf a"
    assert embedded_text("example", "unpack it", "tar xf a", "", "", multilingual=True) == "unpack it"
    assert embedded_text("chunk", "", "Text.", "", "Install > From source") == "Install > From source\nText."
    assert embedded_text("note", "", "Text.", "", "/home/me") == "Text."


def test_a_shell_searches_without_numpy_or_sqlite_utils() -> None:
    code = (
        "import sys, aishell.memory.search, aishell.memory.gloss;"
        "print(sorted({'numpy', 'sqlite_utils', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_bytes_that_are_no_text_are_kept_as_can_be(store: Store) -> None:
    kept = store.record(Run(command="cat \udcff\ud800 é", time=1.0, cwd="/tmp/\udcfe"))
    store.note("x", cwd="/tmp/\udcfe")
    item = store.item(kept.item)
    assert item
    assert item.body == r"cat \udcff\ud800 é"


def test_an_imported_command_becomes_ones_own_when_it_is_run_here_and_stays_so(store: Store) -> None:
    trusts = []
    for source in ("bash", "aishell", "bash"):
        kept = store.record(Run(command="make", time=1.0, source=source))
        trusts.append(item.trust if (item := store.item(kept.item)) else None)
    assert trusts == ["imported", "own", "own"]
