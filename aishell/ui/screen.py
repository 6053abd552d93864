"""The screen: blocks above, the prompt and the status line below. It joins widgets, the shell and the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual import on, work
from textual.timer import Timer
from textual.widget import Widget

from aishell.core.errors import AishellError, ShellUnavailable
from aishell.core.shell import Snapshot
from aishell.ui.calls import Calls
from aishell.ui.cut_off import Shown, show_again
from aishell.ui.greeted import Greeted
from aishell.ui.leaving import Leaving
from aishell.ui.outside import Outside
from aishell.ui.parts import Parts
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from aishell.ui.widgets.proposal_block import ProposalBlock

_RESIZE_S = 0.05
"""A window that is being dragged has many sizes; programs are told the last."""


class ShellScreen(Greeted):
    """What happens, and what becomes of it."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(outside)
        self._keeping = asyncio.Lock()
        self._early: list[Prompt.Submitted] = []
        """What was sent and is not yet dealt with."""
        self._taking = asyncio.Lock()
        self._resizing: Timer | None = None
        self._leaving = Leaving(self._column, outside.say)

    # ---- beginning

    def on_mount(self) -> None:
        self._outside.sentences.shown_by(lambda sentence: self.call_later(self._tell, sentence))
        self._prompt.focus()
        self._show_status()
        self.call_after_refresh(self._open)

    @work(group="life")
    async def _open(self) -> None:
        """Once the prompt is there: the session, the shell, and behind them the model."""
        try:
            session, error = await asyncio.to_thread(self._outside.open)
        except AishellError as reason:
            await self._column.add(NoticeBlock.of(reason))
            return
        self._parts = parts = Parts.join(self._outside, session, self._column, self._calls())
        if error:
            self._found.has_no_model()
            parts.entered.has_model = False
            if not self._greeting:  # which says so, and can do something about it
                await self._column.add(NoticeBlock.of(error))
        else:
            self._describe(session)
        if self._outside.cut_off:
            await show_again(await asyncio.to_thread(self._outside.cut_off.found), self._column, self._say)
        self._take()
        self._greet()
        self._count_memories()
        await self._follow(parts)

    def _calls(self) -> Calls:
        return Calls(
            changed=self._show_status,
            moved=self._moved,
            wants_keys=self._offer_focus,
            over=self._take_focus_back,
            keep=self._keep_block,
            remembered=self._count_memories,
            edit=self._edit,
            whole_terminal=self._whole_terminal,
            private=self._keep_private,
            open_model=self._open_model,
        )

    async def _tell(self, sentence: str) -> None:
        await self._column.add(NoticeBlock(sentence, kind="warning"))

    # ---- the shell

    async def _follow(self, parts: Parts) -> None:
        try:
            status = await parts.lane.follow()
        except ShellUnavailable as error:
            await self._column.add(NoticeBlock.of(error))
        else:
            await self._leave(status)

    # ---- what is typed

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        self._leaving.stays()
        self._early.append(message)
        self._take()

    @work(group="lines")
    async def _take(self) -> None:
        """In turn, however long one takes; what is typed before there is a session waits for it."""
        if not self._parts or self._taking.locked():
            return
        async with self._taking:
            while self._early:
                message = self._early.pop(0)
                await self._parts.entered.take(message.text, message.route, message.line)
                self._show_status()

    @on(Prompt.Cancelled)
    async def _cancelled(self) -> None:
        if parts := self._parts:
            parts.entered.about = None
            if parts.talk.deciding.editing:
                await parts.talk.deciding.leave("")

    @on(Prompt.EndOfInput)
    async def action_leave(self) -> None:
        """Ctrl-D: leave, when nothing runs that would end with it, or when that has been said."""
        if not self._parts or await self._leaving.may(self._parts.lane.pid):
            await self._leave(0)

    async def _leave(self, status: int) -> None:
        self._outside.sentences.shown_by(None)
        await self.close_parts()
        if self._outside.cut_off:
            self._outside.cut_off.ended()
        self.app.exit(status)

    async def close_parts(self) -> None:
        """End the shell and all that belongs to the session; safe to call twice."""
        parts, self._parts = self._parts, None
        if parts:
            await parts.close()

    # ---- what blocks say

    @on(CommandBlock.Typed)
    async def _type(self, message: CommandBlock.Typed) -> None:
        if self._parts:
            await self._parts.lane.write(message.data)

    @on(CommandBlock.Rerun)
    async def _rerun(self, message: CommandBlock.Rerun) -> None:
        self._prompt.focus()
        if self._parts:
            await self._parts.lane.run(message.line, kept=not self._parts.entered.private)

    @on(CommandBlock.Asked)
    def _ask_about(self, message: CommandBlock.Asked) -> None:
        if self._parts:
            self._parts.entered.about = message.block
            self._prompt.load("? ")
            self._prompt.notice(self._say("about what this printed: {line}", line=message.block.line))

    @on(CommandBlock.FixWanted)
    async def _fix(self, message: CommandBlock.FixWanted) -> None:
        if self._parts:
            await self._parts.entered.fix(message.block)

    async def on_proposal_block_decided(self, message: ProposalBlock.Decided) -> None:
        if self._parts:
            await self._parts.talk.decide(message.block, message.answer)

    # ---- what happens

    def _offer_focus(self, block: Widget) -> None:
        """Keys go to a program that reads them, or a question, unless the person is writing a line."""
        if not self._prompt.text and self.is_current:
            block.focus(scroll_visible=False)

    def _take_focus_back(self, block: Widget) -> None:
        """That program has ended, or the question is answered. The focus may still be on its way there: it goes by message."""
        self.app.call_later(lambda: self._prompt.focus() if block.has_focus_within else None)

    def _edit(self, command: str) -> None:
        self._prompt.load(command)
        self._prompt.notice(self._say("Enter goes on with it as it is written; Ctrl-C drops it"))

    def _keep_private(self, unkept: bool) -> None:
        """What is written down next: in private as long as anything goes on that is."""
        if self._parts:
            self._parts.session.private = unkept or self._parts.talk.private

    @work(group="cut off")
    async def _keep_block(self, shown: Shown, before: Shown | None) -> None:
        if self._outside.cut_off:
            async with self._keeping:  # in the order in which they were shown
                await asyncio.to_thread(self._outside.cut_off.keep, shown, before)

    def _moved(self, snapshot: Snapshot) -> None:
        self._prompt.folder = snapshot.cwd
        if self._parts:
            self._parts.session.names = frozenset((*snapshot.aliases, *snapshot.functions))
        self._outside.follow(snapshot)
        self._look_up_branch(snapshot.cwd)

    @contextmanager
    def _whole_terminal(self) -> Iterator[None]:
        """The real terminal, with nothing of ours drawn on it."""
        with self.app.batch_update(), self.app.suspend():
            yield

    @on(Column.Resized)
    def _resize(self) -> None:
        if self._resizing:
            self._resizing.stop()
        self._resizing = self.set_timer(_RESIZE_S, lambda: self._parts.lane.resize() if self._parts else None)
