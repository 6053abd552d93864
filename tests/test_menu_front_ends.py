"""The menu as it is seen and used: on the screen and in the line mode."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from prompt_toolkit.application import create_app_session
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aishell.core.menu import Menu, Offer, Offered, Typed
from aishell.core.text import has_hidden
from aishell.ui.editing.sources import Sources
from aishell.ui.line_mode.adapters import Completing, Explained
from aishell.ui.line_mode.prompt import LinePrompt
from aishell.ui.widgets.completion_menu import CompletionMenu
from aishell.ui.words import speak
from tests.at_prompt import At, at_prompt
from tests.prompting import Around, driven, sources

BRANCHES = Offered(
    offers=(
        Offer(text="main", sort="branch", meaning="3 days ago: the work"),
        Offer(text="mine", sort="branch", meaning="a\x1b]52;c;aGk=\x07" + "long " * 50),
        Offer(text="报告", sort="branch", meaning="论文"),
    )
)


def at_once(typed: Typed) -> Iterator[Offered]:
    yield BRANCHES


class InTwo:
    """A menu whose second half comes when it is let."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def __call__(self, typed: Typed) -> Iterator[Offered]:
        yield Offered(offers=(*BRANCHES.offers[:1], Offer(text="most", sort="tag")), more=True)
        self.gate.wait(5)
        yield Offered(offers=(Offer(text="mad", sort="host"), *BRANCHES.offers, Offer(text="most", sort="tag")))


def rows(menu: CompletionMenu) -> list[str]:
    return [menu.render_line(y).text for y in range(menu.height)]


@driven
async def test_the_screen_shows_meanings_in_a_column_and_the_reason_below(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, menu=at_once)
    async with app.run_test(size=(80, 24)) as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("git checkout ")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await pilot.pause()
        seen = rows(menu)
        assert seen[0].split() == ["main", "3", "days", "ago:", "the", "work"]
        assert seen[0].index("3 days") == seen[1].index("a")
        assert "论文" in seen[2]
        assert "A branch of this repository" in seen[3]
        assert not any(has_hidden(row) for row in seen)
        assert menu.region.height == 4
        assert menu.region.right <= 80
        await at.presses("down", "enter")
        assert at.text == "git checkout mine "


@driven
async def test_the_menu_fits_where_there_is_hardly_any_room(tmp_path: Path) -> None:
    app = at_prompt(tmp_path, menu=at_once)
    async with app.run_test(size=(24, 3)) as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("git checkout ")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await pilot.pause()
        assert menu.region.right <= 24
        assert menu.region.bottom <= 3
        assert "main" in rows(menu)[0]


@driven
async def test_what_comes_later_joins_the_screens_menu_and_the_marked_row_stays_marked(tmp_path: Path) -> None:
    late = InTwo()
    app = at_prompt(tmp_path, menu=late)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("git checkout m")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        await at.presses("down")
        assert "most" in rows(menu)[menu.marked]
        late.gate.set()
        await at.sees(lambda: menu.shown == 4)
        assert "most" in rows(menu)[menu.marked]
        await at.presses("enter")
        assert at.text == "git checkout most "


@driven
async def test_the_only_candidate_waits_for_those_that_come_later(tmp_path: Path) -> None:
    late = InTwo()
    app = at_prompt(tmp_path, menu=late)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("git checkout mai")
        await at.presses("tab")
        await pilot.pause(0.1)
        assert (at.text, menu.is_open) == ("git checkout mai", False)
        late.gate.set()
        await at.sees(lambda: at.text == "git checkout main ")


@driven
async def test_typing_narrows_and_nothing_that_was_typed_meanwhile_is_lost(tmp_path: Path) -> None:
    late = InTwo()
    app = at_prompt(tmp_path, menu=late)
    async with app.run_test() as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("git checkout m")
        await at.presses("tab")
        await at.types("in")
        late.gate.set()
        await at.sees(lambda: not menu.is_open or menu.shown == 1)
        assert at.text == "git checkout min"


@driven
async def test_a_reason_is_said_in_the_persons_language(tmp_path: Path) -> None:
    app = Around(replace(sources(tmp_path, menu=at_once), say=speak("zh")), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        at = At(pilot, app)
        menu = app.query_one(CompletionMenu)
        await at.types("git checkout ")
        await at.presses("tab")
        await at.sees(lambda: menu.is_open)
        assert "本仓库的分支" in rows(menu)[-1]


# ---- the line mode


def completions(folder: Path, text: str, menu: Menu) -> list[Explained]:
    completing = Completing(sources(folder, menu=menu), lambda: str(folder))
    found = completing.get_completions(Document(text, len(text)), None)  # type: ignore[arg-type]
    return [each for each in found if isinstance(each, Explained)]


def test_the_line_mode_shows_meanings_beside_and_knows_the_reason(tmp_path: Path) -> None:
    first, second, third = completions(tmp_path, "git checkout ", at_once)
    assert (first.text, first.display_meta_text) == ("main", "3 days ago: the work")
    assert "A branch of this repository" in first.why
    assert not has_hidden(second.display_meta_text)
    assert len(second.display_meta_text) <= 80
    assert third.text == "报告"


def test_the_line_mode_appends_what_comes_later_and_repeats_nothing(tmp_path: Path) -> None:
    late = InTwo()
    late.gate.set()
    assert [each.text for each in completions(tmp_path, "git checkout m", late)] == ["main", "most", "mad", "mine"]


async def typed(given: Sources, folder: Path, *keys: str) -> tuple[str, list[str]]:
    """The line that comes of `keys`, and what was told below the prompt after each."""
    told = []
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        prompt = LinePrompt(given, private=lambda: False, keys="emacs")
        asked = asyncio.ensure_future(prompt.ask("~", str(folder), lambda: None))
        for key in keys:
            pipe.send_text(key)
            await asyncio.sleep(0.15)
            told.append(str(prompt._session.bottom_toolbar or ""))
        return await asyncio.wait_for(asked, 5), told


@driven
async def test_tab_marks_the_first_enter_takes_it_and_the_reason_stands_below(tmp_path: Path) -> None:
    line, told = await typed(sources(tmp_path, menu=at_once), tmp_path, "git checkout ", "\t", "\x1b[B", "\r", "x", "\r")
    assert line == "git checkout minex"
    assert "A branch" in told[1]
    assert "A branch" in told[2]
    assert told[4] == ""


@driven
async def test_the_line_mode_waits_for_late_sources_only_where_they_decide(tmp_path: Path) -> None:
    late = InTwo()
    line, _ = await typed(sources(tmp_path, menu=late), tmp_path, "git checkout m", "\t", "\r", "\r")
    assert line == "git checkout main"
    late.gate.set()
    line, _ = await typed(sources(tmp_path, menu=late), tmp_path, "git checkout min", "\t", "\r")
    assert line == "git checkout mine "
