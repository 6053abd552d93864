"""A small app that shows widgets as the screen does, and tells what is drawn and what was said."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import wraps
from typing import ParamSpec

from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from aishell.ui.themes import THEMES, ansi_color, theme_for

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""What no cell of the screen may hold."""
HOSTILE = "a\x1b]52;c;aGk=\x07b\x1b[2Jc\u202ed\u200be\x9b31mf\x00g\rh[bold]i[/bold]"
"""Sets the clipboard, clears the screen, turns text round, hides it, and looks like markup."""

_Given = ParamSpec("_Given")


def on_loop(test: Callable[_Given, Awaitable[None]]) -> Callable[_Given, None]:
    """A test that is a coroutine, run in an event loop of its own."""

    @wraps(test)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        async def go() -> None:
            await test(*args, **kwargs)

        asyncio.run(go())

    return run


class Stage(App[None]):
    CSS = "VerticalScroll { height: 1fr; }"

    def __init__(self, *widgets: Widget, theme: str = "") -> None:
        super().__init__(ansi_color=ansi_color(os.environ))
        self._widgets = widgets
        self._wanted_theme = theme

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield from self._widgets

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._wanted_theme or theme_for({})

    # ---- what is on the screen

    def rows(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]

    def drawn(self) -> str:
        return "\n".join(self.rows())

    def segments(self) -> Iterator[Segment]:
        for strip in self.screen._compositor.render_strips():
            yield from strip


def type_later(stage: Stage, seconds: float, *keys: str) -> None:
    """Keys that a person hits, all at once, so many seconds from now."""
    for key in keys:
        event = events.Key(key, key if len(key) == 1 else None)
        event.time += seconds
        stage.post_message(event)


class Heard(list[Message]):
    """The messages of aishell's own widgets, in order."""

    def hook(self, message: Message) -> None:
        if type(message).__module__.startswith("aishell.") and message not in self:
            self.append(message)


@asynccontextmanager
async def on_stage(
    *widgets: Widget, size: tuple[int, int] = (80, 24), theme: str = ""
) -> AsyncGenerator[tuple[Stage, Pilot[None], Heard]]:
    stage, heard = Stage(*widgets, theme=theme), Heard()
    async with stage.run_test(size=size, message_hook=heard.hook) as pilot:
        await pilot.pause()
        yield stage, pilot, heard
