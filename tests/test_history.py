"""Histories of other shells: read as those shells write them, and once however often they are read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from aishell.core.errors import AishellError
from aishell.core.memory import Run
from aishell.memory.history import atuin, bash, fish, zsh
from aishell.memory.history.bring import bring_in
from aishell.memory.history.find import History, Source, find_histories
from aishell.memory.store import Store


def plain(text: str) -> str:
    return text


def hidden(text: str) -> str:
    return text.replace("hunter2", "[redacted]")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "memory" / "memory.db", redact=hidden)


def written(tmp_path: Path, data: bytes, name: str = "history") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def brought(store: Store, path: Path, source: Source) -> tuple[int, int]:
    """How many runs were read, and how many of them were new."""
    *_, last = [(0, 0), *((now.read, now.new) for now in bring_in(store, History(source=source, path=path).read(hidden)))]
    return last


def test_bash_lines_without_times(tmp_path: Path) -> None:
    runs = [*bash.read(written(tmp_path, b"ls -l\n hidden\n\ncd /tmp\nls -l"), plain)]
    assert [(run.command, run.time, run.exit_status) for run in runs] == [
        ("ls -l", 0.0, None),
        ("cd /tmp", 0.0, None),
        ("ls -l", 0.0, None),
    ]
    assert len({run.key for run in runs}) == 3


def test_bash_times_hold_several_lines_together(tmp_path: Path) -> None:
    data = b"#1700000000\nfor x in 1 2\ndo echo $x\ndone\n#1700000005\nls\n"
    runs = [(run.command, run.time) for run in bash.read(written(tmp_path, data), plain)]
    assert runs == [("for x in 1 2\ndo echo $x\ndone", 1700000000.0), ("ls", 1700000005.0)]


def test_bash_lines_before_the_first_time_stand_alone(tmp_path: Path) -> None:
    data = b"old\nolder\n#1700000000\nls\npwd\n"
    runs = [(run.command, run.time) for run in bash.read(written(tmp_path, data), plain)]
    assert runs == [("old", 0.0), ("older", 0.0), ("ls", 1700000000.0), ("pwd", 0.0)]


def test_what_bash_itself_writes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "h"
    script = f"HISTTIMEFORMAT=%s; set -o history; HISTFILE={file}; shopt -s lithist; history -s $'echo a\\necho b'; history -a"
    subprocess.run(["bash", "--norc", "-c", script], check=True, timeout=10)
    runs = [*bash.read(file, plain)]
    assert runs[-1].command == "echo a\necho b"
    assert runs[-1].time > 1.7e9


def test_zsh_extended_history(tmp_path: Path) -> None:
    data = b": 1700000000:12;sleep 12\n: 1700000020:0;echo a\\\necho b\nplain line\n: 1700000021:0; hidden\n"
    runs = [(run.command, run.time, run.duration_s) for run in zsh.read(written(tmp_path, data), plain)]
    assert runs == [("sleep 12", 1700000000.0, 12.0), ("echo a\necho b", 1700000020.0, 0.0), ("plain line", 0.0, None)]


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")
def test_what_zsh_itself_writes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "h"
    commands = ["echo 猫 é ’", "for x in 1\ndo echo\ndone"]
    script = f"HISTFILE={file}; HISTSIZE=9; SAVEHIST=9; setopt extendedhistory; print -s -- $1; print -s -- $2; fc -W"
    subprocess.run(["zsh", "-f", "-i", "-c", script, "zsh", *commands], check=True, timeout=10, env={"LC_ALL": "C.UTF-8"})
    assert [run.command for run in zsh.read(file, plain)][-2:] == commands


def test_metafied_bytes_become_what_they_were() -> None:
    # 猫 is e7 8c ab; zsh writes 0x83 and the byte with bit 5 turned over for bytes from 0x83 to 0xa2
    assert zsh.unmetafied(b"\xe7\x83\xac\xab").decode() == "猫"


def test_fish_history(tmp_path: Path) -> None:
    data = rb"""- cmd: echo a\necho 'b\\nc'
  when: 1700000000
  paths:
    - file
- cmd: git commit -m "x: y"
  when: 1700000001
"""
    runs = [(run.command, run.time) for run in fish.read(written(tmp_path, data), plain)]
    assert runs == [("echo a\necho 'b\\nc'", 1700000000.0), ('git commit -m "x: y"', 1700000001.0)]


def atuin_file(tmp_path: Path) -> Path:
    path = tmp_path / "history.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(
        "CREATE TABLE history (id text primary key, timestamp integer not null, duration integer not null,"
        " exit integer not null, command text not null, cwd text not null, session text not null,"
        " hostname text not null, deleted_at integer)"
    )
    rows = [
        ("a", 1700000000 * 10**9, 2 * 10**9, 1, "make", "/src", "s", "box:me", None),
        ("b", 1700000001 * 10**9, -1, -1, "vim", "unknown", "s", "box:me", None),
        ("c", 1700000002 * 10**9, 1, 0, "gone", "/src", "s", "box:me", 5),
        ("d", 1700000003 * 10**9, 1, 0, " hidden", "/src", "s", "box:me", None),
    ]
    db.executemany("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


def test_atuin_tells_status_duration_folder_and_host(tmp_path: Path) -> None:
    runs = [*atuin.read(atuin_file(tmp_path), plain)]
    assert [(run.command, run.exit_status, run.duration_s, run.cwd, run.host, run.key) for run in runs] == [
        ("make", 1, 2.0, "/src", "box", "atuin:a"),
        ("vim", None, None, "", "box", "atuin:b"),
    ]


def test_a_database_that_would_count_for_ever_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    columns = "x AS id, 1 AS timestamp, 1 AS duration, 0 AS exit, 'ls' AS command, '/' AS cwd, '' AS hostname"
    db = sqlite3.connect(path)
    db.execute(f"CREATE VIEW history AS {endless} SELECT {columns} FROM n WHERE x < 0")
    db.close()
    with pytest.raises(AishellError, match="not a history"):
        [*atuin.read(path, plain)]


@pytest.mark.parametrize("data", [b"", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_database_that_is_none_is_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(AishellError):
        [*atuin.read(written(tmp_path, data), plain)]


@pytest.mark.parametrize("source", ["bash", "zsh", "fish"])
def test_again_adds_nothing_and_growth_adds_the_new(store: Store, tmp_path: Path, source: Source) -> None:
    forms = {"bash": "#{}\n{}\n", "zsh": ": {}:0;{}\n", "fish": "- cmd: {1}\n  when: {0}\n"}
    lines = [forms[source].format(1700000000 + at // 2, f"echo {at % 7}") for at in range(600)]
    path = written(tmp_path, "".join(lines[:500]).encode())
    assert brought(store, path, source) == (500, 500)
    assert brought(store, path, source) == (500, 0)
    path.write_text("".join(lines[300:]))  # HISTSIZE has cut off the front meanwhile
    assert brought(store, path, source) == (300, 100)
    assert store.db.execute("SELECT count(*) FROM runs").fetchone() == (600,)


def test_lines_without_times_are_counted_by_their_text(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, b"ls\nls\npwd\n")
    assert brought(store, path, "bash") == (3, 3)
    path.write_bytes(b"ls\nls\npwd\nls\nmake\n")
    assert brought(store, path, "bash") == (5, 2)


def test_secrets_are_in_neither_text_nor_key(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, b"login hunter2\n#1700000000\nlogin hunter2\n")
    assert brought(store, path, "bash") == (2, 2)
    assert store.db.execute("SELECT DISTINCT body FROM items").fetchall() == [("login [redacted]",)]
    other = [*bash.read(written(tmp_path, b"login [redacted]\n", "other"), plain)]
    assert {key for (key,) in store.db.execute("SELECT key FROM runs WHERE time = 0")} == {other[0].key}


@pytest.mark.parametrize("source", ["bash", "zsh", "fish"])
def test_hostile_bytes_do_no_harm(store: Store, tmp_path: Path, source: Source) -> None:
    start = b"- cmd: " if source == "fish" else b""
    huge = start + b"x" * 3_000_000 + b"\n"
    path = written(
        tmp_path, huge + start + b"\xff\xfe\0\x83\n" + b"\\\n" * 50_000 + b"\n" + start + b"echo ok\n" + b": 9:9;\n#\n"
    )
    commands = [run.command for run in History(source=source, path=path).read(plain)]
    assert "echo ok" in commands
    assert all(len(command) <= 16_384 and "\0" not in command for command in commands)
    assert brought(store, path, source)[1] == len(commands)


def test_something_other_than_a_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing"):
        with pytest.raises(AishellError):
            [*bash.read(path, plain)]


def test_histories_are_found_where_shells_keep_them(tmp_path: Path) -> None:
    for name in (".bash_history", ".zsh_history", "data/fish/fish_history", "data/atuin/history.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x\n")
    (tmp_path / "mine").write_bytes(b": 1700000000:0;ls\n")
    variables = {"XDG_DATA_HOME": str(tmp_path / "data"), "HISTFILE": str(tmp_path / "mine")}
    found = [(history.source, history.path.name) for history in find_histories(variables, tmp_path)]
    expected = [("zsh", "mine"), ("bash", ".bash_history"), ("zsh", ".zsh_history"), ("fish", "fish_history")]
    assert found == [("atuin", "history.db"), *expected]


def test_what_atuin_told_is_not_counted_again_from_the_shell(store: Store, tmp_path: Path) -> None:
    assert brought(store, atuin_file(tmp_path), "atuin") == (2, 2)
    path = written(tmp_path, b": 1700000001:3;make\n: 1700000900:1;make\n: 1700000001:0;other\n")
    for new in (2, 0):
        assert brought(store, path, "zsh") == (3, new)
    assert store.db.execute("SELECT runs FROM items WHERE body = 'make'").fetchone() == (2,)


def test_a_run_is_marked_as_imported(store: Store, tmp_path: Path) -> None:
    brought(store, written(tmp_path, b"#1700000000\nls\n"), "bash")
    assert store.db.execute("SELECT trust, source FROM items").fetchall() == [("imported", "bash")]
    assert store.db.execute("SELECT exit_status, shell FROM runs").fetchall() == [(None, "bash")]
    assert isinstance(next(iter(History(source="bash", path=tmp_path / "history").read(plain))), Run)
