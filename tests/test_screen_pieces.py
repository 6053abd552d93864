"""Small pieces of the screen: keys as bytes, git's branch, and programs that draw all over the terminal."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from aishell.core.shell import Waits
from aishell.ui.branch import branch
from aishell.ui.leaving import still_running
from aishell.ui.terminal.all_over import AllOver
from aishell.ui.terminal.typed import pasted, typed


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("space", " ", b" "),
        ("文", "文", "文".encode()),
        ("enter", "\r", b"\r"),
        ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"),
        ("backspace", "\x7f", b"\x7f"),
        ("escape", "\x1b", b"\x1b"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+z", "\x1a", b"\x1a"),
        ("ctrl+d", "\x04", b"\x04"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("up", None, b"\x1b[A"),
        ("ctrl+left", None, b"\x1b[1;5D"),
        ("delete", None, b"\x1b[3~"),
        ("shift+delete", None, b"\x1b[3;2~"),
        ("f1", None, b"\x1bOP"),
        ("f5", None, b"\x1b[15~"),
        ("alt+b", None, b"\x1bb"),
        ("alt+left", None, b"\x1b[1;3D"),
        ("slash", "/", b"/"),
        ("f35", None, b""),
    ],
)
def test_a_key_is_what_a_terminal_sends(key: str, character: str | None, sent: bytes) -> None:
    assert typed(key, character) == sent


def test_a_paste_holds_no_key_but_enter_and_tab() -> None:
    assert pasted("one\ttwo\r\nthree\x1b[A\x03\x9b") == b"one\ttwo\rthree[A"


def test_the_branch_is_told_in_a_folder_below_a_worktree_and_without_one(tmp_path: Path) -> None:
    def git(*arguments: str, cwd: Path) -> None:
        own = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *own, *arguments], cwd=cwd, check=True, capture_output=True)

    whole, other = tmp_path / "whole", tmp_path / "other"
    (whole / "deep" / "er").mkdir(parents=True)
    git("init", cwd=whole)
    assert branch(str(whole / "deep" / "er")) == "main"
    git("commit", "--allow-empty", "-m", "x", cwd=whole)
    git("worktree", "add", "-b", "side/line", str(other), cwd=whole)
    assert branch(str(other)) == "side/line"
    git("checkout", "--detach", cwd=other)
    assert len(branch(str(other))) == 8
    assert branch(str(tmp_path)) == ""
    assert branch(str(tmp_path / "missing")) == ""


@pytest.mark.parametrize(
    ("raw", "echo", "printed", "cursor_shown", "seen"),
    [
        (True, False, b"\x1b[H\x1b[2Jtop", False, True),
        (True, False, b"\x1b[H\x1b[2J>>> ", True, False),
        (True, False, b"progress", False, False),
        (False, True, b"\x1b[H\x1b[2J", False, False),
    ],
)
def test_who_draws_all_over_the_terminal(raw: bool, echo: bool, printed: bytes, cursor_shown: bool, seen: bool) -> None:
    looked = AllOver()
    looked.waits(Waits(echo=echo, raw=raw))
    looked.printed(printed)
    assert looked.seen(cursor_shown=cursor_shown) is seen


def test_what_runs_below_a_process_has_its_name() -> None:
    with subprocess.Popen(["sh", "-c", "sleep 30 & echo started; wait"], stdout=subprocess.PIPE) as shell:
        assert shell.stdout
        shell.stdout.readline()
        ends = time.monotonic() + 10
        while (names := still_running(shell.pid)) == ("sh",) and time.monotonic() < ends:
            time.sleep(0.01)  # it is not yet what it is to be
        for child in Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split():
            subprocess.run(["kill", child], check=True)
    assert names == ("sleep",)
    assert still_running(shell.pid) == ()
