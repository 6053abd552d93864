"""Requests of several steps on the screen: a list that fills in, and each step decided like any proposal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from aishell.core.errors import AishellError
from aishell.core.steps import Answered, Asking, Moved, Work
from aishell.core.types import Measured, Proposed, Said
from aishell.ui.deciding import Deciding
from aishell.ui.widgets.checklist_block import ChecklistBlock, Item
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import Session


class Doing:
    """One request at a time; between two steps it waits until the person has decided."""

    def __init__(
        self, session: Session, column: Column, deciding: Deciding, *, say: Words, measured: Callable[[Measured], None]
    ) -> None:
        self.work: Work | None = None
        """What is under way."""
        self.question = ""
        """What the person has to say before it goes on."""
        self._session = session
        self._column = column
        self._deciding = deciding
        self._say = say
        self._measured = measured
        self._step: Proposed | None = None
        """Decided at the moment."""
        self._list: ChecklistBlock | None = None

    @property
    def waits(self) -> bool:
        """Whether it goes on as soon as nothing else does."""
        return self.work is not None and not self.question

    async def begin(self, work: Work) -> None:
        self.work, self._step, self.question = work, None, ""
        self._deciding.one_of_several = True
        parts = [Item(command=part) for part in work.parts]
        self._list = ChecklistBlock(parts, say=self._say, title=work.request.text, asks=False)
        await self._column.add(self._list)

    async def go_on(self) -> None:
        """Take in what came of the step at hand, and do the next. Raises AishellError."""
        try:
            await self._go_on()
        except AishellError as error:
            await self.stop(str(error))
            raise

    async def answered(self, text: str) -> None:
        """The person has said what was asked."""
        if self.work and self._session.working:
            question, self.question = self.question, ""
            self.work = self._session.working.told(self.work, question, text)

    def drop(self, why: str) -> Work | None:
        """It does not go on, from this moment; what is left of it is kept."""
        work, self.work, self.question, self._step = self.work, None, "", None
        self._release()
        return self._session.working.stop(work, why) if work and self._session.working else None

    async def stop(self, why: str) -> None:
        """Likewise, and say so."""
        if work := self.drop(why):
            await self.tell_end(work)

    # ----

    async def _go_on(self) -> None:
        working = self._session.working
        if not self.work or not working:
            return
        if step := self._step:
            self._step = None
            outcome, undone = self._deciding.outcome, self.work
            if outcome is None:
                await self.stop(self._say("not run"))
                return
            took = 0.0 if self._deciding.asked else outcome.elapsed
            said = self._deciding.objected
            self.work = working.after(undone, step.proposal, outcome, took=took, call=step.call, objection=said, look=step.look)
            if not step.look:
                self._mark(undone, self.work)
        if not self.work.ended:
            await self._next(self.work)
        if self.work and self.work.ended:
            work, self.work = self.work, None
            self._release()
            await self.tell_end(work)

    async def _next(self, work: Work) -> None:
        working = self._session.working
        assert working
        async with aclosing(working.next(work)) as events:
            async for event in events:
                if isinstance(event, Said):
                    await self._column.add(NoticeBlock(event.text))
                elif isinstance(event, Measured):
                    self._measured(event)
                elif isinstance(event, Asking):
                    self.question = event.question
                    await self._column.add(NoticeBlock(event.question, hint=self._say("Type the answer.")))
                elif isinstance(event, Answered):
                    await self._answer(event)
                    self.work = working.keep(work.end("done"))
                elif isinstance(event, Moved):
                    self.work = event.work
                else:
                    self._step = event
        if self._step:
            self._show(work, self._step)
            self._deciding.objection = lambda proposal, tried: working.objection(work, proposal, tried)
            await self._deciding.settle(self._step.proposal)

    def _show(self, work: Work, step: Proposed) -> None:
        """The step in the list, which is longer by one where it is not known beforehand."""
        if self._list is None:
            return
        if work.parts:
            self._list.mark(work.at, "running")
        else:
            self._list.add(Item(command=step.proposal.steps[0].step.action.command, state="running"))

    def _mark(self, before: Work, after: Work) -> None:
        if self._list is None:
            return
        last = after.done[-1]
        at = before.at if before.parts else len(self._list.items) - 1
        wrong = last.wrong or (last.exit_code if not before.parts else "")
        self._list.mark(at, "failed" if wrong else "done", last.wrong)

    async def _answer(self, answered: Answered) -> None:
        from aishell.ui.widgets.answer_block import AnswerBlock

        if not answered.text:
            return
        block = AnswerBlock(say=self._say, question="")
        await self._column.add(block)
        await block.write(answered.text)
        await block.finish()

    def _release(self) -> None:
        """What is proposed next is a request of its own."""
        self._deciding.objection = lambda _proposal, _tried: ""
        self._deciding.one_of_several = self._deciding.agreed = False

    async def tell_end(self, work: Work) -> None:
        """What has become of the steps, and how to go on with what is left."""
        if self._list:
            for at, item in enumerate(self._list.items):
                if item.state == "running" and work.ended != "done":
                    self._list.mark(at, "skipped")
            self._list.closed()
        self._list = None
        if work.ended == "done":
            return
        hint = self._say("`aishell steps resume {number}` goes on with it", number=work.number) if work.number else ""
        await self._column.add(NoticeBlock(work.why or self._say("stopped"), hint=hint, kind="warning"))
