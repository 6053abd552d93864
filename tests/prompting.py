"""A prompt on real sources, and a small app around it for the tests of the screen's prompt."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Literal, ParamSpec

from textual.app import App, ComposeResult
from textual.message import Message

from aishell.core.menu import Menu
from aishell.planner.route import route
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.finding import Finder
from aishell.ui.editing.history import LineHistory
from aishell.ui.editing.sources import ByMeaning, Sources
from aishell.ui.editing.suggestion import Suggest
from aishell.ui.widgets.prompt import Prompt

Given = ParamSpec("Given")

COMMANDS = frozenset("ls cat git echo cd grep find make sudo true for python".split())


def sources(
    folder: Path,
    *,
    typed: Iterable[str] = (),
    suggest: Suggest | None = None,
    by_meaning: ByMeaning | None = None,
    menu: Menu | None = None,
    environment: Callable[[], dict[str, str]] = lambda: dict(os.environ),
) -> Sources:
    """Over a history file below `folder`, in which `typed` was typed there."""
    history = LineHistory(folder / "history", str)
    for line in typed:
        history.add(line, str(folder))
    finder = Finder(history)
    finder.prepare(str(folder))
    return Sources(
        history=history,
        finder=finder,
        completer=Completer(Commands(lambda: str(folder / "bin"), lambda: COMMANDS), environment, menu),
        route=lambda line: route(line, COMMANDS.__contains__, os.path.exists),
        is_command=COMMANDS.__contains__,
        suggest=suggest,
        by_meaning=by_meaning,
    )


class Around(App[None]):
    """Nothing but the prompt; keeps what it is told."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, given: Sources, folder: Path, keys: Literal["emacs", "vi"] = "emacs") -> None:
        super().__init__()
        self.prompt = Prompt(given, keys=keys, folder=str(folder))
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.prompt

    def on_mount(self) -> None:
        self.prompt.focus()

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        self.told.append(message)

    def on_prompt_route_flipped(self, message: Prompt.RouteFlipped) -> None:
        self.told.append(message)

    def on_prompt_cancelled(self, message: Prompt.Cancelled) -> None:
        self.told.append(message)

    def on_prompt_interrupted(self, message: Prompt.Interrupted) -> None:
        self.told.append(message)

    def on_prompt_end_of_input(self, message: Prompt.EndOfInput) -> None:
        self.told.append(message)


def driven(test: Callable[Given, Awaitable[None]]) -> Callable[Given, None]:
    """A test that awaits, for pytest, which does not."""

    @functools.wraps(test)
    def run(*arguments: Given.args, **named: Given.kwargs) -> None:
        async def go() -> None:
            await test(*arguments, **named)

        asyncio.run(go())

    return run
