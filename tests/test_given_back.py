"""The terminal around the screen is as it was, however the screen, or a program in it, has come to its end."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.core.text import RESET
from bench.modes import Modes
from bench.terminal_cases import Given
from bench.termios import SCENARIOS, run
from tests.conftest import AISHELL

_ALL_SET = (
    b"\x1b[>1u\x1b[?1049h\x1b[>5u\x1b[>1u\x1b[>4;2m\x1b[?1h\x1b=\x1b[?7l\x1b[?25l"
    b"\x1b[?1000;1003;1006;1016;1004;2004;2026;2048h\x1b[4 q\x0e"
)
_CHOSEN = ("all that a screen may set, left so", "kill -9 in vim", "kill -TERM in vim", "window closed with jobs")


def test_a_reset_undoes_every_mode_that_programs_set_on_either_screen() -> None:
    modes = Modes()
    modes.feed(_ALL_SET)
    assert len(modes.unusual) == 18
    modes.feed(RESET.encode())
    assert modes.unusual == set()
    modes.feed(b"\x1b[?1049h")
    assert modes.unusual == {"alternate screen"}  # whose keys are as usual


def test_modes_are_known_however_what_sets_them_is_cut_in_two() -> None:
    modes = Modes()
    for at in range(len(_ALL_SET)):
        modes.feed(_ALL_SET[at : at + 1])
    assert len(modes.unusual) == 18


@pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux here")
@pytest.mark.parametrize("name", _CHOSEN)
def test_a_plain_bash_finds_its_terminal_as_it_was(name: str) -> None:
    scenario = next(each for each in SCENARIOS if each.name == name)
    if lacks := scenario.lacks(Given()):
        pytest.skip(f"needs {lacks}")
    wrong, screen = run(scenario, Given())
    assert not wrong, screen


def test_a_terminal_that_takes_no_more_and_vanishes_takes_the_screen_with_it(
    environment: dict[str, str], script: Callable[..., dict[str, str]], home: Path
) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(home)
        os.execve(sys.executable, AISHELL, {**environment, **script({"": "ls"}), "SHELL": "/bin/bash"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    time.sleep(2.0)  # nobody reads what it draws, until its terminal is full and so is what it keeps for it
    for _ in range(40):
        os.write(terminal, b"a")
        time.sleep(0.01)
    os.close(terminal)
    ends = time.monotonic() + 20
    while not (ended := os.waitpid(pid, os.WNOHANG)[0]) and time.monotonic() < ends:
        time.sleep(0.05)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert ended
