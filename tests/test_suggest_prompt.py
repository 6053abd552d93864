"""Suggestions at the prompts of the screen and of the line mode, over a real history and with the judge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aishell.cli.sources import open_sources
from aishell.config.paths import Paths
from aishell.config.settings import Settings, SuggestSettings
from aishell.core.suggestions import Suggestion
from aishell.ui.editing.sources import Sources
from aishell.ui.line_mode.prompt import LinePrompt
from tests.at_prompt import At
from tests.prompting import Around, driven

END, ENTER = "\x05", "\r"


def given(home: Path, lines: Iterable[str], settings: Settings | None = None) -> Sources:
    """As `aishell` makes them, over a history of these lines."""
    paths = Paths.from_environment({"HOME": str(home)})
    paths.state.mkdir(parents=True)
    (paths.state / "line_history").write_text("".join(f"\n# x\t/srv\n+{line}\n" for line in lines))
    return open_sources(paths, settings or Settings())


async def ready(sources: Sources) -> None:
    """A prompt reads the history behind itself."""
    sources.finder.prepare("/srv")
    sources.prepare()
    assert sources.suggest
    async with asyncio.timeout(20):
        while not [one async for one in sources.suggest("tru", 3, "/srv")]:
            await asyncio.sleep(0.02)


HABIT = ["make all", "./serve --now", "true"] * 6 + ["rm -rf build", "reboot"] * 9


@driven
async def test_the_next_line_stands_there_before_a_key_and_what_destroys_never_does(tmp_path: Path) -> None:
    sources = given(tmp_path, HABIT)
    await ready(sources)
    app = Around(sources, Path("/srv"))
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("make a")
        await at.sees(lambda: at.area.ghost == "ll")
        await at.presses("end", "enter")
        await at.sees(lambda: at.area.ghost == "./serve --now")
        await at.presses("right")
        assert at.text == "./serve --now"
        await at.presses("ctrl+u")
        for text in ("r", "rm ", "reb"):
            await at.types(text)
            await pilot.pause(0.1)
            assert at.area.ghost == ""
            await at.presses("ctrl+u")


@driven
async def test_a_line_that_fails_is_not_offered_any_more(tmp_path: Path) -> None:
    sources = given(tmp_path, HABIT)
    await ready(sources)
    app = Around(sources, Path("/srv"))
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("make al")
        await at.sees(lambda: at.area.ghost == "l")
        await at.presses("end", "enter")
        sources.ended("make all", 2)
        await at.types("make al")
        await pilot.pause(0.1)
        assert at.area.ghost == ""


@driven
async def test_words_show_the_command_they_would_become_and_a_key_puts_it_in_their_place(tmp_path: Path) -> None:
    async def suggest(text: str, cursor: int, folder: str) -> AsyncIterator[Suggestion]:
        if text == "how big is this folder":
            yield Suggestion(line="du -sh .", source="model")

    sources = replace(given(tmp_path, ["ls"]), suggest=suggest)
    app = Around(sources, Path("/srv"))
    async with app.run_test() as pilot:
        at = At(pilot, app)
        await at.types("how big is this folder")
        await at.sees(lambda: at.area.ghost == "  → du -sh .")
        await at.presses("right")
        assert at.text == "du -sh ."


@driven
async def test_with_all_sources_off_nothing_is_offered(tmp_path: Path) -> None:
    off = Settings(suggest=SuggestSettings(history=False, next=False, memory=False, tldr=False, model=False))
    sources = given(tmp_path, HABIT, off)
    sources.prepare()
    await asyncio.sleep(0.3)
    assert sources.suggest
    assert [one async for one in sources.suggest("ma", 2, "/srv")] == []
    assert sources.at_once("ma", "/srv") == ""


@driven
async def test_the_line_mode_offers_the_same(tmp_path: Path) -> None:
    sources = given(tmp_path, HABIT)
    await ready(sources)
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        prompt = LinePrompt(sources, private=lambda: False, keys="emacs")

        async def line(*keys: str) -> str:
            asked = asyncio.ensure_future(prompt.ask("~", "/srv", lambda: None))
            for key in keys:
                await asyncio.sleep(0.2)
                pipe.send_text(key)
            return await asyncio.wait_for(asked, 5)

        assert await line("make a", END, ENTER) == "make all"
        assert await line(END, ENTER) == "./serve --now"
        assert await line("rm", END, ENTER) == "rm"


@driven
async def test_a_slow_suggestion_holds_up_no_later_one(tmp_path: Path) -> None:
    async def suggest(text: str, cursor: int, folder: str) -> AsyncIterator[Suggestion]:
        if text == "mak":
            await asyncio.sleep(60)
        yield Suggestion(line=f"{text} quickly", source="history")

    sources = replace(given(tmp_path, ["ls"]), suggest=suggest)
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        prompt = LinePrompt(sources, private=lambda: False, keys="emacs")
        asked = asyncio.ensure_future(prompt.ask("~", "/srv", lambda: None))
        for key in ("mak", "e", END, ENTER):
            await asyncio.sleep(0.2)
            pipe.send_text(key)
        assert await asyncio.wait_for(asked, 5) == "make quickly"
