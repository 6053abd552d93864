"""Commands from words in the history of the person's own shell, as that shell reads it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.memory.history import bash, fish, zsh
from aishell.memory.history.append import Shell, append, own_history
from tests.conftest import Run

COMMANDS = ["ls -l 'größe x'", "printf 'a\\n' |\n  sort", "echo back\\\\slash", "echo 中文 ¢"]
READ = {"bash": bash.read, "zsh": zsh.read, "fish": fish.read}
BEFORE = {"bash": "#1790000000\nls\n", "zsh": ": 1790000000:0;ls\n", "fish": "- cmd: ls\n  when: 1790000000\n"}


@pytest.fixture(params=["bash", "zsh", "fish"])
def kind(request: pytest.FixtureRequest) -> Shell:
    found: Shell = request.param
    return found


@pytest.mark.parametrize("before", ["", "entries"])
def test_what_is_written_is_what_is_read(kind: Shell, tmp_path: Path, before: str) -> None:
    file = tmp_path / "history"
    if before:
        file.write_text(BEFORE[kind])
    for number, command in enumerate(COMMANDS):
        append(kind, file, command, 1790000001 + number)
    runs = list(READ[kind](file, str))[1 if before else 0 :]
    if before or kind != "bash":  # bash without times keeps no more than lines
        assert [run.command for run in runs] == COMMANDS
        assert [run.time for run in runs] == [1790000001 + number for number in range(len(COMMANDS))]
    else:
        assert file.read_text() == "".join(f"{command}\n" for command in COMMANDS)


ASKS = {
    "bash": ["bash", "--norc", "-ic", "HISTFILE=$1; HISTTIMEFORMAT=x; history -c; history -r; history"],
    "zsh": ["zsh", "-fic", "HISTFILE=$1 HISTSIZE=99; fc -R $1; fc -ln 1"],
    "fish": ["fish", "-c", "history search --max 9"],
}


def test_the_shell_itself_reads_it(kind: Shell, tmp_path: Path) -> None:
    if not shutil.which(kind):
        pytest.skip(f"no {kind} here")
    (folder := tmp_path / "fish").mkdir()
    file = folder / "fish_history"
    file.write_text(BEFORE[kind])
    for command in COMMANDS:
        append(kind, file, command, time.time())
    asked = ASKS[kind] if kind == "fish" else [*ASKS[kind], "x", str(file)]
    variables = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    done = subprocess.run(asked, capture_output=True, text=True, env=variables, check=False, stdin=subprocess.DEVNULL)
    for command in COMMANDS:
        assert command in done.stdout or command.replace("\n", "\\n") in done.stdout, done


def test_an_entry_begins_a_line_and_a_blank_before_a_command_keeps_it_out(kind: Shell, tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.write_text(BEFORE[kind].rstrip("\n"))
    append(kind, file, " echo hidden", 1.0)
    append(kind, file, "echo shown", 1.0)
    assert [run.command for run in READ[kind](file, str)][-1] == "echo shown"
    assert "hidden" not in file.read_text()
    assert not Path(f"{file}.LOCK").is_symlink()


def test_a_lock_of_zsh_that_somebody_left_behind_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "history"
    lock = Path(f"{file}.LOCK")
    lock.symlink_to("/pid-1/host-x")
    os.utime(lock, (1, 1), follow_symlinks=False)
    append("zsh", file, "echo on", 1.0)
    assert not lock.is_symlink()
    assert "echo on" in file.read_text()


def test_each_shell_has_its_own_file(tmp_path: Path) -> None:
    assert own_history({"SHELL": "/bin/bash"}, tmp_path) == ("bash", tmp_path / ".bash_history")
    assert own_history({"SHELL": "/bin/bash", "HISTFILE": "/h"}, tmp_path) == ("bash", Path("/h"))
    assert own_history({"SHELL": "/bin/zsh"}, tmp_path) == ("zsh", tmp_path / ".zsh_history")
    (tmp_path / ".zhistory").touch()
    assert own_history({"SHELL": "/bin/zsh"}, tmp_path) == ("zsh", tmp_path / ".zhistory")
    assert own_history({"SHELL": "/bin/fish"}, tmp_path) == ("fish", tmp_path / ".local/share/fish/fish_history")


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_a_command_from_words_goes_there_when_that_is_wanted(
    aishell: Run, home: Path, script: Callable[..., dict[str, str]], wanted: str
) -> None:
    variables = {**script({".": "echo from words"}), "SHELL": "/bin/bash", "AISHELL_SHELL_HISTORY": wanted, "HISTFILE": ""}
    assert aishell("-c", "?say something", env=variables).stdout == "from words\n"
    file = home / ".bash_history"
    assert (file.read_text() if file.exists() else "") == ("echo from words\n" if wanted == "true" else "")
