"""The line mode: a person types into the real command on a pseudo-terminal, with a scripted model."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.ui.line_mode import front
from tests.conftest import Run
from tests.test_terminal import Person

Script = Callable[..., dict[str, str]]
ENTER, TAB, RIGHT, UP, BACK_TAB = "\r", "\t", "\x1b[C", "\x1b[A", "\x1b[Z"


@pytest.fixture
def at_prompt(environment: dict[str, str], script: Script, home: Path) -> Callable[..., Person]:
    def start(lines: dict[str, str] | None = None, **variables: str) -> Person:
        someone = Person(["--line"], {**environment, **script(lines or {}), **variables}, home)
        someone.sees("~ >")
        return someone

    return start


def leaves(someone: Person) -> int:
    someone.types("\x04")
    return someone.status()


def after(someone: Person, keys: str, *, seen: str) -> None:
    """Types `keys` and waits for what is new on the screen."""
    someone.screen = ""
    someone.types(keys)
    someone.sees(seen)


def test_the_route_is_seen_before_enter_and_a_key_turns_it_round(at_prompt: Callable[..., Person], home: Path) -> None:
    someone = at_prompt({"touch": "echo from the model"})
    after(someone, "touch made", seen="shell")
    assert not (home / "made").exists()
    after(someone, BACK_TAB, seen="words")
    after(someone, ENTER, seen="from the model")
    assert not (home / "made").exists()
    assert leaves(someone) == 0


def test_what_was_typed_before_is_offered_also_in_the_next_session(at_prompt: Callable[..., Person]) -> None:
    someone = at_prompt()
    after(someone, "echo one$((1+1))two" + ENTER, seen="one2two")
    leaves(someone)
    again = at_prompt()
    time.sleep(0.5)  # the history is read behind the prompt
    after(again, "echo o", seen="ne$((1+1))two")
    after(again, RIGHT + ENTER, seen="one2two")
    after(again, UP + "x" + ENTER, seen="one2twox")
    leaves(again)


def test_completion_writes_a_hostile_name_so_that_the_shell_reads_it(at_prompt: Callable[..., Person], home: Path) -> None:
    (home / "it's \x1b[31mred\n$(touch pwned)").write_text("inside")
    someone = at_prompt()
    after(someone, "cat it" + TAB, seen="\\x1b[31mred\\n$(touch pwned)'")
    after(someone, ENTER, seen="inside")
    assert "\x1b[31mred" not in someone.screen
    assert not (home / "pwned").exists()
    leaves(someone)


def test_ctrl_r_finds_by_words_and_only_puts_the_line_in(at_prompt: Callable[..., Person], home: Path) -> None:
    someone = at_prompt()
    after(someone, "echo apple$((1+1))tart" + ENTER, seen="apple2tart")
    after(someone, "echo pear" + ENTER, seen="pear")
    after(someone, "\x12tart apple", seen="echo apple$((1+1))tart")
    someone.types("\x1b[B")  # the first one
    someone.types(ENTER)
    after(someone, ENTER, seen="apple2tart")
    leaves(someone)


def test_an_unfinished_line_goes_on_in_the_next_row(at_prompt: Callable[..., Person]) -> None:
    someone = at_prompt()
    after(someone, "for i in 1 2; do" + ENTER, seen=" ")
    after(someone, "echo n$i; done" + ENTER, seen="n2")
    after(someone, "echo a\x1b\recho b$((1+1))" + ENTER, seen="b2")
    leaves(someone)


def test_a_paste_waits_for_enter_and_hides_nothing(at_prompt: Callable[..., Person], home: Path) -> None:
    someone = at_prompt()
    after(someone, "\x1b[200~touch a\x08\ntouch b\n\x1b[201~", seen="␈")
    time.sleep(0.5)
    assert not (home / "b").exists()
    after(someone, ENTER, seen="~ >")
    assert (home / "b").exists()
    leaves(someone)


def test_ctrl_c_drops_the_line(at_prompt: Callable[..., Person], home: Path) -> None:
    someone = at_prompt()
    someone.types("touch made")
    someone.types("\x03")
    after(someone, "echo $((20+1))" + ENTER, seen="21")
    assert not (home / "made").exists()
    leaves(someone)


def test_comments_are_kept_and_not_run_and_private_lines_are_not_kept(at_prompt: Callable[..., Person], home: Path) -> None:
    someone = at_prompt()
    someone.types("# for later" + ENTER)
    after(someone, "private on" + ENTER, seen="(private)")
    after(someone, "echo sec$((1+1))ret" + ENTER, seen="sec2ret")
    after(someone, "private off" + ENTER, seen="remembered again")
    after(someone, " echo bl$((1+1))ank" + ENTER, seen="bl2ank")
    leaves(someone)
    kept = (home / ".local" / "state" / "aishell" / "line_history").read_text()
    assert "+# for later" in kept
    assert "+private on" in kept
    assert "ret" not in kept.replace("private", "")
    assert "ank" not in kept


def test_vi_keys(at_prompt: Callable[..., Person]) -> None:
    someone = at_prompt(AISHELL_UI_KEYS="vi")
    assert "[I]" in someone.screen
    someone.types("ls one two$((1+1))")
    someone.types("\x1b")
    someone.sees("[N]")
    someone.screen = ""
    someone.types("0wdw0dwiecho ")
    after(someone, ENTER, seen="two2")
    leaves(someone)


@pytest.mark.parametrize("variables", [{"AISHELL_UI_PLAIN": "true"}, {"TERM": "dumb"}])
def test_a_plain_prompt_never_moves_the_cursor(at_prompt: Callable[..., Person], variables: dict[str, str]) -> None:
    someone = at_prompt({"count": "seq 7 8"}, **variables)
    after(someone, "echo $((20+1))\n", seen="21")
    after(someone, "count please, from seven\n", seen="8")
    assert "taken as words" in someone.screen
    after(someone, "lost\x03", seen="~ > ")
    after(someone, "echo e$((1+1))nd\n", seen="e2nd")
    assert "\x1b" not in someone.screen
    assert leaves(someone) == 0


def test_without_a_model_the_prompt_comes_and_says_so(environment: dict[str, str], home: Path, tmp_path: Path) -> None:
    someone = Person(["--line"], {**environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}, home)
    someone.sees("~ >")
    someone.sees("is not on this machine")
    after(someone, "echo $((20+1))" + ENTER, seen="21")
    leaves(someone)


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
