"""The line mode's prompt on a pipe instead of a terminal: what comes later than the keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aishell.ui.editing.sources import Sources
from aishell.ui.editing.suggestion import Suggestion
from aishell.ui.line_mode.prompt import LinePrompt
from tests.prompting import driven, sources

END, ENTER, CTRL_R, DOWN, FLIP = "\x1b[F", "\r", "\x12", "\x1b[B", "\x1b[Z"


async def line(given: Sources, folder: Path, *keys: str) -> str:
    """The line that comes of `keys`, with time between them for what is looked up."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        prompt = LinePrompt(given, private=lambda: False, keys="emacs")
        asked = asyncio.ensure_future(prompt.ask("~", str(folder), lambda: None))
        for key in keys:
            pipe.send_text(key)
            await asyncio.sleep(0.15)
        return await asyncio.wait_for(asked, 5)


@driven
async def test_a_better_suggestion_replaces_the_first(tmp_path: Path) -> None:
    async def suggest(text: str, cursor: int, folder: str) -> AsyncIterator[Suggestion]:
        await asyncio.sleep(0.02)
        yield Suggestion(line="something else", source="history")
        yield Suggestion(line=f"{text} --better", source="model")

    given = sources(tmp_path, typed=["make test"], suggest=suggest)
    assert await line(given, tmp_path, "make", END, ENTER) == "make --better"


@driven
async def test_a_search_finds_by_meaning_what_its_words_do_not(tmp_path: Path) -> None:
    async def by_meaning(words: str) -> Sequence[str]:
        return ["tar czf b.tgz ."] if words == "archive" else []

    given = sources(tmp_path, typed=["ls"], by_meaning=by_meaning)
    assert await line(given, tmp_path, CTRL_R, "archive", DOWN, ENTER, ENTER) == "tar czf b.tgz ."


@driven
async def test_a_flip_keeps_the_cursor_where_it_was(tmp_path: Path) -> None:
    assert await line(sources(tmp_path), tmp_path, "ls -l", "\x02", FLIP, "a", ENTER) == "?ls -al"


@driven
async def test_the_only_candidate_is_written_and_enter_sends(tmp_path: Path) -> None:
    (tmp_path / "a b").touch()
    assert await line(sources(tmp_path), tmp_path, "cat a", "\t", ENTER) == "cat a\\ b "
