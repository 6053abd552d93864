"""The first half minute with a new person: the welcome, and what it offers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aishell.core.errors import AishellError
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.ui.widgets.welcome import Welcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    model: str
    bytes_to_fetch: int
    """0 when the model is here."""
    histories: Sequence[tuple[str, int]]
    """Whose history could be brought in, and how many commands it holds."""
    host: str = ""
    """Where the model is, if it is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """Each of these is called in a thread, and may raise AishellError."""

    look: Callable[[], Offer]
    fetch: Callable[[Callable[[int], None]], None]
    """Fetches the model, and tells how many bytes there are."""
    bring_in: Callable[[], int]
    """Brings the histories into the memory; how many commands are new there."""
    greeted: Callable[[], None]
    """The person is not new any more."""


class Greeting:
    def __init__(
        self,
        first: FirstRun,
        column: Column,
        say: Words,
        *,
        model_is_here: Callable[[], object],
        remembered: Callable[[], object],
    ) -> None:
        """`model_is_here`: the model has been fetched. `remembered`: there is more in the memory."""
        self._first = first
        self._column = column
        self._say = say
        self._model_is_here = model_is_here
        self._remembered = remembered
        self._block: Welcome | None = None

    async def show(self) -> None:
        from aishell.ui.widgets.welcome import Welcome  # once in a person's life

        try:
            offer = await asyncio.to_thread(self._first.look)
        except AishellError as error:
            await self._column.add(NoticeBlock.of(error))
            return
        say = self._say
        examples = (say("show the 5 largest files here"), say("what uses port 8080?"), say("rename *.jpeg to *.jpg"))
        self._block = Welcome(
            say=say,
            model=offer.model,
            host=offer.host,
            bytes_to_fetch=offer.bytes_to_fetch,
            histories=offer.histories,
            examples=examples,
        )
        await self._column.add(self._block)
        await asyncio.to_thread(self._first.greeted)

    async def fetch(self) -> None:
        block = self._block
        assert block
        loop = asyncio.get_running_loop()

        def told(done: int) -> None:
            loop.call_soon_threadsafe(lambda: block.progress(done) if block.is_mounted else None)

        try:
            await asyncio.to_thread(self._first.fetch, told)
        except AishellError as error:
            block.fetch_failed(str(error), error.hint)
        else:
            block.fetched()
            self._model_is_here()

    async def history(self, *, yes: bool) -> None:
        if not yes:
            return
        try:
            count = await asyncio.to_thread(self._first.bring_in)
        except AishellError as error:
            await self._column.add(NoticeBlock.of(error))
        else:
            told = self._say.count(count, "{n:,} command is remembered now.", "{n:,} commands are remembered now.")
            await self._column.add(NoticeBlock(told))
            self._remembered()

    async def close(self) -> None:
        if self._block:
            await self._block.remove()
