"""The screen: blocks above, the prompt and the status line below. It joins widgets, the shell and the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from aishell.core.errors import AishellError, ShellUnavailable
from aishell.core.shell import Snapshot
from aishell.ui.branch import branch
from aishell.ui.calls import Calls
from aishell.ui.leaving import Leaving
from aishell.ui.outside import Outside
from aishell.ui.parts import Parts
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.prompt import Prompt
from aishell.ui.widgets.status_line import Status, StatusLine

if TYPE_CHECKING:
    from aishell.session import Session
    from aishell.ui.widgets.proposal_block import ProposalBlock

_RESIZE_S = 0.05
"""A window that is being dragged has many sizes; programs are told the last."""


class ShellScreen(Screen[None]):
    DEFAULT_CSS = """
    ShellScreen { layout: vertical; }
    ShellScreen > Prompt { border-top: solid $panel; padding: 0 1 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", show=False, priority=True),
        Binding("f6", "other_focus", show=False, priority=True),
        Binding("escape", "stop", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False),
        Binding("ctrl+z", "suspend_line", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self._outside = outside
        self._say = outside.say
        self._column = Column()
        self._prompt = Prompt(outside.sources, keys=outside.keys, folder=outside.folder)
        self._line = StatusLine(say=outside.say)
        self._parts: Parts | None = None
        self._model = ""
        self._branch = ""
        self._early: list[Prompt.Submitted] = []
        """What was sent and is not yet dealt with."""
        self._taking = asyncio.Lock()
        self._resizing: Timer | None = None
        self._leaving = Leaving(self._column, outside.say)

    def compose(self) -> ComposeResult:
        yield self._column
        yield self._prompt
        yield self._line

    def on_mount(self) -> None:
        self._prompt.focus()
        self._show_status()
        self.call_after_refresh(self._open)

    # ---- beginning

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
            await self._column.add(NoticeBlock.of(error))
        else:
            self._describe(session)
        self._take()
        await self._follow(parts)

    def _calls(self) -> Calls:
        return Calls(
            changed=self._show_status,
            moved=self._moved,
            wants_keys=self._offer_focus,
            over=self._take_focus_back,
            edit=self._edit,
            whole_terminal=self._whole_terminal,
            private=self._keep_private,
        )

    @work(group="model")
    async def _describe(self, session: Session) -> None:
        """Which model it is, once it has been loaded."""
        try:
            self._model = (await session.describe()).name
        except AishellError as error:
            await self._column.add(NoticeBlock.of(error))
        self._show_status()

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
        await self.close_parts()
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
        if self._parts:
            self._prompt.focus()
            await self._parts.lane.run(message.line, kept=not self._parts.entered.private)

    @on(CommandBlock.Asked)
    def _ask_about(self, message: CommandBlock.Asked) -> None:
        if self._parts:
            self._parts.entered.about = message.block
            self._prompt.load("? ")

    @on(CommandBlock.FixWanted)
    async def _fix(self, message: CommandBlock.FixWanted) -> None:
        if self._parts:
            await self._parts.entered.fix(message.block)

    async def on_proposal_block_decided(self, message: ProposalBlock.Decided) -> None:
        if self._parts:
            await self._parts.talk.decide(message.block, message.answer)

    # ---- what the shell and the conversation want

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

    def _moved(self, snapshot: Snapshot) -> None:
        self._prompt.folder = snapshot.cwd
        self._outside.follow(snapshot)
        self._look_up_branch(snapshot.cwd)

    @work(group="branch", exclusive=True)
    async def _look_up_branch(self, folder: str) -> None:
        self._branch = await asyncio.to_thread(branch, folder)
        self._show_status()

    @contextmanager
    def _whole_terminal(self) -> Iterator[None]:
        """The real terminal, with nothing of ours drawn on it."""
        with self.app.batch_update(), self.app.suspend():
            yield
        self.refresh(layout=True)

    def _show_status(self) -> None:
        if self._parts:
            self._line.show(self._parts.standing(say=self._say, branch=self._branch, model=self._model))
        else:
            self._line.show(Status(folder=self._outside.folder, busy=self._say("starting")))

    def on_resize(self) -> None:
        if self._resizing:
            self._resizing.stop()
        self._resizing = self.set_timer(_RESIZE_S, lambda: self._parts.lane.resize() if self._parts else None)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":  # elsewhere Esc means something else
            return bool(self._parts and self._parts.talk.busy) and not self._typing
        if action == "suspend_line":  # in a line that is being written it takes an edit back
            return bool(self._parts and self._parts.lane.busy) and not self._prompt.text and not self._typing
        return True

    @property
    def _typing(self) -> bool:  # keys go to a program
        return isinstance(self.focused, CommandBlock) and self.focused.typing

    def on_answer_block_stopped(self) -> None:
        self.action_stop()

    def action_stop(self) -> None:
        if self._parts:
            self._parts.talk.stop()

    @on(Prompt.Interrupted)
    async def action_interrupt(self) -> None:
        """Ctrl-C."""
        if self._parts:
            await self._parts.interrupt()

    async def action_suspend_line(self) -> None:
        if self._parts:
            await self._parts.lane.suspend()

    async def action_private(self) -> None:
        if self._parts:
            entered = self._parts.entered
            await entered.set_private("off" if entered.private else "on")
            self._show_status()

    def action_other_focus(self) -> None:
        """Between the prompt, the program that runs, and the question at hand."""
        parts = self._parts
        other = (parts.talk.deciding.open or parts.lane.running) if parts else None
        if other and not other.has_focus_within:
            other.focus()
        else:
            self._prompt.focus()

    def action_scroll(self, pages: int) -> None:
        (self._column.scroll_page_down if pages > 0 else self._column.scroll_page_up)()

    async def action_clear(self) -> None:
        await self._column.clear()

    async def action_whole_terminal(self) -> None:
        if self._parts:
            self._parts.lane.wish_terminal()

    def action_help(self) -> None:
        from aishell.ui.help import open_help  # 80 ms that the first prompt does without

        open_help(self.app, self._say)
