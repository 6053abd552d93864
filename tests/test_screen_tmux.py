"""The screen on a real terminal, tmux's: programs that take all of it, and what it is like afterwards."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import AISHELL

_PATIENCE_S = 20.0

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux here")


class Tmux:
    """A terminal in which a shell runs `aishell`, and tells how the terminal stands before and after."""

    def __init__(self, home: Path, command: str) -> None:
        self._folder = tempfile.mkdtemp(prefix="aishell-", dir="/tmp")  # short: a socket's path has little room
        around = (f"stty -g > {home}/before", command, f"echo $? > {home}/status", f"stty -g > {home}/after", "echo over")
        line = "; ".join((*around, "trap : INT", "cat", f"stty -g > {home}/later", "echo again", "cat"))
        self._do("-f", "/dev/null", "new-session", "-d", "-s", "s", "-x", "90", "-y", "28", "sh", "-c", line)

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", f"{self._folder}/tmux", *arguments], capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout

    def types(self, *keys: str) -> None:
        self._do("send-keys", "-t", "s", *keys)

    def resize(self, columns: int, rows: int) -> None:
        self._do("resize-window", "-t", "s", "-x", str(columns), "-y", str(rows))

    @property
    def screen(self) -> str:
        return self._do("capture-pane", "-p", "-t", "s")

    def sees(self, wanted: str | Callable[[str], object]) -> str:
        ends = time.monotonic() + _PATIENCE_S
        while True:
            screen = self.screen
            if wanted in screen if isinstance(wanted, str) else wanted(screen):
                return screen
            assert time.monotonic() < ends, screen
            time.sleep(0.05)

    def close(self) -> None:
        self._do("kill-server")
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture
def starting(environment: dict[str, str], script: Callable[..., dict[str, str]], home: Path) -> Iterator[Tmux]:
    """As soon as there is a terminal."""
    own = {
        **environment,
        **script({"list": "ls -1", "read": "cat; echo over-$((1+1))", "ask": "sudo -k -S true < /dev/tty"}),
        "SHELL": "/bin/bash",
        "LC_ALL": "C.UTF-8",
    }
    variables = " ".join(
        f"{name}={shlex.quote(value)}" for name, value in own.items() if name.isidentifier() and name != "TERM"
    )
    tmux = Tmux(home, f"cd {home}; env -i TERM=screen-256color {variables} {shlex.join(AISHELL)}")
    yield tmux
    tmux.close()


@pytest.fixture
def terminal(starting: Tmux) -> Tmux:
    starting.sees("script")
    return starting


@pytest.mark.parametrize("after_s", [0.0, 0.3, 0.5])
def test_what_is_typed_before_there_is_a_prompt_is_a_line_like_any_other(starting: Tmux, after_s: float) -> None:
    time.sleep(after_s)  # while the terminal still echoes, while it is taken over, and before there is a prompt
    starting.types("echo early-$((40+2))", "Enter", "echo later-$((1+1)")
    starting.sees(lambda screen: "early-42" in screen and screen.rstrip().splitlines()[-2].endswith("echo later-$((1+1)"))
    starting.types(")", "Enter")
    starting.sees("later-2")


def at_prompt(screen: str) -> bool:
    """The last row but one is an empty prompt."""
    rows = screen.rstrip("\n").splitlines()
    return len(rows) > 1 and rows[-2].strip() == "$"


@pytest.mark.skipif(not (shutil.which("less") and shutil.which("top")), reason="no less or top here")
def test_less_and_top_have_it_too_and_a_stopped_program_comes_back(terminal: Tmux) -> None:
    terminal.types("less /etc/passwd", "Enter")
    terminal.sees("root:")
    assert "❯" not in terminal.screen
    terminal.types("C-z")
    terminal.sees(lambda screen: "SIGTSTP" in screen and at_prompt(screen))
    terminal.types("fg", "Enter")
    terminal.sees(lambda screen: "root:" in screen and "❯" not in screen)
    terminal.types("q")
    terminal.sees(at_prompt)
    terminal.types("top", "Enter")
    terminal.sees(lambda screen: "load average" in screen and "❯" not in screen)
    terminal.types("q")
    terminal.sees(lambda screen: "❯ top" in screen or at_prompt(screen))
    terminal.types("echo $((40+2))", "Enter")
    terminal.sees("▌ 42")


def test_a_program_gets_the_whole_terminal_when_the_person_says_so(terminal: Tmux) -> None:
    terminal.types("cat", "Enter")
    terminal.sees("❯ cat")
    terminal.types("F2")
    terminal.sees("Search for commands")
    terminal.types("whole")
    terminal.sees("Give it to the program that runs")
    terminal.types("Down", "Enter")
    terminal.sees(lambda screen: "❯" not in screen and "Give it" not in screen)
    terminal.types("said twice", "Enter", "C-d")
    terminal.sees(at_prompt)
    terminal.types("echo $((40+2))", "Enter")
    terminal.sees("▌ 42")


def test_a_command_from_words_takes_no_key_from_the_screen(terminal: Tmux) -> None:
    terminal.types("read what is there please", "Enter")
    terminal.sees("over-2")
    for word in ("one", "two", "three"):
        terminal.types(f"echo said-{word}", "Enter")
        terminal.sees(f"▌ said-{word}")
    terminal.types("ask for my password please", "Enter")
    terminal.sees("Enter run")
    time.sleep(0.5)  # until it can have been read
    terminal.types("Enter")
    terminal.sees("/dev/tty: No such device")
    terminal.types("echo $((40+2))", "Enter")
    terminal.sees("▌ 42")


def test_many_sizes_one_after_the_other_end_in_the_last(terminal: Tmux) -> None:
    for wide in (40, 200, 61, 120, 33, 100, 80, 77):
        terminal.resize(wide, 10 + wide % 13)
    terminal.resize(72, 20)
    time.sleep(0.3)
    terminal.types("stty size", "Enter")
    terminal.sees(lambda screen: any(row.startswith("▌") and row.split()[-1] == "69" for row in screen.splitlines()))


def test_leaving_gives_the_terminal_back_as_it_was(terminal: Tmux, home: Path) -> None:
    terminal.types("list what is in here", "Enter")
    terminal.sees("before")
    terminal.types("exit 7", "Enter")
    terminal.sees("over")
    assert (home / "status").read_text() == "7\n"
    assert (home / "after").read_text() == (home / "before").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_who_ends_it_gets_the_terminal_back_and_ends_the_shell(terminal: Tmux, home: Path, number: int) -> None:
    terminal.types("echo $$ $PPID > pids; sleep 200 &", "Enter")
    terminal.sees("[1]")
    shell, ours = map(int, (home / "pids").read_text().split())
    os.kill(ours, number)
    terminal.sees(lambda _: (home / "after").exists())  # what is written meanwhile may be on the screen that is left
    assert (home / "status").read_text() == f"{128 + number}\n"
    ends = time.monotonic() + _PATIENCE_S
    while Path(f"/proc/{shell}").exists():
        assert time.monotonic() < ends
        time.sleep(0.02)
    time.sleep(0.2)  # whoever is left has done what they do
    terminal.types("C-c")
    terminal.sees(lambda _: (home / "later").exists() and (home / "later").read_text())
    assert (home / "later").read_text() == (home / "before").read_text()
