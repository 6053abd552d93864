"""One proposal from its verdict to its end: tried where that is possible, shown, answered, carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from aishell.core.changes import UndoSet
from aishell.core.errors import AishellError, ConsentMissing, TrialUnavailable
from aishell.core.memory import Recollection
from aishell.core.types import ApprovedStep, Feed, Finished, Measured, Outcome, Printed, Proposal, Said, Tier, Told, Tried
from aishell.ui.calls import Calls
from aishell.ui.cut_off import Keep, as_answered, as_offered, as_ran
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import Session
    from aishell.ui.widgets.proposal_block import ProposalBlock

Found = asyncio.Future[Sequence[Recollection]]


class Deciding:
    """The rules are those of the command line: what only reads runs at once, what a person has just written and confirms is
    agreed to, what is forbidden never runs."""

    def __init__(
        self,
        session: Session,
        column: Column,
        calls: Calls,
        *,
        say: Words,
        settled: Callable[[], None],
        keep: Keep,
        unattended_timeout_s: float,
    ) -> None:
        """`settled`: the proposal at hand has come to its end. `keep`: what is shown, unless it is private."""
        self.open: ProposalBlock | None = None
        """What a person is asked now."""
        self.editing: Proposal | None = None
        """What is in the prompt to be written anew."""
        self.outcome: Outcome | None = None
        """What came of the last proposal; None when it was not wanted."""
        self.asked = False
        """Whether a person had to answer."""
        self.objection: Callable[[Proposal, Tried], str] = _no_objection
        """Why what was tried is done differently before the person hears of it; empty when it is theirs to decide."""
        self.objected = ""
        """That, for the last proposal."""
        self.one_of_several = False
        """What is proposed is a step of a request of several."""
        self.agreed = False
        """The person has agreed to all further local changes of it."""
        self._trial: CommandBlock | None = None
        self._session = session
        self._column = column
        self._calls = calls
        self._say = say
        self._settled = settled
        self._keep = keep
        self._unattended_timeout_s = unattended_timeout_s

    @property
    def pending(self) -> bool:
        """The proposal at hand waits for the person."""
        return self.open is not None or self.editing is not None

    async def settle(
        self, proposal: Proposal, *, written: bool = False, asks: bool = False, found: Found | None = None
    ) -> None:
        """Try it, ask, or run it. Raises AishellError.

        `written`: by the person, just now. `asks`: also before what only reads. `found`: what memory knows of the like, when it
        is known.
        """
        acting = self._session.acting
        self.editing = self.outcome = None
        self.asked, self.objected = False, ""
        if not (asks or acting.needs_consent(proposal)):
            return await self._carry_out(acting.approve(proposal, consent=False))
        forbidden = any(judged.verdict.tier == Tier.DENY for judged in proposal.steps)
        trying = acting.can_try(proposal)
        if written and not trying and not forbidden:
            return await self._carry_out(acting.approve(proposal, consent=True))
        self.asked = True
        block = await self._show(proposal, trying=trying, found=found)
        if forbidden:
            self._close(self._say("never from words"))
            acting.approve(proposal, consent=False)  # which says so, and writes it down
        self._calls.wants_keys(block)
        if trying:
            await self._try(block)

    async def _show(self, proposal: Proposal, *, trying: bool, found: Found | None) -> ProposalBlock:
        from aishell.ui.widgets.proposal_block import ProposalBlock  # 80 ms that the first prompt does without

        self.open = block = ProposalBlock(
            proposal,
            say=self._say,
            trying=trying,
            diff=self._session.acting.text_diff,
            one_of_several=self.one_of_several,
        )
        await self._column.add(block)
        self._keep(as_offered(proposal), None)
        if found:
            found.add_done_callback(lambda done: None if done.cancelled() else block.show_found(done.result()))
        return block

    async def _try(self, block: ProposalBlock) -> None:
        try:
            tried = await self._tried(block.proposal)
        except TrialUnavailable as error:
            block.cannot_try(str(error))
            return
        except (asyncio.CancelledError, AishellError):
            await self.leave(self._say("stopped"))
            raise
        if objected := self.objection(block.proposal, tried):
            self.objected = objected
            await self._session.acting.trials.discard()
            self.outcome = tried.outcome
            self._close(self._say("tried in vain"))
        elif tried.forbidden or not (tried.outcome.exit_code or tried.changes.listed):
            await self._put(block.proposal, tried, by_person=False)  # which refuses what is forbidden
        elif self.agreed and not (tried.outcome.exit_code or tried.careful):
            await self._put(block.proposal, tried, by_person=True)
        else:
            await block.show_tried(tried)

    async def _tried(self, proposal: Proposal) -> Tried:
        """What came of a trial; its output is a block as soon as there is any."""
        self._trial, command = None, proposal.steps[0].step.action.command
        async with aclosing(self._session.acting.try_out(proposal)) as events:
            async for event in events:
                if isinstance(event, Tried):
                    if self._trial:
                        self._trial.ended(event.outcome.exit_code, event.outcome.elapsed)
                        self._keep(as_ran(self._trial), None)
                    return event
                self._trial = self._trial or await self._output(command, proposal.request.cwd, trial=True)
                self._trial.write(event.data)
        raise AssertionError("a trial ends with what it would change")

    async def decided(self, block: ProposalBlock, answer: str) -> None:
        """Do what a person has answered. Raises AishellError."""
        if block is not self.open:
            return
        acting = self._session.acting
        tried = block.tried
        if answer == "all":
            self.agreed, answer = True, "yes"
        if answer == "edit":
            self.editing = block.proposal
            self._close(self._say("is being edited"))
            await acting.trials.discard()
            self._calls.edit(block.proposal.steps[0].step.action.command)
        elif answer != "yes":
            await self.leave(self._say("not run"))
        elif tried and tried.outcome.exit_code == 0:
            await self._put(block.proposal, tried, by_person=True)
        else:
            self._close("")
            await acting.trials.discard()
            await self._carry_out(acting.approve(block.proposal, consent=True))

    async def revised(self, proposal: Proposal, command: str) -> None:
        """Go on with the command that a person has written instead of the proposed one. Raises AishellError."""
        changed = all(judged.step.action.command != command for judged in proposal.steps)
        await self.settle(self._session.acting.revise(proposal, command), written=changed)

    async def leave(self, why: str) -> None:
        """The proposal at hand is not wanted, nor written anew."""
        block = self.open
        proposal = block.proposal if block else self.editing
        if block:
            self._say_closed(block, why)
        if proposal:
            await self._session.acting.leave(proposal)
        self.open = self.editing = None
        self._settled()

    async def explain(self, block: ProposalBlock, measured: Callable[[Measured], None]) -> None:
        """What the parts of a proposed command are for, in its block; then what the model says of the whole, while it is said.

        Raises AishellError.
        """
        from aishell.ui.widgets.answer_block import AnswerBlock  # markdown, which the first prompt does without

        request, command = block.proposal.request, block.proposal.steps[0].step.action.command
        explanation = await asyncio.to_thread(self._session.acting.explain, command, request.cwd)
        block.show_parts(explanation)
        answer = AnswerBlock(say=self._say, question=command)
        await self._column.add(answer)
        try:
            async with aclosing(self._session.explain(command, request.text, explanation.facts())) as events:
                async for event in events:
                    if isinstance(event, Told):
                        await answer.write(event.text)
                    elif isinstance(event, Said):
                        await self._column.add(NoticeBlock(event.text))
                    else:
                        measured(event)
        finally:
            await answer.finish()
            self._keep(as_answered(command, answer.answer), None)

    # ----

    def _close(self, what: str) -> None:
        """It has come to its end; the next may begin."""
        block, self.open = self.open, None
        if block:
            self._say_closed(block, what)
        self._settled()

    def _say_closed(self, block: ProposalBlock, what: str) -> None:
        block.closed(what)
        offered = as_offered(block.proposal)
        self._keep(replace(offered, outcome=what or self._say("run")), offered)
        self._calls.over(block)

    async def _put(self, proposal: Proposal, tried: Tried, *, by_person: bool) -> None:
        try:
            made = await self._session.acting.put_in_place(proposal, tried, by="user" if by_person else "policy")
        except AishellError as error:
            self._close(self._say("never from words") if isinstance(error, ConsentMissing) else self._say("not put in place"))
            raise
        self.outcome = replace(tried.outcome, undo=made)
        if self._trial:
            before, self._trial.trial = as_ran(self._trial), False
            self._keep(as_ran(self._trial), before)
        self._close(self._say("put in place") if made else self._say("it changed nothing"))
        self._calls.remembered()
        if made:
            await self._tell_undo(made)

    async def _tell_undo(self, made: UndoSet) -> None:
        told = self._say("{what}; `aishell undo {number}` takes it back", what=made.summary(), number=made.number)
        await self._column.add(NoticeBlock(told))

    async def _output(self, command: str, folder: str, *, trial: bool = False) -> CommandBlock:
        columns, rows = self._column.columns, max(1, self._column.size.height)
        block = CommandBlock(command, folder=folder, say=self._say, columns=columns, rows=rows, newline_returns=True)
        block.trial = trial
        await self._column.add(block)
        return block

    async def _carry_out(self, steps: tuple[ApprovedStep, ...]) -> None:
        unattended = all(step.by == "policy" for step in steps)
        timeout_s = self._unattended_timeout_s if unattended else 0.0
        running: CommandBlock | None = None
        waiting = list(steps)
        try:
            # Nothing to read: the terminal's keys are the screen's, and a command that took them would end it.
            async with aclosing(self._session.acting.carry_out(steps, feed=Feed(), timeout_s=timeout_s)) as events:
                running = await self._begin(waiting)
                async for event in events:
                    if isinstance(event, Printed) and running:
                        running.write(event.data)
                    elif isinstance(event, Finished):
                        await self._finish(event.outcome, running)
                        running = await self._begin(waiting) if event.outcome.exit_code == 0 else None
        finally:
            if running and running.running:  # it was stopped
                running.ended(130, 0.0)
                self._keep(as_ran(running), None)
            self._calls.remembered()

    async def _begin(self, waiting: list[ApprovedStep]) -> CommandBlock | None:
        if not waiting:
            return None
        step = waiting.pop(0)
        return await self._output(step.step.action.command, step.cwd)

    async def _finish(self, outcome: Outcome, block: CommandBlock | None) -> None:
        self.outcome = outcome
        if block:
            block.ended(outcome.exit_code, outcome.elapsed)
            self._keep(as_ran(block), None)
        if outcome.undo:
            told = self._say(
                "{what}; `aishell undo {number}` puts back what the line names",
                what=outcome.undo.summary(),
                number=outcome.undo.number,
            )
            await self._column.add(NoticeBlock(told))
        if outcome.status == "timed out":
            await self._column.add(NoticeBlock(self._say("It was ended: it took too long."), kind="warning"))


def _no_objection(_proposal: Proposal, _tried: Tried) -> str:
    return ""
