"""What the screen's prompt offers: suggestions, completions, and lines typed before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from aishell.core.text import has_hidden
from aishell.ui.editing.suggestion import Suggestion
from aishell.ui.widgets.completion_menu import CompletionMenu
from aishell.ui.widgets.history_search import HistorySearch
from aishell.ui.widgets.prompt_text import PromptText
from aishell.ui.widgets.rows import Rows
from tests.at_prompt import At, at_prompt
from tests.prompting import driven


@driven
async def test_what_was_typed_before_is_offered_and_taken_whole_or_by_word(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, typed=["git commit -m 'x y'"])
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("git")
        await at.sees(lambda: at.area.ghost == " commit -m 'x y'")
        await at.presses("ctrl+right")
        assert at.text == "git commit"
        await at.presses("ctrl+b")  # in the middle of the line nothing is offered
        assert at.area.ghost == ""
        await at.presses("ctrl+e", "x", "backspace", "end")
        assert at.text == "git commit -m 'x y'"
        await at.presses("ctrl+u", "g")
        await at.presses("right")
        assert at.text == "git commit -m 'x y'"


@driven
async def test_a_better_suggestion_comes_later_and_only_for_what_is_typed(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def suggest(text: str, cursor: int, folder: str) -> AsyncIterator[Suggestion]:
        yield Suggestion(line=f"{text} --first", source="model")
        await gate.wait()
        yield Suggestion(line="something else", source="history")
        yield Suggestion(line=f"{text} --second", source="model")

    app = at_prompt(tmp_path, suggest=suggest)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("make")
        await at.sees(lambda: at.area.ghost == " --first")
        gate.set()
        await at.sees(lambda: at.area.ghost == " --second")


@driven
async def test_tab_completes_what_is_clear_and_opens_a_menu_for_the_rest(tmp_path: Path) -> None:
    for name in ("report one", "report two", "other"):
        (tmp_path / name).touch()
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("cat r")
        await at.presses("tab")
        await at.sees(lambda: at.text == "cat report\\ ")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await at.presses("down", "enter")
        assert at.text == "cat report\\ two "
        assert not menu.is_open
        await at.types("o")
        await at.presses("tab")
        await at.sees(lambda: at.text == "cat report\\ two other ")
        assert at.told() == []


@driven
async def test_the_menu_goes_round_narrows_and_closes(tmp_path: Path) -> None:
    for name in ("aa1", "aa2", "ab"):
        (tmp_path / name).touch()
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("cat a")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await at.presses("up")
        assert menu.marked == 2
        await at.presses("tab")
        assert menu.marked == 0
        await at.types("a")
        await at.sees(lambda: menu.shown == 2)
        await at.presses("escape")
        assert not menu.is_open
        assert at.text == "cat aa"
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await at.presses("ctrl+c")
        assert not menu.is_open
        assert at.text == ""


@driven
async def test_a_menu_stays_on_a_small_screen(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"a-rather-long-name-of-a-file-{number}").touch()
    app = at_prompt(tmp_path)
    async with app.run_test(size=(40, 10)) as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("cat a-rather-long-name-of-a-file-")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await pilot.pause()
        assert menu.region.x >= 0
        assert menu.region.right <= 40
        assert menu.region.bottom <= 10
        assert app.query_one(PromptText).cursor_screen_offset.y not in range(menu.region.y, menu.region.bottom)


@driven
async def test_hostile_names_are_shown_harmless_and_written_readable(tmp_path: Path) -> None:
    (tmp_path / "evil\x1b]52;c;aGk=\x07\n1").touch()
    (tmp_path / "evil\x1b[2J2").touch()
    app = at_prompt(tmp_path)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("cat e")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open or at.text != "cat e")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        rows = [menu.render_line(y).text for y in range(menu.shown)]
        assert not any(has_hidden(row) for row in rows)
        assert any("␛" in row for row in rows)
        await at.presses("enter")
        assert "\x1b" not in at.text
        assert "\\x1b" in at.text


@driven
async def test_up_and_down_go_through_what_begins_the_same(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, typed=["git a", "ls", "echo 'x\ny'", "git b"])
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("git")
        await at.presses("up", "up", "up")
        assert at.text == "git a"
        await at.presses("down", "down")
        assert at.text == "git"
        await at.presses("ctrl+u", "up", "up")
        assert at.text == "echo 'x\ny'"
        await at.presses("up")
        assert at.text == "ls"
        await at.presses("ctrl+c", "alt+less_than_sign")
        assert at.text == "git a"
        await at.presses("alt+greater_than_sign")
        assert at.text == ""


@driven
async def test_up_moves_within_a_text_of_several_rows_first(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, typed=["ls"])
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("one")
        await at.presses("alt+enter")
        await at.types("two")
        await at.presses("up")
        assert at.area.cursor_location == (0, 3)
        assert at.text == "one\ntwo"


@driven
async def test_ctrl_r_finds_lines_by_their_words_and_by_meaning(tmp_path: Path) -> None:
    async def by_meaning(words: str) -> Sequence[str]:
        return ["docker ps", "tar czf backup.tgz ."] if "archive" in words else []

    app = at_prompt(tmp_path, typed=["docker ps", "ls", "docker run web"], by_meaning=by_meaning)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        search = app.query_one(HistorySearch)
        rows = search.query_one(Rows)
        await at.presses("ctrl+r")
        await at.types("docker")
        assert rows.shown == 2
        await at.presses("up", "enter")
        assert at.text == "docker ps"
        assert app.focused is at.area
        assert at.told() == []  # it is put into the line, and not sent
        await at.presses("ctrl+u", "ctrl+r")
        await at.types("archive")
        await at.sees(lambda: rows.shown == 2 and "meaning" in rows.render_line(0).text)
        await at.presses("escape")
        assert at.text == ""
        assert not search.display
