"""Words on the screen: what a person asks becomes proposals, answers and outcomes, one request after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aishell.core.errors import AishellError
from aishell.core.types import Measured, Proposal, Request, Said
from aishell.ui.calls import Calls
from aishell.ui.deciding import Deciding
from aishell.ui.doing import Doing
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.request_block import RequestBlock
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import Session
    from aishell.ui.widgets.proposal_block import ProposalBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    request: Request
    kept: bool
    block: RequestBlock


class Conversation:
    """Requests wait for each other, and for the answer to the proposal at hand, unless the person goes on to something else."""

    def __init__(self, session: Session, column: Column, calls: Calls, *, say: Words, unattended_timeout_s: float) -> None:
        """`unattended_timeout_s`: for what runs without anybody's yes."""
        self.waiting: deque[Asked] = deque()
        self.tokens_per_s: float | None = None
        self._session = session
        self._column = column
        self._calls = calls
        self._say = say
        self._task: asyncio.Task[None] | None = None
        self._kept = True
        self.deciding = Deciding(session, column, calls, say=say, settled=self._next, unattended_timeout_s=unattended_timeout_s)
        self.doing = Doing(session, column, self.deciding, say=say, measured=self.measured)

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def private(self) -> bool:
        """What goes on here is not to be kept."""
        return not self._kept and (self.busy or self.deciding.pending)

    async def ask(self, request: Request, *, kept: bool) -> None:
        """Deal with `request` now, or after those before it. A proposal that nobody has answered is left for it."""
        block = RequestBlock(request.text, say=self._say)
        await self._column.add(block)
        if self.doing.question:
            await self.doing.answered(request.text)
            block.ends()
            self._next()
            return
        self.waiting.append(Asked(request=request, kept=kept, block=block))
        if not self.busy and self.deciding.pending:
            self._calls.private(not self._kept)
            await self.deciding.leave(self._say("left for the next request"))
        self._next()

    def undoes(self, words: str) -> int | None:
        """The number of what words such as "undo that" take back. Raises AishellError."""
        return self._session.undoes(words) if not self.busy and not self.deciding.pending else None

    async def revise(self, proposal: Proposal, command: str) -> None:
        """Go on with the command that the person has written instead."""
        self._start(lambda: self.deciding.revised(proposal, command))

    async def decide(self, block: ProposalBlock, answer: str) -> None:
        """What a person has answered."""
        if answer == "explain":
            command = block.proposal.steps[0].step.action.command
            self._start(lambda: self.deciding.explain(command, block.proposal.request.text, self.measured))
        elif block is self.deciding.open:
            if self._task:  # an explanation, or the trial that is not wanted any more
                self._task.cancel()
            self._start(lambda: self.deciding.decided(block, answer))

    def stop(self) -> None:
        """Whatever goes on ends: the model, a trial, a command from words. What waits is dropped."""
        if work := self.doing.drop(self._say("stopped")):
            self._column.call_later(self.doing.tell_end, work)
        while self.waiting:
            self.waiting.popleft().block.ends(self._say("dropped"))
        if self._task:
            self._task.cancel()
        self._calls.changed()

    async def close(self) -> None:
        self.stop()
        if task := self._task:
            await asyncio.wait([task])
        if self.deciding.pending:
            self._calls.private(not self._kept)
            await self.deciding.leave(self._say("left"))

    # ----

    def _next(self) -> None:
        if self.doing.waits and not self.busy and not self.deciding.pending:
            self._start(self.doing.go_on)
        elif not self.busy and not self.deciding.pending and self.waiting:
            asked = self.waiting.popleft()
            self._kept = asked.kept
            self._start(lambda: self._answer(asked))
        self._calls.changed()

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        before = self._task

        async def whole() -> None:
            if before:
                await asyncio.wait([before])
            try:
                self._calls.private(not self._kept)
                await work()
            except AishellError as error:
                await self._column.add(NoticeBlock.of(error))
            except OSError as error:
                await self._column.add(NoticeBlock(error.strerror or str(error), kind="error"))

        def over(task: asyncio.Task[None]) -> None:
            if self._task is task:
                self._task = None
                self._next()
            if not task.cancelled() and (error := task.exception()):
                self._column.call_later(_raise, error)

        self._task = asyncio.ensure_future(whole())
        self._task.add_done_callback(over)
        self._calls.changed()

    async def _answer(self, asked: Asked) -> None:
        asked.block.begins()
        if work := self._session.begin(asked.request):
            asked.block.ends()
            await self.doing.begin(work)
            return
        try:
            proposal = await self._propose(asked.request)
        except asyncio.CancelledError:
            asked.block.ends(self._say("stopped"))
            raise
        except AishellError:
            asked.block.ends()
            raise
        asked.block.ends()
        for sentence in self._session.acting.recover():
            await self._column.add(NoticeBlock(sentence))
        await self.deciding.settle(proposal)

    async def _propose(self, request: Request) -> Proposal:
        proposal: Proposal | None = None
        async with aclosing(self._session.propose(request)) as events:
            async for event in events:
                if isinstance(event, Said):
                    await self._column.add(NoticeBlock(event.text))
                elif isinstance(event, Measured):
                    self.measured(event)
                else:
                    proposal = event.proposal
        assert proposal is not None
        return proposal

    def measured(self, event: Measured) -> None:
        spent = sum(usage.decode_s for usage in event.usage)
        tokens = sum(usage.reply_tokens for usage in event.usage)
        self.tokens_per_s = tokens / spent if spent else self.tokens_per_s
        self._calls.changed()


def _raise(error: BaseException) -> None:
    """A fault of our own, where the application sees it."""
    raise error
