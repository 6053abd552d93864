"""What the screen learns and offers at its beginning: the model, how much is remembered, and for a new person the welcome."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from aishell.core.errors import AishellError
from aishell.ui.first_run import Greeting
from aishell.ui.keyed import Keyed
from aishell.ui.looked_up import LookedUp
from aishell.ui.outside import Outside
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.status_line import Status

if TYPE_CHECKING:
    from aishell.session import Session
    from aishell.ui.widgets.welcome import Welcome


class Greeted(Keyed):
    def __init__(self, outside: Outside) -> None:
        super().__init__(outside)
        self._found = LookedUp(outside)
        first, here, more = outside.first_run, self._model_is_here, self._count_memories
        self._greeting = Greeting(first, self._column, self._say, model_is_here=here, remembered=more) if first else None

    def _show_status(self) -> None:
        if self._parts:
            self._line.show(self._parts.standing(self._found, say=self._say))
        else:
            self._line.show(Status(folder=self._outside.folder, model=self._found.model))

    # ---- what is looked up

    @work(group="model")
    async def _describe(self, session: Session) -> None:
        """Which model it is, once it has been loaded."""
        try:
            await self._found.ask_model(session)
        except AishellError as error:
            await self._column.add(NoticeBlock.of(error))
        self._show_status()

    @work(group="memories", exclusive=True)
    async def _count_memories(self) -> None:
        await self._found.count_memories()
        self._show_status()

    @work(group="branch", exclusive=True)
    async def _look_up_branch(self, folder: str) -> None:
        await self._found.look_at_folder(folder)
        self._show_status()

    @work(group="model")
    async def _model_is_here(self) -> None:
        if self._parts:
            await self._open_model()
            self._parts.entered.has_model = True

    async def _open_model(self) -> None:
        if self._parts:
            session = self._parts.session
            session.take_model(await asyncio.to_thread(self._outside.open_session, True))
            self._found.waits_for_model()
            self._describe(session)

    # ---- the first time

    @work(group="greeting")
    async def _greet(self) -> None:
        if self._greeting:
            await self._greeting.show()

    @work(group="greeting")
    async def on_welcome_fetch_wanted(self) -> None:
        if self._greeting:
            await self._greeting.fetch()

    @work(group="greeting")
    async def on_welcome_history_decided(self, message: Welcome.HistoryDecided) -> None:
        if self._greeting:
            await self._greeting.history(yes=message.yes)

    def on_welcome_example_chosen(self, message: Welcome.ExampleChosen) -> None:
        self._prompt.load(message.text)

    async def on_welcome_dismissed(self) -> None:
        if self._greeting:
            await self._greeting.close()
        self._prompt.focus()
