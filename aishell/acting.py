"""What is done about a proposal: judged, approved, tried, put in place, carried out, written down. Nothing else acts."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aishell.actions import executor, parse, policy, run, streams
from aishell.actions.capture import Limits
from aishell.actions.dryrun.partial import Copies
from aishell.actions.environment import clean_environment
from aishell.actions.risk import Rules
from aishell.actions.trying import Trials
from aishell.core.changes import Change, Changes, UndoSet
from aishell.core.errors import ConsentMissing
from aishell.core.explanation import Explanation
from aishell.core.types import (
    ApprovedStep,
    Feed,
    Finished,
    JudgedStep,
    Observed,
    Outcome,
    Past,
    Printed,
    Proposal,
    Request,
    ShellCommand,
    Step,
    Taint,
    Tier,
    Tried,
    Verdict,
)
from aishell.planner.steps.past import printed
from aishell.recording import By as By
from aishell.recording import Recording

if TYPE_CHECKING:
    from aishell.programs.known import Programs

_GLANCE = Limits(keep_bytes=32 << 10, spill_bytes=0)
"""Of the output of a command that is only looked at."""
Misfits = Callable[[Request, str, Changes], tuple[str, ...]]
"""Why a command that was tried, and would change this, may not be what was asked for; one sentence each."""


_PAST = 4


@dataclass(slots=True, kw_only=True)
class Acting:
    rules: Rules
    limits: Limits
    recording: Recording
    trials: Trials
    open_programs: Callable[[], Programs]
    """What the programs of this machine say about themselves; asked for at first use."""
    misfits: Misfits = lambda _request, _command, _changes: ()
    start_engine: Callable[[], None] = lambda: None
    """For aishell's own functions in a command: what only reads cannot start it."""
    taint: Taint = field(default_factory=Taint)
    """Secrets read in this conversation, which the network must not hear of without a question."""
    past: deque[Past] = field(default_factory=lambda: deque(maxlen=_PAST))
    """What was done last from words, the newest last: further words may refer to it."""
    _programs: Programs | None = None

    @property
    def programs(self) -> Programs:
        self._programs = self._programs or self.open_programs()
        return self._programs

    def revise(self, proposal: Proposal, command: str) -> Proposal:
        """The proposal with a command the person wrote instead, judged anew."""
        for judged in proposal.steps:
            if judged.step.action.command != command:
                self.recording.corrected(proposal.request, judged)
        step = Step(action=ShellCommand(command=command))
        return Proposal(request=proposal.request, steps=(self.judged(step, proposal.request),))

    def judge(self, command: str, cwd: str) -> Verdict:
        verdict = policy.escalate(self.rules.judge(parse.inspect(command), cwd), self.taint)
        return policy.untried(verdict) if verdict.tier == Tier.DRY and not self.trials.possible else verdict

    def explain(self, command: str, cwd: str) -> Explanation:
        """What each part of a command is for. Runs nothing of it, but may read manual pages: 0.2 s for one not read before."""
        from aishell.actions.explain.walk import explain  # not for those who only run things

        return explain(command, self.judge(command, cwd), programs=self.programs, policy=self.rules.policy)

    def needs_consent(self, proposal: Proposal) -> bool:
        return policy.needs_consent(proposal)

    def approve(self, proposal: Proposal, *, consent: bool) -> tuple[ApprovedStep, ...]:
        """What may run of it. Raises ConsentMissing when a step needs a consent that was not given, or is forbidden."""
        try:
            steps = policy.approve(proposal, consent=consent, environment=os.environ, withheld=self.rules.private(os.environ))
        except ConsentMissing:
            self.recording.refused(proposal)
            raise
        for judged, approved in zip(proposal.steps, steps, strict=True):
            self._runs(proposal, judged, approved.by)
        return steps

    def refused(self, proposal: Proposal) -> None:
        """A person said no to it."""
        self.recording.refused(proposal)

    def typed(self, step: Step, cwd: str) -> ApprovedStep:
        """A shell line a person wrote, ready to run."""
        self.recording.typed(step.action.command, cwd)
        return policy.typed(step, cwd, os.environ)

    async def carry_out(
        self, steps: tuple[ApprovedStep, ...], *, feed: Feed | None = None, timeout_s: float = 0.0
    ) -> AsyncGenerator[Printed | Finished, None]:
        """Run approved steps in order, until one fails."""
        for step in steps:
            outcome: Outcome | None = None
            copies = await asyncio.to_thread(self.trials.copies, step.paths, step.cwd) if step.paths else None
            try:
                async with aclosing(executor.execute(step, self.limits, feed=feed, timeout_s=timeout_s)) as items:
                    async for item in items:
                        if isinstance(item, Printed):
                            yield item
                        else:
                            outcome = item.outcome
            finally:  # also when nobody wants the rest any more
                command = step.step.action.command
                made = copies.keep(self.recording.label(command)) if copies else None
                self.recording.finished(
                    command, step.cwd, outcome, request=step.request, tier=step.tier, by=step.by if step.request else "typed"
                )
            if outcome is None:
                return
            self._over(step.request, command, outcome, made)
            yield Finished(outcome=replace(outcome, undo=made))
            if outcome.exit_code != 0:
                return

    # ---- trying

    async def observe(self, command: str, request: Request, *, timeout_s: float) -> Observed | None:
        """What a command does where nothing of it lasts: what only reads is confined to that, what changes files is tried.

        None when that cannot be seen, or must not happen before a person has agreed: that needs a question, network, a secret.
        """
        judged, script = self.judged(Step(action=ShellCommand(command=command)), request), parse.inspect(command)
        verdict = judged.verdict
        asks = verdict.tier > Tier.DRY or verdict.network or verdict.hosts or verdict.secrets or verdict.allowed
        if asks or streams.named(script, request.cwd) or self.rules.outside(script):  # gone for its reader; slow
            return None
        self.recording.observed(request, judged)
        feed = Feed(head=request.piped.head) if request.piped else Feed()
        outcome: Outcome | None = None
        changes = Changes()
        if verdict.tier == Tier.READ:
            proposal, private = Proposal(request=request, steps=(judged,)), self.rules.private(os.environ)
            (step,) = policy.approve(proposal, consent=False, environment=os.environ, withheld=private)
            async with aclosing(executor.execute(step, _GLANCE, feed=feed, timeout_s=timeout_s)) as items:
                async for item in items:
                    outcome = item.outcome if isinstance(item, Finished) else outcome
        else:
            environment = clean_environment(os.environ, self.rules.private(os.environ), stays=True)
            seen = await self.trials.observe(
                judged.step, request.cwd, environment, _GLANCE, paths=verdict.paths, feed=feed, timeout_s=timeout_s
            )
            outcome, changes = seen or (None, changes)
        if outcome is None or outcome.status in ("timed out", "interrupted"):
            return None
        return Observed(
            exit_code=outcome.exit_code,
            stdout=outcome.stdout.head,
            stderr=outcome.stderr.head,
            changes=changes,
            reads=verdict.tier == Tier.READ,
        )

    def can_try(self, proposal: Proposal) -> bool:
        """Whether all of it can be carried out without its effects, and shown."""
        return len(proposal.steps) == 1 and proposal.steps[0].verdict.tier == Tier.DRY

    async def try_out(
        self, proposal: Proposal, *, feed: Feed | None = None, timeout_s: float = 0.0
    ) -> AsyncGenerator[Printed | Tried, None]:
        """The output of a proposal that `can_try`, as it arrives, and what it would change. Nothing of it is real.

        Raises TrialUnavailable, AishellError.
        """
        (judged,) = proposal.steps
        environment = clean_environment(os.environ, self.rules.private(os.environ), stays=True)
        trial = self.trials.run(judged.step, proposal.request.cwd, environment, self.limits, feed=feed, timeout_s=timeout_s)
        async with aclosing(trial) as items:
            async for item in items:
                if isinstance(item, Outcome):
                    changes = await self.trials.changes()
                    yield self._weighed(item, changes, self.misfits(proposal.request, judged.step.action.command, changes))
                else:
                    yield item

    async def put_in_place(self, proposal: Proposal, tried: Tried, *, by: By) -> UndoSet | None:
        """Make what was shown real; None when there is nothing to. Raises ConsentMissing, Conflict, AishellError."""
        (judged,) = proposal.steps
        if tried.forbidden:
            await self.leave(proposal)
            raise ConsentMissing(
                f"This is never done from words: {'; '.join(tried.forbidden)}.",
                hint="If you mean it, type the command itself, in a shell or after `!`.",
            )
        self._runs(proposal, judged, by)
        command, made = judged.step.action.command, None
        if tried.changes.listed:
            made = await self.trials.commit(self.recording.label(command))
        else:
            await self.trials.discard()
        tier = judged.verdict.tier.name
        self.recording.finished(command, proposal.request.cwd, tried.outcome, request=proposal.request.text, tier=tier, by=by)
        self._over(proposal.request.text, command, tried.outcome, made)
        return made

    def text_diff(self, path: str) -> tuple[str, ...]:
        """The lines that would change in one file of the trial at hand, bounded."""
        return self.trials.text_diff(path)

    async def leave(self, proposal: Proposal) -> None:
        """What was tried is not wanted."""
        self.refused(proposal)
        await self.trials.discard()

    def recover(self) -> list[str]:
        """Take back what a crash has cut off in the middle; a sentence for each."""
        return self.trials.recover()

    # ----

    def run_line(self, line: str, cwd: str, *, protect: frozenset[str] = frozenset()) -> tuple[int, str, UndoSet | None]:
        """Run a line a person typed, with the terminal as it is: its exit status, the folder it ended in, and what was kept."""
        copies = self.before_line(line, cwd, protect)
        began = time.time()
        try:
            status, folder = run.run_line(line, cwd)
        finally:
            made = self.keep(line, copies)
        self.recording.ran(line, cwd, began, status)
        return status, folder, made

    def before_line(self, line: str, cwd: str, protect: frozenset[str]) -> Copies | None:
        """Look at a line that a person typed, before it runs: secrets that it reads taint the conversation.

        Of what a program of `protect` names, copies are made.
        """
        script = parse.inspect(line)
        verdict = self.rules.judge(script, cwd)
        self.taint = policy.tainted(self.taint, verdict)
        named = verdict.paths if protect & {call.program for call in script.calls} else ()
        return self.trials.copies(named, cwd) if named else None

    def keep(self, line: str, copies: Copies | None) -> UndoSet | None:
        """Of the copies, those that differ from what is there now that the line has run."""
        return copies.keep(self.recording.label(line)) if copies else None

    def judged(self, step: Step, request: Request) -> JudgedStep:
        return JudgedStep(step=step, verdict=self.judge(step.action.command, request.cwd))

    def _weighed(self, outcome: Outcome, changes: Changes, misfits: tuple[str, ...]) -> Tried:
        found = list(self.rules.changes(change.path for change in changes.listed))
        return Tried(
            outcome=outcome,
            changes=changes,
            forbidden=tuple(f"it changes {path}: {reason}" for path, tier, reason in found if tier == Tier.DENY),
            careful=(
                *misfits,
                *(f"{path}: {reason}" for path, tier, reason in found if tier == Tier.ASK),
                *(f"{change.path}: it would run with its owner's rights" for change in changes.listed if _gives_rights(change)),
            ),
        )

    def _over(self, request: str, command: str, outcome: Outcome, made: UndoSet | None) -> None:
        if request and not self.recording.private:
            code, undo = outcome.exit_code, made.number if made else 0
            self.past.append(Past(request=request, command=command, exit_code=code, output=printed(outcome), undo=undo))

    def _runs(self, proposal: Proposal, judged: JudgedStep, by: By) -> None:
        self.recording.approved(proposal, judged, by)
        self.taint = policy.tainted(self.taint, judged.verdict)
        if self.rules.outside(parse.inspect(judged.step.action.command)):
            self.start_engine()


def _gives_rights(change: Change) -> bool:
    """Whether a file becomes set-user-id or set-group-id."""
    return change.sort == "file" and bool((change.mode_after or 0) & (stat.S_ISUID | stat.S_ISGID))
