"""A request of several steps on the command line: each shown with its number, tried, agreed to, and its outcome handed on."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

from aishell.cli import stdio
from aishell.cli.options import Options
from aishell.cli.report import Report
from aishell.cli.tried import Attempt, Steps
from aishell.core.errors import AishellError, ConsentMissing
from aishell.core.steps import Answered, Asking, Moved, Past, Work
from aishell.core.text import one_line, visible
from aishell.core.types import Measured, Outcome, Proposal, Proposed, Said, Tier
from aishell.ui import consent

if TYPE_CHECKING:
    from aishell.cli.words import Turn
    from aishell.session import Session

_FACT_LINES = 8
_FAILED = 1


class Course:
    def __init__(self, session: Session, options: Options, report: Report, turn: Turn, unattended_timeout_s: float) -> None:
        assert session.working
        self._session = session
        self._working = session.working
        self._options = options
        self._report = report
        self._turn = turn
        self._unattended_timeout_s = unattended_timeout_s
        self._steps = Steps(objection=lambda _proposal, _tried: "")
        self._status = 0

    async def run(self, work: Work) -> int:
        """All of it, until it is done, or fails, or a person does not want more; the exit status."""
        for sentence in self._session.acting.recover():
            stdio.say(f"aishell: {visible(sentence)}")
        self._announce(work)
        try:
            while not work.ended:
                work = await self._step(work)
        except (AishellError, asyncio.CancelledError) as error:
            work = self._working.stop(work, str(error) or "stopped")
            self._tell_rest(work)
            self._report.steps(work)
            raise
        self._report.steps(work)
        if work.ended == "failed":
            self._say(f"aishell: {visible(work.why)}")
            self._tell_rest(work)
            self._status = self._status or _FAILED
        return self._report.print(self._status) if self._options.json else self._status

    async def _step(self, work: Work) -> Work:
        event = await self._next(work)
        if isinstance(event, Moved):
            return event.work
        if isinstance(event, Asking):
            return self._working.told(work, event.question, await self._asked(event.question))
        if isinstance(event, Answered):
            self._answer(event)
            return self._working.keep(work.end("done"))
        return await self._do(work, event)

    async def _next(self, work: Work) -> Proposed | Asking | Answered | Moved:
        """What comes next. Raises AishellError."""
        last: Proposed | Asking | Answered | Moved | None = None
        async with stdio.Waiting(shown=not self._options.plain), aclosing(self._working.next(work)) as events:
            async for event in events:
                if isinstance(event, Said):
                    stdio.say(f"aishell: {event.text}")
                elif isinstance(event, Measured):
                    self._report.measured(event)
                else:
                    last = event
        assert last
        return last

    async def _do(self, work: Work, event: Proposed) -> Work:
        proposal = event.proposal
        self._report.proposed(proposal, look=event.look)
        if not event.look:
            self._head(work)
        began, idle = time.monotonic(), self._attended(proposal)
        outcome = await self._settled(work, proposal, shown=work.way != "facts" and not event.look)
        self._status = outcome.exit_code
        took = outcome.elapsed if idle else time.monotonic() - began
        objected = self._steps.objected
        after = self._working.after(work, proposal, outcome, took=took, call=event.call, objection=objected, look=event.look)
        if after.failures and after.failures[-1].wrong and not after.ended:
            self._say(f"  not yet: {one_line(after.failures[-1].wrong, 160)}")
        return after

    def _head(self, work: Work) -> None:
        """Which step it is, of how many."""
        if work.way == "parts":
            self._say(stdio.style(f"{work.title}  {one_line(work.part, 100)}", "1"))
        elif work.way != "facts":
            self._say(stdio.style(f"step {work.title} of at most {self._working.budget.rounds}", "2"))

    async def _settled(self, work: Work, proposal: Proposal, *, shown: bool) -> Outcome:
        """What came of one step: tried where that is possible, agreed to, run. Raises ConsentMissing, AishellError."""
        self._steps.objected = ""
        self._steps.objection = lambda proposal, tried: self._working.objection(work, proposal, tried)
        turn, options = self._turn, self._options
        attempt = Attempt(self._session, options, None, self._report, turn.explain, of=self._steps)
        settled = await attempt.settle(proposal, self._unattended_timeout_s) if attempt.wanted(proposal) else None
        if isinstance(settled, Outcome):
            return settled
        outcome = await turn.carried_out(settled or await turn.agreed(proposal), shown=shown)
        if outcome is None:
            raise ConsentMissing("Not run.")
        return outcome

    def _attended(self, proposal: Proposal) -> bool:
        """Whether a person is asked, whose time is not the work's."""
        return not (self._options.yes or self._options.json) and proposal.steps[0].verdict.tier > Tier.READ

    async def _asked(self, question: str) -> str:
        """The person's answer. Raises ConsentMissing when nobody is there."""
        if self._options.json or self._options.yes or not consent.can_ask(piped=False):
            raise ConsentMissing(f"It cannot go on without an answer: {visible(question)}", hint="Say that in the request.")
        stdio.say(f"aishell: {visible(question)}")
        with closing(consent.Terminal()) as terminal:
            answer = await terminal.edit("")
        if not answer:
            raise ConsentMissing("Not answered.")
        return answer

    def _answer(self, answered: Answered) -> None:
        self._status = 0
        self._report.answered(answered.text)
        if self._options.json:
            return
        lines = [line for fact in answered.facts for line in _told(fact)]
        stdio.Out().write("stdout", "".join(f"{visible(line)}\n" for line in (answered.text, *lines)).encode())

    def _announce(self, work: Work) -> None:
        if work.parts and os.isatty(2):
            self._say(f"aishell: {len(work.parts)} steps:")
            for number, part in enumerate(work.parts, 1):
                self._say(f"  {number}. {one_line(part, 120)}{' (done)' if number <= work.at else ''}")

    def _tell_rest(self, work: Work) -> None:
        if work.number:
            self._say(f"  what is left of it is kept: `aishell steps resume {work.number}`")

    def _say(self, text: str) -> None:
        if text and not self._options.json:
            stdio.say(text)


def _told(fact: Past) -> list[str]:
    """A fact in lines: the command, and what it printed, bounded."""
    lines = fact.output.splitlines()
    more = [f"  ({len(lines) - _FACT_LINES} more lines)"] if len(lines) > _FACT_LINES else []
    return ["", f"  $ {fact.command}", *(f"  {line}" for line in lines[:_FACT_LINES]), *more]
