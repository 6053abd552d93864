"""A person at a terminal: the real command on a pseudo-terminal, with a scripted model."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.core.text import RESET
from tests.conftest import AISHELL, Run

Script = Callable[..., dict[str, str]]


class Person:
    """Types into the real command on a pseudo-terminal and reads its screen."""

    def __init__(self, arguments: list[str], environment: dict[str, str], cwd: Path) -> None:
        self.screen = ""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(sys.executable, [*AISHELL, *arguments], environment)

    def sees(self, text: str, within: float = 30.0) -> None:
        ends = time.monotonic() + within
        while text not in self.screen:
            if not select.select([self._terminal], [], [], max(0.0, ends - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} not seen in:\n{self.screen}")
            try:
                self.screen += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:
                raise AssertionError(f"{text!r} not seen before the end of:\n{self.screen}") from None

    def types(self, text: str) -> None:
        time.sleep(0.4)  # as a person would: keys within 300 ms of a question do not count
        os.write(self._terminal, text.encode())

    def types_slowly(self, text: str) -> None:
        """Key by key."""
        self.types(text[:1])
        for key in text[1:]:
            time.sleep(0.05)
            os.write(self._terminal, key.encode())

    def modes(self) -> int:
        """The terminal's local modes: line editing, echo."""
        return int(termios.tcgetattr(self._terminal)[3])

    def status(self) -> int:
        try:
            while data := os.read(self._terminal, 65536):
                self.screen += data.decode("utf-8", "replace")
        except OSError:
            pass
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def person(environment: dict[str, str], script: Script, home: Path) -> Callable[..., Person]:
    def start(lines: dict[str, str], *arguments: str) -> Person:
        return Person(list(arguments) or ["--line"], {**environment, **script(lines)}, home)

    return start


@pytest.mark.parametrize(("key", "status", "made"), [("y", 0, True), ("n", 77, False), ("", 77, False), ("yess", 77, False)])
def test_a_person_is_asked_and_no_is_the_default(
    person: Callable[..., Person], home: Path, key: str, status: int, made: bool
) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    someone.sees("put this in place?")
    assert "touch made" in someone.screen
    assert "1 added" in someone.screen
    someone.types(f"{key}\n")
    assert someone.status() == status
    assert (home / "made").exists() == made


def test_keys_typed_before_the_question_are_no_answer(person: Callable[..., Person], home: Path) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    os.write(someone._terminal, b"y\ny\ny\n")
    someone.sees("put this in place?")
    someone.types("n\n")
    assert someone.status() == 77
    assert not (home / "made").exists()


@pytest.mark.parametrize(
    ("keys", "made"),
    [
        ("y\n", True),
        ("yes\n", True),
        ("n\x7fy\n", True),
        ("n\x15YES\n", True),
        ("\n", False),
        ("yn\n", False),
        ("\x04", False),
    ],
)
def test_an_answer_is_typed_key_by_key(person: Callable[..., Person], home: Path, keys: str, made: bool) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    someone.sees("put this in place?")
    someone.types_slowly(keys)
    assert someone.status() == (0 if made else 77)
    assert (home / "made").exists() == made


@pytest.mark.parametrize(
    "pasted", ["yes\n", "y\ny\n", "y\r\n", "\x1b[200~y\x1b[201~\n", "\x1b[200~y\n\x1b[201~", "y" * 5000 + "\n", "y\nrm -r ~\n"]
)
def test_a_paste_is_no_answer(person: Callable[..., Person], home: Path, pasted: str) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    someone.sees("\x1b[?2004h")  # asks the terminal to mark pastes
    someone.sees("put this in place?")
    before = someone.modes()
    someone.types(pasted)
    someone.sees("\x1b[?2004l")
    assert someone.modes() != before
    assert someone.modes() & termios.ICANON
    assert someone.modes() & termios.ECHO
    assert someone.status() == 77
    assert not (home / "made").exists()


def test_a_key_within_300_ms_of_the_question_is_no_answer(person: Callable[..., Person], home: Path) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    someone.sees("put this in place?")
    os.write(someone._terminal, b"y")
    someone.types("\n")
    assert someone.status() == 77
    assert not (home / "made").exists()


def test_nobody_at_the_terminal_is_no_answer(person: Callable[..., Person], home: Path) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    someone.sees("put this in place?")
    os.close(someone._terminal)  # hung up
    os.waitpid(someone.pid, 0)
    assert not (home / "made").exists()


def test_explain_then_edit_then_run(person: Callable[..., Person], home: Path) -> None:
    someone = person({"^Request": "It makes a file.", ".": "touch made"}, "-c", "make a file please")
    someone.sees("put this in place?")
    someone.types("x\n")
    someone.sees("It makes a file.")
    someone.types("e\n")
    time.sleep(1.0)
    someone.types("2\r")
    someone.sees("made2  (0 B)")
    time.sleep(0.5)
    someone.types("y\n")
    assert someone.status() == 0
    assert (home / "made2").exists()


def test_ctrl_c_at_the_question_runs_nothing(person: Callable[..., Person], home: Path) -> None:
    someone = person({".": "touch made"}, "-c", "make a file please")
    someone.sees("put this in place?")
    someone.types("\x03")
    assert someone.status() == 130
    assert not (home / "made").exists()
    assert '"event": "refused"' in (home / ".local" / "state" / "aishell" / "audit.jsonl").read_text()


def test_a_command_that_asks_on_the_terminal_gets_its_answer(person: Callable[..., Person]) -> None:
    someone = person({".": "read -p 'name? ' x; echo hello $x"}, "-c", "ask for my name please")
    someone.sees("run it?")
    someone.types("y\n")
    someone.sees("name? ")
    someone.types("Ada\n")
    someone.sees("hello Ada")
    assert someone.status() == 0


def test_output_for_a_terminal_is_made_harmless(person: Callable[..., Person], home: Path) -> None:
    (home / "evil").write_text("\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred\n")
    someone = person({".": "cat evil"}, "-c", "show the evil file please")
    assert someone.status() == 0
    assert "\x1b[31mred" in someone.screen
    assert "\x1b]52" not in someone.screen
    assert "\x1b[2J" not in someone.screen


def test_the_model_cannot_paint_the_question(person: Callable[..., Person]) -> None:
    someone = person({".": "touch x #\x1b[2K\x1b[1A safe"}, "-c", "remove x please")
    someone.sees("run it?")
    assert "\x1b[1A" not in someone.screen
    someone.types("n\n")
    assert someone.status() == 77


def test_the_line_loop_keeps_its_folder_and_speaks_both(person: Callable[..., Person], home: Path) -> None:
    (home / "sub").mkdir()
    someone = person({"folder": "pwd"})
    someone.sees("~ >")
    someone.types("cd sub\r")
    someone.sees("~/sub >")
    someone.types("which folder is this\r")
    someone.sees(f"{home}/sub")
    someone.types("exit\r")
    assert someone.status() == 0


def test_a_full_screen_program_that_is_killed_leaves_the_terminal_usable(person: Callable[..., Person]) -> None:
    someone = person({})
    someone.sees("~ >")
    someone.types("printf '\\033[?1049h\\033[?1000h'; stty -echo -icanon; kill -9 $$\r")
    someone.sees(RESET)
    someone.types("stty -a | grep -c -e ' -echo ' -e ' -icanon'\r")
    someone.sees("\x1b[?2004l0")
    someone.types("exit\r")
    assert someone.status() == 1  # of grep, which found none


def test_secrets_typed_into_the_loop_are_not_kept_in_its_history(person: Callable[..., Person], home: Path) -> None:
    someone = person({})
    someone.sees("~ >")
    someone.types("true --password hunter22\r")
    someone.sees("\x1b[?2004l")
    someone.types("exit\r")
    someone.status()
    history = home / ".local" / "state" / "aishell" / "line_history"
    assert "+true --password [redacted: secret option]" in history.read_text()
    assert "hunter22" not in history.read_text()


def test_lines_from_a_pipe_are_run_one_by_one(aishell: Run, script: Script) -> None:
    done = aishell(env=script({"numbers": "seq 2"}), input="echo a\nlist the numbers please\n(exit 3)\n")
    assert (done.returncode, done.stdout) == (3, "a\n1\n2\n")
