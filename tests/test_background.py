"""Whether the terminal is dark or light: a pseudo-terminal that answers as real ones do, late, or not at all."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from aishell.ui.background import Shade, answers, shade, told
from aishell.ui.themes import CONTRAST, DARK, LIGHT, PLAIN, theme_for
from tests.conftest import ROOT
from tests.pty_shell import PtyShell

ASKS = """
import os, sys, termios, time
from contextlib import closing
from aishell.ui.background import Asking
wait, busy = map(float, sys.argv[1:])
if busy < 0:
    print("type", flush=True)
    time.sleep(-busy)
before = termios.tcgetattr(0)
with closing(Asking(0)) as asking:
    answer = asking.ask(wait)
    print("asked", flush=True)
    time.sleep(max(0.0, busy))
print("same" if termios.tcgetattr(0) == before else "modes differ", flush=True)
print(answer, "then", sys.stdin.readline().strip(), flush=True)
"""
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"


def asking(tmp_path: Path, wait_s: float, busy_s: float = 0.0) -> PtyShell:
    """A process on a terminal that is asked; the test is the terminal."""
    program = tmp_path / "asks.py"
    program.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{ASKS}")
    return PtyShell([sys.executable, str(program), str(wait_s), str(busy_s)], 80, 24, home=tmp_path)


@pytest.mark.parametrize(
    ("answer", "shade"),
    [
        (b"\x1b]11;rgb:ffff/ffff/f8f8\x1b\\\x1b[?65;1;9c", "light"),
        (b"\x1b]11;rgb:1e/1e/2e\x07\x1b[?62c", "dark"),
        (b"\x1b[?6c", "None"),
    ],
)
def test_a_terminal_that_answers_is_believed_and_its_answer_is_read_to_the_end(
    tmp_path: Path, answer: bytes, shade: str
) -> None:
    with asking(tmp_path, 20.0) as terminal:
        terminal.until(QUESTION)
        for at in range(0, len(answer), 7):  # as slow lines cut it
            terminal.write(answer[at : at + 7])
        terminal.until(b"same\r\n")
        terminal.write(b"typed\n")
        assert f"{shade} then typed".encode() in terminal.until(b"then typed\r\n")


def test_an_answer_that_is_late_is_not_typed_into_what_comes_next(tmp_path: Path) -> None:
    with asking(tmp_path, 0.0, busy_s=0.5) as terminal:
        terminal.until(b"asked\r\n")
        terminal.write(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?65;1;9c")
        terminal.until(b"same\r\n")
        terminal.write(b"typed\n")
        assert b"None then typed" in terminal.until(b"then typed\r\n")


def test_nothing_is_asked_where_something_has_been_typed_ahead(tmp_path: Path) -> None:
    with asking(tmp_path, 20.0, busy_s=-0.5) as terminal:
        terminal.until(b"type\r\n")
        terminal.write(b"ahead\n")
        seen = terminal.until(b"then ahead\r\n")
        assert QUESTION not in seen
        assert b"None then ahead" in seen


@pytest.mark.parametrize(
    ("environ", "answering"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm-kitty", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, False),
        ({"TERM": "tmux-256color", "VTE_VERSION": "7200"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200", "TMUX": "/tmp/t,1,0"}, False),
        ({"TERM": "screen", "XTERM_VERSION": "XTerm(379)"}, False),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)", "STY": "1.pts-0"}, False),
        ({}, False),
    ],
)
def test_only_a_terminal_that_answers_at_once_is_asked(environ: dict[str, str], answering: bool) -> None:
    assert answers(environ) is answering


@pytest.mark.parametrize(
    ("said", "seen"),
    [("15;0", "dark"), ("0;15", "light"), ("0;default;7", "light"), ("12;8", "dark"), ("", None), ("15;default", None)],
)
def test_the_environment_may_tell_too(said: str, seen: Shade | None) -> None:
    assert told({"COLORFGBG": said}) == seen


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (b"\x1b]11;rgb:f/f/f\x07", "light"),
        (b"\x1b]11;rgba:0000/0000/0000/ffff\x1b\\", "dark"),
        (b"\x1b]11;rgb:0000/ffff/0000\x07", "light"),
        (b"\x1b]11;rgb:0000/0000/ffff\x07", "dark"),
        (b"\x1b]11;rgb:zz/zz/zz\x07", None),
        (b"\x1b]10;rgb:ffff/ffff/ffff\x07", None),
    ],
)
def test_a_colour_is_as_light_as_it_looks(answer: bytes, seen: Shade | None) -> None:
    assert shade(answer) == seen


def test_the_theme_follows_the_terminal_unless_it_was_chosen() -> None:
    assert [theme_for({}, "auto", each) for each in ("light", "dark", None)] == [LIGHT.name, DARK.name, DARK.name]
    assert theme_for({}, "contrast", "light") == CONTRAST.name
    assert theme_for({"NO_COLOR": "1"}, "auto", "light") == PLAIN.name
    assert theme_for(os.environ | {"NO_COLOR": ""}, "dark", "light") == DARK.name


def test_the_screen_is_light_on_a_light_terminal(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text("[]")
    own = ("VTE_VERSION=7200", "COLORTERM=truecolor", "AISHELL_MODEL_BACKEND=scripted", f"AISHELL_MODEL_SCRIPT={script}")
    paths = (f"PYTHONPATH={ROOT}", f"XDG_RUNTIME_DIR={tmp_path}", "SHELL=/bin/bash")
    with PtyShell(["env", *own, *paths, sys.executable, "-m", "aishell"], 80, 24, home=tmp_path) as terminal:
        terminal.until(QUESTION)
        terminal.write(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?65;1;9c")
        seen, ends = b"", time.monotonic() + 20
        while b"48;2;251;251;248" not in seen:
            assert time.monotonic() < ends, seen[-500:]
            seen += terminal.more(0.1)
    assert b"48;2;22;22;30" not in seen
