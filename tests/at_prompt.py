"""A person at the screen's prompt."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from textual import events
from textual.pilot import Pilot

from aishell.core.menu import Menu
from aishell.ui.editing.sources import ByMeaning
from aishell.ui.editing.suggestion import Suggest
from aishell.ui.widgets.prompt_signs import ModeSign, Notice, RouteBadge
from aishell.ui.widgets.prompt_text import PromptText
from tests.prompting import Around, sources


class At:
    """A person at the prompt."""

    def __init__(self, pilot: Pilot[None], app: Around) -> None:
        self.pilot = pilot
        self.app = app
        self.area = app.query_one(PromptText)

    async def types(self, text: str) -> None:
        """Faster than any person: all keys wait at once."""
        focused = self.app.focused
        assert focused
        for character in text:
            focused.post_message(events.Key("space" if character == " " else character, character))
        await self.pilot.pause()

    async def presses(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def pastes(self, text: str) -> None:
        self.area.post_message(events.Paste(text))
        await self.pilot.pause()

    async def sees(self, what: Any) -> None:
        """Waits for what happens in a thread."""
        for _ in range(200):
            if what():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("not seen")

    @property
    def text(self) -> str:
        return self.app.prompt.text

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        return [(type(each).__name__, {k: v for k, v in vars(each).items() if k in _FIELDS}) for each in self.app.told]

    def shown(self, kind: type[RouteBadge] | type[ModeSign] | type[Notice]) -> str:
        return str(self.app.query_one(kind).render())


_FIELDS = ("text", "route", "line")


def at_prompt(
    folder: Path,
    *,
    keys: Literal["emacs", "vi"] = "emacs",
    typed: Iterable[str] = (),
    suggest: Suggest | None = None,
    by_meaning: ByMeaning | None = None,
    menu: Menu | None = None,
) -> Around:
    return Around(sources(folder, typed=typed, suggest=suggest, by_meaning=by_meaning, menu=menu), folder, keys)
