"""One conversation between a person and a machine: words to a proposal, and an approved proposal to outcomes.

The two halves share nothing but values. Between them nothing waits: a proposal can be shown, stored, tested, or left.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from aishell.actions import executor, parse, policy, run
from aishell.actions.audit import Audit, Entry
from aishell.actions.executor import Limits
from aishell.actions.risk import Rules
from aishell.core.errors import ConsentMissing
from aishell.core.ports import Backend
from aishell.core.types import (
    ApprovedStep,
    Feed,
    Finished,
    JudgedStep,
    Measured,
    ModelInfo,
    Plan,
    Printed,
    Proposal,
    Proposed,
    Request,
    Said,
    ShellCommand,
    Step,
    Tier,
    Told,
    Verdict,
)
from aishell.planner.plan import Planner


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    backend: Backend
    planner: Planner
    rules: Rules
    limits: Limits
    audit: Audit

    async def propose(
        self, request: Request, *, reasons: bool | None = None
    ) -> AsyncGenerator[Said | Measured | Proposed, None]:
        """What to do about `request`, judged; the Proposed comes last. Nothing runs.

        `reasons`: whether each step should say why; None: only where a person will be asked.
        Raises NoPlan, ModelUnavailable.
        """

        def wants_reason(command: str) -> bool:
            return reasons if reasons is not None else self.judge(command, request.cwd).tier > Tier.READ

        async with aclosing(self.planner.plan(request, wants_reason)) as items:
            async for item in items:
                if isinstance(item, Plan):
                    steps = tuple(self._judged(step, request) for step in item.steps)
                    yield Proposed(proposal=Proposal(request=request, steps=steps, problems=item.problems))
                else:
                    yield item

    def revise(self, proposal: Proposal, command: str) -> Proposal:
        """The proposal with a command the person wrote instead, judged anew."""
        step = Step(action=ShellCommand(command=command))
        return Proposal(request=proposal.request, steps=(self._judged(step, proposal.request),))

    def judge(self, command: str, cwd: str) -> Verdict:
        return self.rules.judge(parse.inspect(command), cwd)

    def needs_consent(self, proposal: Proposal) -> bool:
        return policy.needs_consent(proposal)

    def approve(self, proposal: Proposal, *, consent: bool) -> tuple[ApprovedStep, ...]:
        """What may run of it. Raises ConsentMissing when a step needs a consent that was not given, or is forbidden."""
        try:
            steps = policy.approve(proposal, consent=consent, environment=os.environ, withheld=self.rules.private(os.environ))
        except ConsentMissing:
            self.refused(proposal)
            raise
        for judged, approved in zip(proposal.steps, steps, strict=True):
            self.audit.write(_decision("approved", proposal, judged, approved.by))
        return steps

    def refused(self, proposal: Proposal) -> None:
        """A person, or the policy, said no to it."""
        for judged in proposal.steps:
            self.audit.write(_decision("refused", proposal, judged, ""))

    def typed(self, step: Step, cwd: str) -> ApprovedStep:
        """A shell line a person wrote, ready to run."""
        self.audit.write(Entry(event="approved", command=step.action.command, cwd=cwd, by="typed"))
        return policy.typed(step, cwd, os.environ)

    async def explain(self, command: str, request: str) -> AsyncGenerator[Told | Said | Measured, None]:
        """What a command does, in words as they are produced."""
        async with aclosing(self.planner.explain(command, request)) as items:
            async for item in items:
                yield item

    async def carry_out(
        self, steps: tuple[ApprovedStep, ...], *, feed: Feed | None = None, timeout_s: float = 0.0
    ) -> AsyncGenerator[Printed | Finished, None]:
        """Run approved steps in order, until one fails."""
        for step in steps:
            status, exit_code = "interrupted", None
            try:
                async with aclosing(executor.execute(step, self.limits, feed=feed, timeout_s=timeout_s)) as items:
                    async for item in items:
                        if isinstance(item, Finished):
                            status, exit_code = item.outcome.status, item.outcome.exit_code
                        yield item
            finally:  # also when nobody wants the rest any more
                command = step.step.action.command
                self.audit.write(Entry(event="finished", command=command, cwd=step.cwd, status=status, exit_code=exit_code))
            if exit_code != 0:
                return

    def run_line(self, line: str, cwd: str) -> tuple[int, str]:
        """Run a line a person typed, with the terminal as it is; its exit status and the folder it ended in."""
        return run.run_line(line, cwd)

    async def describe(self) -> ModelInfo:
        return await self.backend.describe()

    async def close(self) -> None:
        await self.backend.close()

    def _judged(self, step: Step, request: Request) -> JudgedStep:
        return JudgedStep(step=step, verdict=self.judge(step.action.command, request.cwd))


def _decision(
    event: Literal["approved", "refused"], proposal: Proposal, judged: JudgedStep, by: Literal["policy", "user", ""]
) -> Entry:
    return Entry(
        event=event,
        command=judged.step.action.command,
        cwd=proposal.request.cwd,
        request=proposal.request.text,
        verdict=judged.verdict,
        by=by,
    )
