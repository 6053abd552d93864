"""Requests of several steps: one step proposed after the other, each judged, tried and agreed to like any command.

What goes on is a value, `Work`: handed out with each step, handed in with what came of it, kept on disk between the two.
Nothing waits in the middle, so a front end may stop at any point, and another process may go on.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from aishell.core.steps import Asking as Asking
from aishell.core.steps import Moved, Past, Work
from aishell.core.types import Outcome, Proposal, Proposed, Tier, Tried
from aishell.planner.steps import calls, guards, judged, looking
from aishell.planner.steps.advice import advice
from aishell.planner.steps.guards import Budget as Budget
from aishell.planner.steps.past import printed
from aishell.planner.steps.saved import Saved
from aishell.working.ways import Event
from aishell.working.ways import Ways as Ways


@dataclass(slots=True, kw_only=True)
class Working:
    ways: Ways
    saved: Saved | None = None
    budget: Budget = field(default_factory=Budget)
    private: bool = False
    """Nothing of it is kept on disk."""
    _thought: float = 0.0
    """Seconds that the step at hand took to find."""

    async def next(self, work: Work) -> AsyncGenerator[Event, None]:
        """What the next step is. One Proposed, Asking, Answered or Moved comes last. Raises NoPlan, ModelUnavailable."""
        if why := guards.spent(work, self.budget):
            yield Moved(work=self.keep(work.end("failed", why)))
            return
        began = time.monotonic()
        async with aclosing(self.ways.next(work)) as events:
            async for event in events:
                self._thought = time.monotonic() - began
                if isinstance(event, Moved):
                    event = Moved(work=self.keep(replace(event.work, seconds=work.seconds + self._thought)))
                elif isinstance(event, Proposed):
                    event = replace(event, proposal=replace(event.proposal, seconds=self._thought))
                yield event

    def after(
        self,
        work: Work,
        proposal: Proposal,
        outcome: Outcome,
        *,
        took: float = 0.0,
        call: str = "",
        objection: str = "",
        look: bool = False,
    ) -> Work:
        """The work once a step of it has been carried out, or tried in vain. `took`: seconds, to be counted."""
        past = self._past(work, proposal, outcome, objection, call)
        work = replace(work, seconds=work.seconds + self._thought + took)
        if look:
            return self.keep(replace(work, done=(*work.done, replace(past, request="", wrong=""))))
        if work.way == "looking":
            work = guards.looked(work, past)
        elif work.way == "parts" and past.wrong:
            work = guards.failed(work, past)
        else:
            work = replace(work, done=(*work.done, past))
            work = replace(work, at=work.at + 1) if work.way == "parts" else work
            work = work.end("done") if work.way == "parts" and work.at == len(work.parts) else work
        return self.keep(work)

    def _past(self, work: Work, proposal: Proposal, outcome: Outcome, objection: str, call: str) -> Past:
        """What later steps will know of this one."""
        (step,) = proposal.steps
        command, tier = outcome.step.action.command, step.verdict.tier
        part = work.part if command == step.step.action.command else ""  # what a person wrote instead is right
        wrong = objection or judged.wrong(part, tier, outcome)
        helps = advice(command, wrong, proposal.request.cwd, self.ways.names) if wrong else ""
        parts = work.way == "parts"
        return Past(
            request=work.part,
            command=command,
            exit_code=outcome.exit_code,
            output=printed(outcome) if parts or not helps else f"{printed(outcome)}\n({helps})",
            wrong="; ".join(filter(None, (wrong, helps))) if parts else "",
            call=call,
            changed=not wrong and tier > Tier.READ and (tier > Tier.DRY or outcome.undo is not None),
            undo=outcome.undo.number if outcome.undo else 0,
        )

    def objection(self, work: Work, proposal: Proposal, tried: Tried) -> str:
        """Why what was tried is not put before the person but done differently; empty when it is theirs to decide.

        Nothing of it has become real, so nobody need hear of it.
        """
        if tried.forbidden:
            return ""
        if tried.outcome.exit_code:  # perhaps only for want of a network: the last time a person may run it for real
            return judged.wrong(work.part, Tier.DRY, tried.outcome) if self._may_repeat(work) else ""
        if work.way != "parts":
            return ""
        before = next((past for past in reversed(work.done) if past.request and not past.wrong), None)
        misses = judged.misses(work.part, proposal.request.cwd, tried.changes, before)
        return misses or ("" if tried.changes.listed else judged.wrong(work.part, Tier.DRY, tried.outcome))

    def _may_repeat(self, work: Work) -> bool:
        """Whether a step that goes wrong now will be done differently."""
        return work.way in ("looking", "mending") or (work.way == "parts" and len(work.failures) < guards.TRIES - 1)

    def told(self, work: Work, question: str, answer: str) -> Work:
        """The work once the person has answered."""
        call = looking.said(calls.ToolCall(tool="ask", arguments={"question": question}))
        past = Past(request=work.part, command="", output=answer, call=call)
        return self.keep(replace(work, done=(*work.done, past)))

    def stop(self, work: Work, why: str) -> Work:
        """The person does not want it, or it cannot go on."""
        return self.keep(work.end("left", why))

    def keep(self, work: Work) -> Work:
        """Write it down; what cannot be written cannot be gone on with later, and that is all."""
        if self.saved and not self.private and work.way != "facts" and len(work.parts) != 1:
            with suppress(OSError):
                return self.saved.keep(work)
        return work
