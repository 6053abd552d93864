"""Looking at what a command does, to choose between commands: nothing of it lasts, and nothing risky runs."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell import wiring
from aishell.acting import Acting
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.types import Observed, Request


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths.from_environment({"HOME": str(home), "XDG_RUNTIME_DIR": str(home)})


@pytest.fixture
def acting(paths: Paths) -> Iterator[Acting]:
    opened = wiring.open_acting(Settings(), paths)
    yield opened
    opened.recording.close()


def look(acting: Acting, command: str, folder: Path) -> Observed | None:
    return asyncio.run(acting.observe(command, Request(text="whatever", cwd=str(folder)), timeout_s=5))


def test_what_only_reads_is_run_and_its_output_seen(acting: Acting, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1\n2\n")
    seen = look(acting, "wc -l < a.txt; cat none", tmp_path)
    assert seen
    assert seen.stdout == b"2\n"
    assert b"none" in seen.stderr
    assert seen.exit_code == 1
    assert seen.changes.nothing


def test_what_changes_files_is_seen_and_changes_nothing(acting: Acting, tmp_path: Path) -> None:
    if not acting.trials.possible:
        pytest.skip("this machine cannot try a command without its effects")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x\n")
    seen = look(acting, "rm a.txt; echo y > b.txt; mkdir c", tmp_path)
    assert seen
    assert sorted((change.kind, Path(change.path).name) for change in seen.changes.listed) == [
        ("added", "c"),
        ("changed", "b.txt"),
        ("deleted", "a.txt"),
    ]
    assert (tmp_path / "a.txt").exists()
    assert not (tmp_path / "c").exists()
    assert (tmp_path / "b.txt").read_text() == "x\n"


def test_a_folder_that_the_command_names_is_covered_too(acting: Acting, tmp_path: Path) -> None:
    if not acting.trials.possible:
        pytest.skip("this machine cannot try a command without its effects")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a").write_text("x\n")
    seen = look(acting, f"rm {tmp_path}/far/a", Path("/"))
    assert seen
    assert [change.kind for change in seen.changes.listed] == ["deleted"]
    assert (tmp_path / "far" / "a").exists()


@pytest.mark.parametrize(
    "command",
    ["sudo rm x", "curl https://example.org", "cat ~/.ssh/id_ed25519", "rm -rf /", "reboot", "ssh host ls", "kill 1"],
)
def test_what_needs_a_question_or_a_secret_or_the_network_is_not_even_looked_at(
    acting: Acting, tmp_path: Path, command: str
) -> None:
    assert look(acting, command, tmp_path) is None


def test_what_takes_too_long_says_nothing(acting: Acting, tmp_path: Path) -> None:
    request = Request(text="whatever", cwd=str(tmp_path))
    assert asyncio.run(acting.observe("tail -f /dev/null", request, timeout_s=0.3)) is None


def test_it_stands_in_the_audit_log(acting: Acting, paths: Paths, tmp_path: Path) -> None:
    look(acting, "ls", tmp_path)
    entries = [json.loads(line) for line in wiring.audit_file(paths).read_text().splitlines()]
    assert [(entry["event"], entry["command"], entry["request"]) for entry in entries] == [("observed", "ls", "whatever")]


@pytest.mark.parametrize("command", ["cat pipe", "wc -l < pipe", "head -n 1 ./pipe a.txt", "cat /dev/tty"])
def test_what_reads_from_a_pipe_or_a_terminal_is_not_looked_at(acting: Acting, tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.txt").write_text("1\n")
    assert look(acting, command, tmp_path) is None


def test_what_gives_the_same_to_everybody_is(acting: Acting, tmp_path: Path) -> None:
    seen = look(acting, "head -c 2 /dev/zero", tmp_path)
    assert seen
    assert seen.stdout == b"\0\0"
