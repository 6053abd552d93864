"""`aishell try`, `undo` and `redo`: the real commands, also at a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.test_terminal import Person

# ---- the commands


def test_try_without_a_terminal_shows_and_changes_nothing(aishell: Run, home: Path) -> None:
    (home / "a").write_text("1\n")
    done = aishell("try", "echo out; rm a; echo x > b")
    assert (done.returncode, done.stdout) == (77, "out\n"), done.stderr
    assert "- " in done.stderr
    assert "a  (2 B)" in done.stderr
    assert (home / "a").exists()
    assert not (home / "b").exists()
    assert aishell("try", "ls a; exit 3").returncode == 3


def test_try_undo_and_redo_from_the_command_line(aishell: Run, home: Path) -> None:
    (home / "a b").write_text("1\n")
    assert aishell("try", "--yes", "rm", "a b").returncode == 0
    assert not (home / "a b").exists()
    assert (home / ".local/state/aishell/undo").stat().st_mode & 0o777 == 0o700
    entries = json.loads(aishell("undo", "--list", "--json").stdout)
    assert [(entry["number"], entry["command"], entry["state"]) for entry in entries] == [(1, "rm 'a b'", "done")]
    assert "1 deleted (2 B)" in aishell("undo", "--list").stdout
    assert aishell("undo").returncode == 0
    assert (home / "a b").read_text() == "1\n"
    assert aishell("redo", "1").returncode == 0
    assert not (home / "a b").exists()
    assert aishell("undo", "--file", "a b").returncode == 0
    assert (home / "a b").exists()
    (home / "a b").write_text("later\n")
    done = aishell("undo", "2")
    assert done.returncode == 75
    assert "a b" in done.stderr
    assert json.loads(aishell("undo", "2", "--force", "--json").stdout)["kept"] == [str(home / "a b.kept")]


def test_try_works_from_the_root_folder(aishell: Run) -> None:
    done = aishell("try", "pwd; touch /aishell-test", cwd=Path("/"))
    assert done.stdout == "/\n"
    assert done.returncode == 1
    assert not Path("/aishell-test").exists()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["undo"], 64), (["undo", "7"], 64), (["redo"], 64), (["undo", "--frob"], 64), (["redo", "--list"], 64), (["try"], 64)],
)
def test_a_wrong_call_says_so(aishell: Run, arguments: list[str], status: int) -> None:
    done = aishell(*arguments)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("key", "status", "gone"), [("y", 0, True), ("n", 77, False), ("", 77, False), ("yy", 77, False)])
def test_a_person_sees_the_changes_and_decides(
    environment: dict[str, str], home: Path, key: str, status: int, gone: bool
) -> None:
    (home / "a").write_text("1\n")
    someone = Person(["try", "rm a"], environment, home)
    someone.sees("put this in place?")
    assert "1 deleted" in someone.screen
    someone.types(f"{key}\n")
    assert someone.status() == status
    assert (home / "a").exists() != gone


def test_ctrl_c_ends_a_trial_and_leaves_nothing(environment: dict[str, str], home: Path) -> None:
    someone = Person(["try", "echo started; echo x > b; sleep 60"], environment, home)
    someone.sees("started")
    someone.types("\x03")
    assert someone.status() == 130
    assert not (home / "b").exists()
    assert not list((home / ".local/state/aishell/undo/trials").iterdir())
