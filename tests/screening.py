"""A person at the whole screen: a real shell, real files, real trials, and a model that says what a script tells it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from textual.pilot import Pilot
from textual.widget import Widget

from aishell import wiring
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.cli.screen import outside
from aishell.config.load import load
from aishell.config.paths import Paths
from aishell.core.errors import ModelUnavailable
from aishell.session import Session
from aishell.ui.app import AishellApp
from aishell.ui.outside import Outside
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.prompt import Prompt
from aishell.ui.widgets.proposal_block import ProposalBlock
from aishell.ui.widgets.status_line import Status, StatusLine

_PATIENCE_S = 20.0
_READ_S = 0.45
"""A person needs so long to read a question: keys before that are no answer to it."""

_Block = TypeVar("_Block", bound=Widget)


class Person:
    def __init__(self, app: AishellApp, pilot: Pilot[int], heard: ScriptedBackend) -> None:
        self.app = app
        self.pilot = pilot
        self.backend = heard

    @property
    def prompt(self) -> Prompt:
        return self.app.screen_stack[0].query_one(Prompt)

    @property
    def status(self) -> Status:
        return self.app.screen_stack[0].query_one(StatusLine).status

    def blocks(self, kind: type[_Block]) -> list[_Block]:
        return list(self.app.screen_stack[0].query(kind))

    def notices(self) -> str:
        return "\n".join(block.text for block in self.blocks(NoticeBlock))

    async def until(self, there: Callable[[], object]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while not there():
                await asyncio.sleep(0.01)
        await self.pilot.pause()

    async def types(self, text: str, *, enter: bool = True) -> None:
        """Into whatever has the focus."""
        await self.pilot.press(*("space" if each == " " else each for each in text), *(["enter"] if enter else []))

    async def sends(self, line: str) -> None:
        """A line from the prompt."""
        self.prompt.load(line)
        await self.pilot.pause()
        await self.pilot.press("enter")

    async def runs(self, line: str) -> CommandBlock:
        """A line of the shell's, to its end."""
        before = len(self.blocks(CommandBlock))
        await self.sends(line)
        await self.until(lambda: len(self.blocks(CommandBlock)) > before and not self.blocks(CommandBlock)[-1].running)
        return self.blocks(CommandBlock)[-1]

    async def asks(self, words: str) -> ProposalBlock:
        """For something that has to be agreed to; the block when an answer is possible."""
        before = len(self.blocks(ProposalBlock))
        await self.sends(words)
        await self.until(lambda: len(self.blocks(ProposalBlock)) > before)
        return await self.asked(before)

    async def asked(self, before: int = 0) -> ProposalBlock:
        await self.until(lambda: len(self.blocks(ProposalBlock)) > before)
        block = self.blocks(ProposalBlock)[-1]
        await self.until(lambda: block.answer or (block.has_focus and "enter" in block._keys()))
        await asyncio.sleep(_READ_S)
        return block

    async def answers(self, key: str) -> None:
        await self.pilot.press(key)
        await asyncio.sleep(0.1)


def text(block: CommandBlock) -> str:
    return block.output.plain_text()


def drawn(person: Person) -> str:
    return "\n".join(strip.text.rstrip() for strip in person.app.screen._compositor.render_strips())


def _move_in(home: Path, before: dict[str, str]) -> None:
    """Make `home` that of this process, with little else around it."""
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in before.items() if name in ("PATH", "PYTHONPATH")}
    os.environ.clear()
    os.environ.update({**kept, "HOME": str(home), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "SHELL": "/bin/bash"})
    os.environ["XDG_RUNTIME_DIR"] = str(home.parent / "run")
    os.chdir(home)


def _given(backend: ScriptedBackend, there: Callable[[], bool], settings: dict[str, str]) -> Outside:
    """What the real screen is given, with this model instead, once it is `there`."""
    paths = Paths.from_environment(dict(os.environ))
    loaded = load(paths.config_file, {"AISHELL_MODEL_BACKEND": "scripted", **settings})
    real = outside(loaded, paths)

    def open_session(wanted: bool) -> Session:
        if wanted and not there():
            raise ModelUnavailable("There is no model.", hint="Fetch one.")
        session = wiring.open_session(loaded.settings, paths, model=False, tell=real.sentences)
        session.planner._backend = session.backend = backend
        session.open_working = lambda of: wiring.open_working(of, loaded.settings, paths)
        return session

    return replace(real, open_session=open_session)


@asynccontextmanager
async def at_screen(
    home: Path,
    *lines: tuple[str, str],
    delay_s: float = 0.0,
    weight: float | None = None,
    size: tuple[int, int] = (90, 30),
    new: bool = False,
    model: bool | Callable[[], bool] = True,
    settings: dict[str, str] | None = None,
) -> AsyncGenerator[Person]:
    """Someone with a home of their own, in which the shell begins; this process's environment and folder are put back.

    `weight`: how likely the model finds each of its words. `new`: they are to be greeted. `model`: whether there is one.
    `settings`: AISHELL_* variables.
    """
    before, folder = dict(os.environ), Path.cwd()
    _move_in(home, before)
    backend = ScriptedBackend(tuple(Line(when=when, say=say, delay_s=delay_s, weight=weight) for when, say in lines))
    there = model if callable(model) else lambda: bool(model)
    given = _given(backend, there, settings or {})
    app = AishellApp(given if new else replace(given, first_run=None))
    try:
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot, backend)
            await person.until(lambda: person.status.model == ("script" if there() else ""))
            yield person
            await app._main._leave(0)
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)
