"""What the last command printed, as a tmux pane has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from aishell.integrate.pane import below, printed


@pytest.mark.parametrize(
    ("screen", "command", "output"),
    [
        ("me@box:~$ make\ncc a.c\nerror: x\nme@box:~$ ", "make", "cc a.c\nerror: x"),
        ("$ make\nold\n$ make\nnew\n$ ", "make", "new"),
        ("me@box:~/größe$ cat 'a b'\ncat: 'a b': no\n\nme@box:~/größe$\n\n\n", "cat 'a b'", "cat: 'a b': no"),
        ("> for x in a\n>> do\n>> done\nline\n> ", "for x in a\ndo\ndone", "line"),
        ("$ make\n$ ", "make", ""),
        ("$ remake\nother\n$ ", "make", ""),
        ("", "make", ""),
        ("$ make\nx\n$ ", "", ""),
    ],
)
def test_what_stands_between_the_command_and_the_next_prompt(screen: str, command: str, output: str) -> None:
    assert below(screen, command) == output


def test_without_tmux_there_is_none() -> None:
    assert printed("make", {}) == ""
    assert printed("make", {"TMUX": "/gone,1,0", "TMUX_PANE": "%0", "PATH": os.environ["PATH"]}) == ""


def test_it_is_read_from_the_pane_that_the_shell_runs_in(tmp_path: Path) -> None:
    if not shutil.which("tmux"):
        pytest.skip("no tmux here")
    name = f"aishell-pane-{os.getpid()}"
    tmux = ["tmux", "-L", name, "-f", "/dev/null"]
    told = tmp_path / "told"
    try:
        shell = ["env", "PS1=me> ", f"HOME={tmp_path}", "bash", "--norc", "-i"]
        subprocess.run([*tmux, "new-session", "-d", "-x", "60", "-y", "20", *shell], check=True)
        keys = f"declare -p TMUX TMUX_PANE >{told}"
        subprocess.run([*tmux, "send-keys", keys, "Enter", "ls /gone/größe", "Enter"], check=True)
        variables = dict(os.environ)
        for _ in range(100):
            time.sleep(0.05)
            pairs = [row.split(" ", 2)[2] for row in told.read_text().splitlines()] if told.exists() else []
            variables |= {pair.split("=", 1)[0]: pair.split("=", 1)[1].strip('"') for pair in pairs}
            if len(pairs) == 2 and (seen := printed("ls /gone/größe", variables)):
                break
        assert "No such file" in seen
        assert "me>" not in seen
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
