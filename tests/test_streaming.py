"""What is made is seen at once: the next part is made only after the last has been seen, so nothing can be gathered first."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from aishell import wiring
from aishell.backends.scripted import ScriptedBackend
from aishell.cli.options import Options
from aishell.cli.words import Turn
from aishell.core.types import Piece, Prompt, Restarted, Usage
from aishell.session import Session
from tests.screening import Person, at_screen
from tests.stage import on_loop
from tests.test_line_mode import start
from tests.typist import Typist

__all__ = ["start"]

_PARTS = ("alpha", "bravo", "charlie", "delta")
_ONE_BY_ONE = "for part in {parts}; do printf '<%s>' $part; until [ -e $part ]; do sleep 0.01; done; done"
"""A program that prints without newlines, and goes on only when somebody who has seen a part has made a file of its name."""


class Halting(ScriptedBackend):
    """Says a reply part by part, and each only when it is told that the one before has been seen."""

    def __init__(self, *parts: str) -> None:
        super().__init__(())
        self._parts = parts
        self.seen = asyncio.Semaphore(0)
        self.said: list[str] = []

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        for part in self._parts:
            self.said.append(part)
            yield Piece(text=f"{part} ")
            await self.seen.acquire()
        yield Usage(finish="stop", prompt_tokens=1, reused_tokens=0, reply_tokens=len(self._parts))


async def drawn(person: Person, text: str) -> None:
    """Returns when the terminal is shown it."""
    await person.until(lambda: any(text in strip.text for strip in person.app.screen._compositor.render_strips()))


def halt(session: Session) -> Halting:
    """Gives a session a model that halts."""
    session.planner._backend = halting = Halting(*_PARTS)
    return halting


@on_loop
async def test_output_is_drawn_before_the_program_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with at_screen(home) as person:
        await person.sends(_ONE_BY_ONE.format(parts=" ".join(_PARTS)))
        for part in _PARTS:
            await drawn(person, f"<{part}>")
            (home / part).touch()
        await drawn(person, "✓")


@on_loop
async def test_output_of_a_command_from_words_is_drawn_before_there_is_more(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with at_screen(home, ("show", "cat pipe")) as person:
        os.mkfifo(home / "pipe")
        await person.sends("show what comes out of that pipe")
        with await asyncio.to_thread((home / "pipe").open, "w") as pipe:
            for part in _PARTS:
                print(f"<{part}>", end="", file=pipe, flush=True)
                await drawn(person, f"<{part}>")
        await drawn(person, "✓")


@on_loop
async def test_an_explanation_is_drawn_before_the_model_goes_on(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("kill", "kill 99999999")) as person:
        await person.asks("kill that program for good")
        assert person.app._main._parts
        halting = halt(person.app._main._parts.session)
        await person.answers("x")
        for count, part in enumerate(_PARTS, 1):
            await drawn(person, part)
            assert halting.said == list(_PARTS[:count])
            halting.seen.release()


def test_the_line_mode_shows_output_before_the_program_goes_on(start: Callable[..., Typist], home: Path) -> None:
    someone = start()
    os.write(someone._terminal, f"{_ONE_BY_ONE.format(parts=' '.join(_PARTS))}\r".encode())
    for part in _PARTS:
        someone.sees(f"<{part}>")
        (home / part).touch()
    someone.screen = ""
    someone.at_prompt()
    assert someone.leaves() == 0


def test_the_line_mode_shows_an_explanation_before_the_model_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        loaded, paths = wiring.settings()
        session = wiring.open_session(loaded.settings, paths, model=False)
        halting = halt(session)
        explaining = asyncio.ensure_future(Turn(session, Options("ls -l"), 0.0, None).explain("ls -l", ""))
        shown = ""
        async with asyncio.timeout(20):
            for count, part in enumerate(_PARTS, 1):
                while part not in shown:
                    await asyncio.sleep(0.01)
                    shown += capfd.readouterr().out
                assert halting.said == list(_PARTS[:count])
                halting.seen.release()
            assert await explaining == 0
        await session.close()

    asyncio.run(go())
