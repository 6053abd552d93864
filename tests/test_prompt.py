"""The screen's prompt, driven by keys: every message, and what is seen before Enter."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from aishell.core.text import has_hidden
from aishell.ui.widgets.history_search import HistorySearch
from aishell.ui.widgets.prompt import Prompt
from aishell.ui.widgets.prompt_signs import ModeSign, Notice, RouteBadge
from aishell.ui.widgets.terminal_keys import learn_keys
from tests.at_prompt import At, at_prompt
from tests.prompting import driven


@driven
async def test_a_line_is_submitted_with_its_route(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("ls -l")
        await at.presses("enter")
        await at.types("?ls")
        await at.presses("enter")
        await at.types("list my big files please")
        await at.presses("enter")
        await at.types("# later")
        await at.presses("enter")
        await at.presses("enter")  # an empty line is nothing
        assert at.told() == [
            ("Submitted", {"text": "ls -l", "route": "shell", "line": "ls -l"}),
            ("Submitted", {"text": "?ls", "route": "words", "line": "ls"}),
            ("Submitted", {"text": "list my big files please", "route": "words", "line": "list my big files please"}),
            ("Submitted", {"text": "# later", "route": "comment", "line": "# later"}),
        ]
        assert at.text == ""


@driven
async def test_keys_that_wait_already_go_into_the_next_line(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        for key, character in (("l", "l"), ("s", "s"), ("enter", "\r"), ("c", "c"), ("d", "d"), ("enter", "\r")):
            at.area.post_message(events.Key(key, character))
        await pilot.pause()
        assert [told["text"] for _, told in at.told()] == ["ls", "cd"]


@driven
async def test_the_route_is_seen_before_enter_and_one_key_turns_it_round(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("find")
        assert "shell" in at.shown(RouteBadge)
        await at.types(" my big files")
        assert "words" in at.shown(RouteBadge)
        await at.presses("shift+tab")
        assert at.text == "!find my big files"
        assert "shell" in at.shown(RouteBadge)
        await at.presses("shift+tab")
        assert at.text == "find my big files"
        assert at.told() == [("RouteFlipped", {"route": "shell"}), ("RouteFlipped", {"route": "words"})]
        await at.presses("ctrl+u")
        await at.types("remember that x is y")
        assert "note" in at.shown(RouteBadge)
        await at.presses("ctrl+u")
        await at.types("#x")
        assert "kept" in at.shown(RouteBadge)


@driven
async def test_ctrl_c_drops_the_line_and_then_interrupts(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("abc")
        await at.presses("ctrl+c")
        assert at.text == ""
        await at.presses("ctrl+c")
        assert at.told() == [("Cancelled", {"text": "abc"}), ("Interrupted", {})]


@driven
async def test_ctrl_d_ends_the_input_only_when_the_line_is_empty(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("ab")
        await at.presses("ctrl+a", "ctrl+d")
        assert at.text == "b"
        assert at.told() == []
        await at.presses("ctrl+d", "ctrl+d")
        assert at.told() == [("EndOfInput", {})]


@driven
async def test_enter_goes_on_where_a_shell_would_ask_for_more_and_words_are_sent(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("echo 'a")
        await at.presses("enter")
        await at.types("b'")
        assert at.text == "echo 'a\nb'"
        assert at.area.size.height == 2
        await at.presses("enter")
        await at.types("what's eating my disk")
        await at.presses("enter")
        assert [told["text"] for _, told in at.told()] == ["echo 'a\nb'", "what's eating my disk"]


@pytest.mark.parametrize("key", ["alt+enter", "shift+enter", "ctrl+j"])
@driven
async def test_a_new_row_can_be_typed(tmp_path: Path, key: str) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("ls")
        await at.presses(key)
        await at.types("cd")
        assert at.text == "ls\ncd"


@pytest.mark.parametrize(
    ("sequence", "key"), [("\x1b\r", "alt+enter"), ("\x1b.", "alt+full_stop"), ("\x1b#", "alt+number_sign"), ("\x1bd", "alt+d")]
)
def test_alt_with_a_sign_is_told_from_the_sign(sequence: str, key: str) -> None:
    learn_keys()
    parser = XTermParser()
    assert [event.key for event in (*parser.feed(sequence), *parser.feed("")) if isinstance(event, events.Key)] == [key]


@driven
async def test_vi_keys_have_a_sign_and_edit(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, keys="vi", typed=["git push"])
    async with app.run_test() as pilot:
        at = At(pilot, app)
        assert at.shown(ModeSign) == "[I]"
        await at.types("git commit all")
        await at.presses("escape")
        assert at.shown(ModeSign) == "[N]"
        await at.types("0wcwadd")
        await at.presses("escape", "u")
        assert at.text == "git commit all"
        await at.types("dd")
        assert at.text == ""
        await at.presses("k")
        assert at.text == "git push"
        await at.presses("A", "x", "enter")
        assert at.shown(ModeSign) == "[I]"
        assert [told["text"] for _, told in at.told()] == ["git pushx"]
        await at.presses("escape", "slash")
        assert app.query_one(HistorySearch).display


@driven
async def test_emacs_keys_edit_and_undo_takes_back(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, typed=["cp a 'b c'"])
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("cat one two")
        await at.presses("ctrl+w", "ctrl+w")
        assert at.text == "cat "
        await at.presses("ctrl+underscore")
        assert at.text == "cat one "
        await at.presses("ctrl+y")
        assert at.text == "cat one one two"
        await at.presses("ctrl+u")
        await at.types("echo ")
        await at.presses("alt+full_stop")
        assert at.text == "echo 'b c'"
        await at.presses("alt+number_sign")
        assert at.told()[-1] == ("Submitted", {"text": "#echo 'b c'", "route": "comment", "line": "#echo 'b c'"})


@driven
async def test_a_paste_never_runs_and_hides_nothing(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.pastes("echo a\r\nrm -rf x\r\n")
        assert at.told() == []
        assert at.text == "echo a\nrm -rf x"
        assert "2 lines" in at.shown(Notice)
        await at.types("x")
        assert at.shown(Notice) == ""
        await at.presses("ctrl+c")
        await at.pastes("ls \x1b[201~\u202e\x08")
        assert not has_hidden(at.text)
        assert "cannot be seen" in at.shown(Notice)


@driven
async def test_wide_characters_put_the_cursor_where_it_belongs(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        start = at.area.cursor_screen_offset.x
        await at.types("列出")
        await at.pastes("e\u0301文件")
        assert app.cursor_position.x - start == 9  # where an input method opens its window
        await at.presses("left")
        assert app.cursor_position.x - start == 7
        await at.presses("left", "left")
        assert app.cursor_position.x - start == 4
        await at.presses("backspace")
        assert at.text == "列e\u0301文件"


@driven
async def test_a_line_typed_in_private_or_behind_a_blank_is_not_kept(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types(" ls one")
        await at.presses("enter")
        app.prompt.private = True
        await at.types("ls two")
        await at.presses("enter")
        app.prompt.private = False
        await at.types("ls three")
        await at.presses("enter")
        kept = (tmp_path / "history").read_text()
        assert "+ls three" in kept
        assert "one" not in kept
        assert "two" not in kept


@driven
async def test_a_command_has_colours_and_words_have_none(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("ls -l 'a'")
        assert len({segment.style for segment in at.area.render_line(0) if segment.text.strip()}) >= 3
        await at.presses("shift+tab")
        assert len({segment.style for segment in at.area.render_line(0) if segment.text.strip()}) == 1


@driven
async def test_the_screen_can_put_a_command_in_to_edit(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        app.prompt.load("find . -size +1G\x1b[2J")
        await at.presses("backspace")
        assert at.text == "find . -size +1G␛[2"
        assert app.prompt.route == "shell"


@driven
async def test_the_prompt_grows_and_then_scrolls(tmp_path: Path) -> None:
    app = at_prompt(tmp_path)
    async with app.run_test(size=(60, 24)) as pilot:
        at = At(pilot, app)
        await at.pastes("\n".join(f"echo {number}" for number in range(30)))
        assert at.area.size.height == 10
        assert at.area.cursor_screen_offset.y < 24
        assert isinstance(app.prompt, Prompt)
