"""The life and death of the shell below the line mode, and how the terminal is left."""

from __future__ import annotations

import os
import shutil
import signal
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from tests.shells import RC, alive, eventually, needs
from tests.typist import CTRL_D, ENTER, Typist, starter

Start = Callable[..., Typist]


@pytest.fixture
def start(environment: dict[str, str], script: Callable[..., dict[str, str]], home: Path) -> Start:
    (home / ".zshrc").touch()  # without one zsh asks a new user what they want
    own = {**environment, "SHELL": shutil.which("bash") or "", "HISTFILE": str(home / "history")}
    return starter(own, script, home)


@pytest.fixture
def someone(start: Start, kind: Kind) -> Typist:
    return start(SHELL=needs(kind))


def modes(someone: Typist) -> list[object]:
    return list(termios.tcgetattr(someone._terminal))


def test_leaving_while_something_runs_is_asked_once(someone: Typist, home: Path) -> None:
    someone.runs("sleep 1000 & echo $! >job" + ENTER, seen="")
    job = int((home / "job").read_text())
    someone.runs("exit 3" + ENTER, seen="Still running: sleep")
    someone.runs("echo st$((1+1))ays" + ENTER, seen="st2ays")
    someone.runs(CTRL_D, seen="Still running: sleep")
    os.write(someone._terminal, f"exit 4{ENTER}".encode())
    assert someone.status() == 4
    eventually(lambda: not alive(job))


@pytest.mark.parametrize(("line", "status"), [("exit 3", 3), ("false || exit 5", 5), ("exit", 0)])
def test_the_shells_own_end_is_the_sessions(start: Start, line: str, status: int) -> None:
    someone = start()
    os.write(someone._terminal, f"{line}{ENTER}".encode())
    assert someone.status() == status


@pytest.mark.parametrize(("line", "status"), [("kill -9 $$", 137), ("exec sh -c 'exit 6'", 6)])
def test_a_shell_that_dies_says_so_and_another_takes_its_place(someone: Typist, home: Path, line: str, status: int) -> None:
    before = modes(someone)
    someone.does("mkdir sub; cd sub" + ENTER, seen="~/sub >")
    someone.screen = ""
    someone.does(line + ENTER, seen=f"status {status}")
    someone.sees("~/sub >")
    assert modes(someone) == before
    someone.screen = ""
    someone.does("echo $PWD" + ENTER, seen=f"{home}/sub\r\n")
    someone.sees("~/sub >")
    assert someone.leaves() == 0


def test_a_shell_that_is_killed_at_the_prompt_is_replaced_there(start: Start, home: Path) -> None:
    someone = start()
    someone.runs("echo $$ >shell" + ENTER, seen="")
    number = int((home / "shell").read_text())
    time.sleep(2.0)  # one that dies sooner after its start is not replaced before it is needed
    os.kill(number, signal.SIGKILL)
    someone.sees("another one is here")
    someone.at_prompt()
    someone.runs("echo ne$((1+1))w" + ENTER, seen="ne2w")
    someone.leaves()


def test_another_shell_by_exec_goes_on(start: Start) -> None:
    needs("zsh")
    someone = start()
    someone.runs("exec zsh" + ENTER, seen="")
    someone.runs("echo v$ZSH_VERSION" + ENTER, seen="v5")
    someone.leaves()


def test_start_up_files_that_end_the_shell_are_left_out(start: Start, kind: Kind, home: Path) -> None:
    (home / RC[kind]).write_text("exit 4\n")
    someone = start(SHELL=needs(kind))
    someone.sees("ended with status 4 before its first prompt")
    someone.at_prompt()
    someone.runs("echo wo$((1+1))rks" + ENTER, seen="wo2rks")
    someone.leaves()


def test_start_up_files_that_ask_get_the_terminal_before_the_first_line(start: Start, home: Path) -> None:
    (home / ".bashrc").write_text("read -rs -p 'passphrase: ' answer; echo; echo \"got $answer\"\n")
    someone = start()
    someone.sees("start-up files ask for something")
    someone.at_prompt()
    someone.does("echo fir$((1+1))st" + ENTER, seen="\x1b[?2004l")
    eventually(lambda: not someone.modes() & termios.ICANON)
    os.write(someone._terminal, f"secret{ENTER}".encode())
    someone.sees("got secret")
    someone.sees("fir2st")
    someone.at_prompt()
    someone.leaves()


def test_what_start_up_files_and_jobs_print_stands_above_the_prompt_and_does_nothing_to_it(start: Start, home: Path) -> None:
    (home / ".bashrc").write_text("printf 'welc''ome \\033[2J\\n'\n")
    someone = start()
    someone.sees("welcome")
    someone.at_prompt()
    someone.runs("(sleep 0.5; printf 'job \\033]0;title\\007done\\n') &" + ENTER, seen="")
    someone.sees("job done")
    someone.at_prompt()
    assert "\x1b[2J" not in someone.all_seen
    assert "\x1b]0;" not in someone.all_seen.rpartition("&")[2]
    someone.leaves()


@pytest.mark.parametrize(("number", "raw"), [(signal.SIGTERM, True), (signal.SIGHUP, False), (signal.SIGKILL, True)])
def test_the_terminal_is_put_back_when_aishell_is_killed(start: Start, home: Path, number: int, raw: bool) -> None:
    someone = start()
    someone.runs("stty -g >before; echo $$ >shell" + ENTER, seen="")
    someone.screen = ""
    if raw:
        someone.does("sh -c 'stty raw -echo; printf \"\\033[?1049h\"; echo dra''wn; exec cat'" + ENTER, seen="drawn")
    os.kill(someone.pid, number)
    os.waitpid(someone.pid, 0)
    eventually(lambda: bool(someone.modes() & termios.ICANON and someone.modes() & termios.ECHO))
    if raw:
        someone.sees("\x1b[?1047l")
    eventually(lambda: not alive(int((home / "shell").read_text())))


def test_a_program_that_is_killed_leaves_the_terminal_as_it_was(someone: Typist) -> None:
    before = modes(someone)
    line = "sh -c 'stty raw -echo; printf \"\\033[?1049h\\033[?1000h\"; kill -9 $$'"
    someone.runs(line + ENTER, seen="\x1b[?1000l")
    assert modes(someone) == before
    someone.runs("echo us$((1+1))able" + ENTER, seen="us2able")
    someone.leaves()
