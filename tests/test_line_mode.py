"""The line mode: a person types into the real command on a pseudo-terminal, with a scripted model."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.ui.line_mode import front
from tests.conftest import Run
from tests.typist import BACK_TAB, CTRL_C, CTRL_R, DOWN, ENTER, RIGHT, TAB, UP, Typist, starter

Script = Callable[..., dict[str, str]]


@pytest.fixture
def start(environment: dict[str, str], script: Script, home: Path) -> Callable[..., Typist]:
    return starter(environment, script, home)


def test_the_route_is_seen_before_enter_and_a_key_turns_it_round(start: Callable[..., Typist], home: Path) -> None:
    someone = start({"touch|only reads": "echo from the model"})
    someone.does("touch made", seen="shell")
    assert not (home / "made").exists()
    someone.does(BACK_TAB, seen="words")
    someone.runs(ENTER, seen="from the model\r\n")
    assert not (home / "made").exists()
    assert someone.leaves() == 0


def test_what_was_typed_before_is_offered_also_in_the_next_session(start: Callable[..., Typist]) -> None:
    someone = start()
    someone.runs("echo one$((1+1))two" + ENTER, seen="one2two")
    someone.leaves()
    again = start()
    again.presses(UP, until="one")  # the history is read behind the prompt
    again.runs(CTRL_C, seen="")
    again.does("echo o", seen="ne$((1+1))two")
    again.runs(RIGHT + ENTER, seen="one2two")
    again.runs(UP + "x" + ENTER, seen="one2twox")
    again.leaves()


def test_completion_writes_a_hostile_name_so_that_the_shell_reads_it(start: Callable[..., Typist], home: Path) -> None:
    (home / "it's \x1b[31mred\n$(touch pwned)").write_text("inside\n")
    someone = start()
    someone.does("cat it" + TAB, seen="\\x1b[31mred\\n$(touch pwned)'")
    someone.runs(ENTER, seen="inside")
    assert "\x1b[31mred" not in someone.screen
    assert not (home / "pwned").exists()
    someone.leaves()


def test_ctrl_r_finds_by_words_and_only_puts_the_line_in(start: Callable[..., Typist]) -> None:
    someone = start()
    someone.runs("echo apple$((1+1))tart" + ENTER, seen="apple2tart")
    someone.runs("echo pe''ar" + ENTER, seen="pear")
    someone.does(CTRL_R + "tart apple", seen="echo apple$((1+1))tart")
    someone.does(DOWN + ENTER, seen="")
    time.sleep(0.3)
    assert "apple2tart" not in someone.screen
    someone.runs(ENTER, seen="apple2tart")
    someone.leaves()


def test_an_unfinished_line_goes_on_in_the_next_row(start: Callable[..., Typist]) -> None:
    someone = start()
    someone.does("for i in 1 2; do" + ENTER, seen="do")
    someone.runs("echo n$i; done" + ENTER, seen="n2")
    someone.runs("echo a\x1b\recho b$((1+1))" + ENTER, seen="b2")
    someone.leaves()


def test_a_paste_waits_for_enter_and_hides_nothing(start: Callable[..., Typist], home: Path) -> None:
    someone = start()
    someone.does("\x1b[200~touch a\x08\ntouch b\n\x1b[201~", seen="␈")
    time.sleep(0.5)
    assert not (home / "b").exists()
    someone.runs(ENTER, seen="\n")
    assert (home / "b").exists()
    someone.leaves()


def test_ctrl_c_drops_the_line(start: Callable[..., Typist], home: Path) -> None:
    someone = start()
    someone.does("touch made", seen="made")
    someone.runs("\x03", seen="")
    someone.runs("echo $((20+1))" + ENTER, seen="21")
    assert not (home / "made").exists()
    someone.leaves()


def test_comments_are_kept_and_not_run_and_private_lines_are_not_kept(start: Callable[..., Typist], home: Path) -> None:
    someone = start()
    someone.runs("# for later" + ENTER, seen="later")
    someone.does("private on" + ENTER, seen="(private) ~ >")
    someone.runs("echo sec$((1+1))ret" + ENTER, seen="sec2ret")
    someone.runs("private off" + ENTER, seen="remembered again")
    someone.runs(" echo bl$((1+1))ank" + ENTER, seen="bl2ank")
    someone.leaves()
    kept = (home / ".local" / "state" / "aishell" / "line_history").read_text()
    assert "+# for later" in kept
    assert "+private on" in kept
    assert "sec$" not in kept
    assert "bl$" not in kept


def test_vi_keys(start: Callable[..., Typist]) -> None:
    someone = start(AISHELL_UI_KEYS="vi")
    someone.does("ls one two$((1+1))\x1b", seen="N")  # of [N], the only thing drawn anew
    someone.runs("0wdw0dwiecho " + ENTER, seen="two2")
    someone.leaves()


@pytest.mark.parametrize("variables", [{"AISHELL_UI_PLAIN": "true"}, {"TERM": "dumb"}])
def test_a_plain_prompt_never_moves_the_cursor(start: Callable[..., Typist], variables: dict[str, str]) -> None:
    someone = start({"count": "seq 7 8"}, **variables)
    someone.runs("echo $((20+1))\n", seen="21")
    someone.does("count please, from seven\n", seen="taken as words")
    someone.runs("", seen="8")
    someone.does("lost", seen="lost")
    someone.runs("\x03", seen="\n")
    someone.runs("echo e$((1+1))nd\n", seen="e2nd")
    assert someone.leaves() == 0
    assert re.findall("\x1b[^m]*[^m0-9;[]", someone.all_seen) == []  # colours are no movement
    assert "\r\x1b" not in someone.all_seen


def test_without_a_model_the_prompt_comes_and_says_so(environment: dict[str, str], home: Path, tmp_path: Path) -> None:
    own = {"PROMPT_TOOLKIT_NO_CPR": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    someone = Typist(["--line"], {**environment, **own}, home)
    someone.sees("is not on this machine")
    assert "~ >" in someone.screen.partition("is not on")[0]
    someone.at_prompt()
    someone.runs("echo $((20+1))" + ENTER, seen="21")
    someone.leaves()


def test_line_is_the_only_option_of_a_session(aishell: Run, script: Script) -> None:
    assert aishell("--line", env=script({}), input="echo a\n").stdout == "a\n"
    assert aishell("--lines").returncode == 64


@pytest.mark.parametrize(
    ("wanted", "terminal", "started"),
    [
        ("auto", "xterm-256color", "full"),
        ("auto", "dumb", "line"),
        ("full", "", "line"),
        ("full", "tmux", "full"),
        ("line", "xterm", "line"),
    ],
)
def test_a_terminal_that_can_have_no_screen_gets_the_line_mode(wanted: str, terminal: str, started: str) -> None:
    assert front(wanted, terminal) == started  # type: ignore[arg-type]


def test_a_yes_or_no_that_answers_nothing_is_an_error_from_a_pipe_too(aishell: Run, script: Script) -> None:
    own = script({".": "echo asked"})
    for done in (aishell("-c", "y", env=own), aishell(env=own, input="n\n")):
        assert (done.returncode, done.stdout) == (64, "")
        assert "Nothing is being asked" in done.stderr
