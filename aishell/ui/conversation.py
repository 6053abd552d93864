"""Words on the screen: what a person asks becomes proposals, answers and outcomes, one request after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aishell.core.errors import AishellError
from aishell.core.failed import Failed
from aishell.core.memory import Recollection
from aishell.core.types import Measured, Proposal, Proposed, Request, Said
from aishell.ui.calls import Calls
from aishell.ui.cut_off import Asked, Shown
from aishell.ui.deciding import Deciding
from aishell.ui.doing import Doing
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.request_block import RequestBlock
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import Session
    from aishell.ui.widgets.proposal_block import ProposalBlock

Alike = Callable[[str, str], Sequence[Recollection]]
"""As the screen is given it from outside."""
_ASKED_S = 0.03
"""By then the request is on its way to the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    request: Request
    kept: bool
    block: RequestBlock
    failed: Failed | None = None
    """What is to be mended; then `request` is that."""
    model: bool = True
    """Whether the model may be asked."""


class Conversation:
    """Requests wait for each other, and for the answer to the proposal at hand, unless the person goes on to something else."""

    def __init__(
        self, session: Session, column: Column, calls: Calls, *, say: Words, alike: Alike, unattended_timeout_s: float
    ) -> None:
        """`unattended_timeout_s`: for what runs without anybody's yes."""
        self.waiting: deque[Waiting] = deque()
        self.tokens_per_s: float | None = None
        self._session = session
        self._column = column
        self._calls = calls
        self._say = say
        self._alike = alike
        self._task: asyncio.Task[None] | None = None
        self._kept = True
        self.deciding = Deciding(
            session,
            column,
            calls,
            say=say,
            settled=self._next,
            keep=self._keep,
            unattended_timeout_s=unattended_timeout_s,
        )
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
        if self.doing.question:
            await self._column.add(block)
            await self.doing.answered(request.text)
            block.ends()
            self._next()
            return
        await self._wait(Waiting(request=request, kept=kept, block=block))

    async def fix(self, failed: Failed, *, kept: bool, model: bool) -> None:
        """The same for a command that failed: propose what to run instead. It never runs before the person says so."""
        request = Request(text=self._say("fix: {command}", command=failed.command), cwd=failed.cwd)
        block = RequestBlock(request.text, say=self._say)
        await self._wait(Waiting(request=request, kept=kept, block=block, failed=failed, model=model))

    async def _wait(self, asked: Waiting) -> None:
        await self._column.add(asked.block)
        self.waiting.append(asked)
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
            self._start(lambda: self.deciding.explain(block, self.measured))
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

    async def _answer(self, asked: Waiting) -> None:
        asked.block.begins()
        if not asked.failed and (work := self._session.begin(asked.request)):
            asked.block.ends()
            await self.doing.begin(work)
            return
        shown = Asked(text=asked.request.text)
        self._keep(shown, None)
        found = asyncio.ensure_future(self._earlier(asked))
        try:
            proposed = await self._propose(asked)
        except (asyncio.CancelledError, AishellError) as error:
            found.cancel()
            outcome = self._say("stopped") if isinstance(error, asyncio.CancelledError) else ""
            asked.block.ends(outcome)
            self._keep(replace(shown, outcome=outcome or str(error)), shown)
            raise
        asked.block.ends()
        for sentence in self._session.acting.recover():
            await self._column.add(NoticeBlock(sentence))
        if proposed.in_shell:
            found.cancel()
            return await self._for_the_shell(proposed.proposal)
        if proposed.others:
            other = proposed.others[0].step
            await self._column.add(NoticeBlock(self._say("or: {command}", command=other.action.command), hint=other.why))
        asks = asked.failed is not None or proposed.proposal.unsure
        await self.deciding.settle(proposed.proposal, asks=asks, found=found)

    async def _earlier(self, asked: Waiting) -> Sequence[Recollection]:
        """What memory knows of the like. It is looked up while the model thinks, and nothing waits for it."""
        if not asked.kept:
            return ()
        await asyncio.sleep(_ASKED_S)
        try:
            return await asyncio.to_thread(self._alike, asked.request.text, asked.request.cwd)
        except AishellError:  # it is told of when there is something to write down
            return ()

    def _keep(self, shown: Shown, before: Shown | None) -> None:
        if self._kept:
            self._calls.keep(shown, before)

    async def _for_the_shell(self, proposal: Proposal) -> None:
        """What changes the shell itself goes into the prompt: the person's own shell runs it, when they press Enter."""
        step = proposal.steps[0].step
        await self._column.add(NoticeBlock(step.why or step.action.command))
        self._calls.edit(step.action.command)

    async def _propose(self, asked: Waiting) -> Proposed:
        session, proposed = self._session, None
        items = session.fix(asked.failed, model=asked.model) if asked.failed else session.propose(asked.request)
        async with aclosing(items) as events:
            async for event in events:
                if isinstance(event, Said):
                    await self._column.add(NoticeBlock(event.text))
                elif isinstance(event, Measured):
                    self.measured(event)
                else:
                    proposed = event
        assert proposed is not None
        return proposed

    def measured(self, event: Measured) -> None:
        spent = sum(usage.decode_s for usage in event.usage)
        tokens = sum(usage.reply_tokens for usage in event.usage)
        self.tokens_per_s = tokens / spent if spent else self.tokens_per_s
        self._calls.changed()


def _raise(error: BaseException) -> None:
    """A fault of our own, where the application sees it."""
    raise error
