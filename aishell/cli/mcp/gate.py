"""Commands of another program's, through the same gate as words: judged, tried, asked about, run, written down.

One thing is done at a time, and one trial is held: a new one replaces it, as if the old one had never been.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aishell.cli.mcp.told import Shown
from aishell.core.changes import UndoSet
from aishell.core.errors import TrialUnavailable, UsageError
from aishell.core.types import ApprovedStep, Finished, Outcome, Proposal, Request, ShellCommand, Step, Tier, Tried

if TYPE_CHECKING:
    from aishell.acting import Acting

Progress = Callable[[str], Awaitable[None]]
"""Tells the host how far it is."""
_MOST_ASKED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person has to agree to before it runs."""

    token: str
    message: str


@dataclass(slots=True, kw_only=True)
class Gate:
    acting: Acting
    shown: Shown
    timeout_s: float
    """For a command that nobody said a time for."""
    _held: tuple[str, Proposal, Tried] | None = None
    """The trial at hand, under its token."""
    _asked: dict[str, tuple[Proposal, float]] = field(default_factory=dict)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, command: str, why: str, cwd: str, timeout_s: float, progress: Progress) -> dict[str, Any] | Question:
        """What came of a command, or of its trial; or the question without whose answer it does not run."""
        request = Request(text=why, cwd=cwd)
        step = Step(action=ShellCommand(command=command), why=why)
        return await self.settle(Proposal(request=request, steps=(self.acting.judged(step, request),)), timeout_s, progress)

    async def settle(self, proposal: Proposal, timeout_s: float, progress: Progress) -> dict[str, Any] | Question:
        (judged,) = proposal.steps
        timeout_s = timeout_s or self.timeout_s
        async with self._alone:
            if judged.verdict.tier == Tier.DENY:
                return self._refused(proposal, "This is never run from words.")
            if judged.verdict.tier == Tier.READ:
                return await self._carried_out(
                    proposal, self.acting.approve(proposal, consent=False), timeout_s=timeout_s, progress=progress
                )
            if self.acting.can_try(proposal):
                try:
                    return await self._try(proposal, timeout_s, progress)
                except TrialUnavailable:
                    pass
            return self._question(proposal, timeout_s)

    async def commit(self, token: str) -> dict[str, Any]:
        """What was tried under this token, put in place. Raises UsageError, Conflict, ConsentMissing."""
        async with self._alone:
            if self._held is None or not secrets.compare_digest(self._held[0].encode(), token.encode()):
                raise UsageError(
                    "There is no such trial any more.", hint="Run the command again: only the newest trial is kept."
                )
            _, proposal, tried = self._held
            self._held = None
            made = await self.acting.put_in_place(proposal, tried, by="host")
            return self.shown.step(proposal) | self.shown.outcome(tried.outcome) | {"undo": _undo(made)}

    async def answered(self, token: str, progress: Progress, *, yes: bool, why: str = "") -> dict[str, Any]:
        """What came of a question: a person has said yes, or not. Raises UsageError."""
        found = self._asked.pop(token, None)
        if found is None:
            raise UsageError("Nothing was asked under this token.", hint="Run the command again.")
        proposal, timeout_s = found
        async with self._alone:
            if not yes:
                return self._refused(proposal, why or "The person said no.")
            steps = self.acting.approve(proposal, consent=True)
            return await self._carried_out(proposal, steps, timeout_s=timeout_s, progress=progress)

    async def close(self) -> None:
        await self.acting.trials.discard()
        self.acting.recording.close()

    def _question(self, proposal: Proposal, timeout_s: float) -> Question:
        token = secrets.token_urlsafe(16)
        while len(self._asked) >= _MOST_ASKED:
            self._asked.pop(next(iter(self._asked)))
        self._asked[token] = (proposal, timeout_s)
        return Question(token=token, message=self.shown.question(proposal))

    def _refused(self, proposal: Proposal, why: str) -> dict[str, Any]:
        self.acting.refused(proposal)
        return self.shown.step(proposal) | {"status": "refused", "why": why}

    async def _try(self, proposal: Proposal, timeout_s: float, progress: Progress) -> dict[str, Any]:
        """Raises TrialUnavailable."""
        self._held = None
        tried: Tried | None = None
        written = 0
        async with aclosing(self.acting.try_out(proposal, timeout_s=timeout_s)) as events:
            async for event in events:
                if isinstance(event, Tried):
                    tried = event
                else:
                    written += len(event.data)
                    await progress(f"{written} bytes of output so far, in a trial")
        assert tried
        table = self.shown.step(proposal) | self.shown.outcome(tried.outcome) | {"tried": self.shown.changes(proposal, tried)}
        if tried.forbidden:
            await self.acting.leave(proposal)
            return table | {"status": "refused", "why": "; ".join(tried.forbidden)}
        if tried.outcome.exit_code:
            await self.acting.trials.discard()
            return table | {"why": "It failed where it was tried: without a network, services, and folders that are not yours."}
        if not tried.changes.listed:
            await self.acting.put_in_place(proposal, tried, by="policy")
            return table
        token = secrets.token_urlsafe(16)
        self._held = (token, proposal, tried)
        why = "Nothing is changed yet. Call run with commit and this token to put the changes in place."
        return table | {"status": "tried", "token": token, "why": why}

    async def _carried_out(
        self, proposal: Proposal, steps: tuple[ApprovedStep, ...], *, timeout_s: float, progress: Progress
    ) -> dict[str, Any]:
        last: Outcome | None = None
        written = 0
        async with aclosing(self.acting.carry_out(steps, timeout_s=timeout_s)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    last = event.outcome
                else:
                    written += len(event.data)
                    await progress(f"{written} bytes of output so far")
        assert last
        return self.shown.step(proposal) | self.shown.outcome(last) | {"undo": _undo(last.undo)}


def _undo(made: UndoSet | None) -> dict[str, Any] | None:
    return {"number": made.number, "hint": f"`aishell undo {made.number}` takes it back"} if made else None
