"""The line mode over a person's own shell: what lasts, who has the terminal, and what is typed meanwhile."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from tests.shells import needs
from tests.typist import CTRL_C, CTRL_D, CTRL_Z, ENTER, Typist, starter

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


def test_what_a_shell_knows_lasts_and_the_prompt_knows_it_too(someone: Typist, home: Path) -> None:
    someone.runs("export COLOUR=blue; plain=red" + ENTER, seen="")
    someone.runs("alias hi='echo hi'" + ENTER, seen="")
    someone.runs("twice() { echo $1$1; }" + ENTER, seen="")
    someone.runs("mkdir sub; cd sub; cd ..; echo $OLDPWD" + ENTER, seen=f"{home}/sub\r\n")
    someone.does("hi the$((1+1))re", seen="shell")
    someone.runs(ENTER, seen="hi the2re")
    someone.runs("twice $COLOUR$plain" + ENTER, seen="bluered" * 2)
    assert someone.leaves() == 0


def test_the_name_of_a_folder_goes_there_where_the_shell_is_told_so(someone: Typist, kind: Kind) -> None:
    someone.runs("mkdir docs" + ENTER, seen="")
    someone.does("docs", seen="words")
    someone.runs(CTRL_C, seen="")
    someone.runs(("shopt -s autocd" if kind == "bash" else "setopt auto_cd") + ENTER, seen="")
    someone.does("docs", seen="shell")
    someone.does(ENTER, seen="~/docs >")
    someone.runs(".." + ENTER, seen="")
    someone.does("docs please", seen="words")
    someone.runs(CTRL_C, seen="")
    someone.leaves()


def test_a_virtual_environment_stays_active(start: Start, home: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "v"], check=True)
    someone = start()
    someone.runs(". v/bin/activate" + ENTER, seen="")
    someone.runs("command -v python; echo $((1+1))" + ENTER, seen=f"{home}/v/bin/python\r\n2")
    someone.runs("deactivate" + ENTER, seen="")
    someone.runs("echo env: [$VIRTUAL_ENV]" + ENTER, seen="env: []")
    someone.leaves()


def test_words_see_the_shells_folder_and_variables_and_move_nobody(start: Start, home: Path) -> None:
    someone = start({"colour": 'echo "it is $COLOUR in $PWD"', "elsewhere": "cd / && pwd"})
    someone.runs("export COLOUR=blue" + ENTER, seen="")
    someone.runs("which colour is it please" + ENTER, seen=f"it is blue in {home}\r\n")
    someone.runs("what is elsewhere please" + ENTER, seen="\r\n/\r\n")
    someone.runs("echo $PWD" + ENTER, seen=f"{home}\r\n")
    someone.leaves()


def test_programs_that_read_the_terminal_have_it(someone: Typist) -> None:
    before = modes(someone)
    someone.does("printf 'password: '; read -rs word; echo; echo \"got $word\"" + ENTER, seen="password: ")
    someone.types("s3cret" + ENTER)
    someone.sees("got s3cret")
    assert someone.screen.count("s3cret") == 1
    someone.at_prompt()
    someone.does(f"{sys.executable} -q" + ENTER, seen=">>> ")
    someone.does("6*7" + ENTER, seen="42")
    someone.runs(CTRL_D, seen="")
    assert modes(someone) == before
    someone.leaves()


def test_vim_and_less_have_the_whole_terminal(start: Start, home: Path) -> None:
    needs("vim"), needs("less")
    (home / "long.txt").write_text("\n".join(f"line {number}" for number in range(500)))
    someone = start()
    someone.does("vim -u NONE -N made.txt" + ENTER, seen="\x1b[?1049h")
    someone.sees("made.txt")
    someone.types("ifrom vim\x1b:wq" + ENTER)
    someone.sees("\x1b[?1049l")
    someone.at_prompt()
    assert (home / "made.txt").read_text() == "from vim\n"
    someone.does("less long.txt" + ENTER, seen="line 10")
    someone.does("/line 49[9]" + ENTER, seen="line 499")
    someone.runs("q", seen="\x1b[?1049l")
    someone.leaves()


def test_a_program_is_interrupted_stopped_and_gone_on_with(someone: Typist) -> None:
    # The program says itself that it runs: before that, zsh alone loses 37 of 60 Ctrl-C, and bash 13.
    someone.does("sh -c 'echo go''ing; exec sleep 1000'; echo never" + ENTER, seen="going")
    someone.runs(CTRL_C, seen="^C")
    someone.runs("echo was $?" + ENTER, seen="was 130")
    someone.does("echo go''ing; cat" + ENTER, seen="going")
    someone.does("echoed" + ENTER, seen="echoed\r\nechoed")
    someone.runs(CTRL_Z, seen="^Z")
    someone.runs("jobs" + ENTER, seen="cat")
    someone.does("fg" + ENTER, seen="cat\r\n")
    someone.does("again" + ENTER, seen="again\r\nagain")
    someone.runs(CTRL_D, seen="")
    assert someone.leaves() == 0


def test_the_size_follows_the_terminal(someone: Typist) -> None:
    def size(rows: int, columns: int) -> None:
        ioctl(someone._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    size(30, 100)
    someone.runs("stty size" + ENTER, seen="30 100")
    someone.does("sh -c 'trap \"stty size; exit\" WINCH; echo rea''dy; while :; do sleep 0.05; done'" + ENTER, seen="ready")
    size(20, 70)
    someone.sees("20 70")
    someone.at_prompt()
    someone.leaves()


def test_what_is_typed_while_something_runs_is_for_what_reads_it_and_else_for_the_prompt(someone: Typist) -> None:
    someone.does("echo go''ing; sleep 0.5; read -r word; echo got:$word; sleep 0.5" + ENTER, seen="going")
    os.write(someone._terminal, f"first{ENTER}echo sec$((1+1))ond{ENTER}echo u".encode())
    someone.sees("got:first")
    someone.sees("sec2ond")
    someone.sees("echo\x1b[0m u")
    someone.runs("nfin$((1+1))ished" + ENTER, seen="unfin2ished")
    someone.leaves()


def test_several_lines_sent_at_once_run_in_turn(someone: Typist) -> None:
    number = 7
    lines = [f"echo n{number}$((1+1))", "read -r word", f"answer {number}", "echo $word$((1+1))"]
    os.write(someone._terminal, "".join(line + ENTER for line in lines).encode())
    someone.sees("n72")
    someone.runs("", seen="answer 72")
    someone.leaves()


def test_output_without_an_end_keeps_its_row(start: Start) -> None:
    someone = start()
    someone.does("printf half$((1+1))" + ENTER, seen="half2\x1b[7m%")
    someone.at_prompt()
    someone.does("printf 'whole\\n'" + ENTER, seen="2004lwhole\r\n")
    someone.at_prompt()
    assert "\x1b[7m%" not in someone.all_seen.rpartition("2004lwhole")[2]
    someone.leaves()


def test_what_runs_in_private_is_kept_nowhere(someone: Typist, home: Path) -> None:
    someone.runs("echo op''en" + ENTER, seen="open")
    someone.runs(" echo bl''ank" + ENTER, seen="blank")
    someone.does("private on" + ENTER, seen="nothing is kept")
    someone.at_prompt()
    someone.runs("echo sec''ret" + ENTER, seen="secret")
    someone.runs("private off" + ENTER, seen="remembered again")
    someone.runs("fc -l -20 | cat -A" + ENTER, seen="op''en")
    listed = someone.all_seen.rpartition("cat -A")[2]
    assert "bl''ank" not in listed
    assert "sec''ret" not in listed
    someone.leaves()
    kept = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file() and "cache" not in file.parts)
    assert b"op''en" in kept
    assert b"bl''ank" not in kept
    assert b"sec''ret" not in kept


def test_a_yes_or_no_is_no_request(start: Start) -> None:
    someone = start({".": "echo asked"})
    for answer in ("y", "No", "是"):
        someone.does(answer, seen="nothing is asked")
        someone.runs(ENTER, seen="Nothing is being asked")
    assert "asked\r\n" not in someone.all_seen.replace("nothing is asked", "")
    someone.leaves()


@pytest.mark.parametrize("variables", [{"AISHELL_UI_PLAIN": "true"}, {"TERM": "dumb"}])
def test_the_plain_prompt_has_the_same_shell(start: Start, variables: dict[str, str]) -> None:
    someone = start(**variables)
    someone.runs("alias hi='echo h$((1+1))'\n", seen="")
    someone.runs("hi; printf half$((1+1))\n", seen="h2\r\nhalf2\r\n")
    someone.does("echo go''ing; sleep 0.5\n", seen="going")
    os.write(someone._terminal, b"echo ah$((1+1))ead\necho u")
    someone.sees("ah2ead")
    someone.at_prompt()
    someone.runs("nfin$((1+1))ished\n", seen="unfin2ished")
    os.write(someone._terminal, b"exit 9\n")
    assert someone.status() == 9
