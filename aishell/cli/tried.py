"""A proposal of local effects on the command line: tried, its changes shown, agreed to, put in place."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.cli import stdio
from aishell.cli.options import Options
from aishell.cli.report import Report
from aishell.core.changes import UndoSet
from aishell.core.errors import ConsentMissing, TrialUnavailable
from aishell.core.types import ApprovedStep, Captured, Feed, Outcome, Proposal, Tried
from aishell.ui import changes as shown
from aishell.ui import consent

if TYPE_CHECKING:
    from aishell.acting import By
    from aishell.session import Session

_PLACE = "  put this in place?  y yes   n no   e edit   d text   x explain  [n] "
_PLACE_ALL = "  put this in place?  y yes   a and all further local changes   n no   e edit   d text   x explain  [n] "
_RUN = "  run it for real?  y yes   n no   e edit   x explain  [n] "
_TEXTS = 10

Explain = Callable[[str, str], Awaitable[object]]
"""Given a command and a request, says what it does."""


@dataclass(slots=True)
class Steps:
    """What an attempt has to know of the steps that it is one of."""

    objection: Callable[[Proposal, Tried], str]
    """Why what was tried is done differently before a person hears of it; empty when it is theirs to decide."""
    objected: str = ""
    """That, for the last one."""
    agreed: bool = False
    """The person has agreed to all further local changes of this request."""


class Attempt:
    """One proposal that can be tried, until it is done, or left, or is to be run for real."""

    def __init__(
        self,
        session: Session,
        options: Options,
        feed: Feed | None,
        report: Report,
        explain: Explain,
        *,
        of: Steps | None = None,
    ) -> None:
        """`of`: the steps that it is one of."""
        self._session = session
        self._options = options
        self._feed = feed
        self._report = report
        self._explain = explain
        self._of = of
        self._person = not (options.yes or options.json) and consent.can_ask(piped=feed is not None)

    def wanted(self, proposal: Proposal) -> bool:
        """A stream that can be read once only is not spent on a trial that may fail and be run for real."""
        return self._session.acting.can_try(proposal) and (self._feed is None or self._feed.descriptor < 0)

    async def settle(self, proposal: Proposal, unattended_timeout_s: float) -> Outcome | tuple[ApprovedStep, ...] | None:
        """What came of it; or the steps to run for real; or None when it cannot be tried. Raises ConsentMissing."""
        try:
            tried = await self._try(proposal, unattended_timeout_s)
        except TrialUnavailable as reason:
            stdio.say(f"aishell: {reason}")
            return None
        failed = tried.outcome.exit_code != 0
        if self._of and (objection := self._of.objection(proposal, tried)):
            self._of.objected = objection
            await self._session.acting.trials.discard()  # nothing of it was real: the planner hears of it first
            self._report.finished(tried.outcome)
            return tried.outcome
        if tried.forbidden or not (failed or tried.changes.listed):
            return await self._put(proposal, tried, by="policy")  # which refuses what is forbidden
        if self._options.yes or (self._of and self._of.agreed and not failed and not tried.careful):
            if not failed:
                return await self._put(proposal, tried, by="user")
            await self._session.acting.trials.discard()
            return self._session.acting.approve(proposal, consent=True)
        if not self._person:
            await self._refuse(proposal, tried)
        return await self._asked(proposal, tried, unattended_timeout_s)

    async def _try(self, proposal: Proposal, unattended_timeout_s: float) -> Tried:
        out = stdio.Out()
        tried: Tried | None = None
        timeout_s = self._options.timeout_s or (0.0 if self._person else unattended_timeout_s)
        if self._person:
            stdio.say("\n".join(consent.describe(proposal, lambda text: stdio.style(text, "1"), reasons=False)))
        async with aclosing(self._session.acting.try_out(proposal, feed=self._feed, timeout_s=timeout_s)) as events:
            async for event in events:
                if isinstance(event, Tried):
                    tried = event
                elif self._person:
                    out.write(event.stream, event.data)
        out.finish()
        assert tried
        self._report.tried(tried)
        return tried

    async def _put(self, proposal: Proposal, tried: Tried, *, by: By) -> Outcome:
        made = await self._session.acting.put_in_place(proposal, tried, by=by)
        outcome = replace(tried.outcome, undo=made)
        self._report.finished(outcome)
        if not (self._person or self._options.json):
            _emit(tried.outcome)
        if made:
            self._tell(made)
        elif self._person:
            stdio.say("  it changed nothing")
        return outcome

    def _tell(self, made: UndoSet) -> None:
        self._report.undo(made.number)
        if not self._options.json and os.isatty(2):
            stdio.say(f"aishell: {made.summary()}; `aishell undo {made.number}` takes it back")

    async def _refuse(self, proposal: Proposal, tried: Tried) -> None:
        if not self._options.json:
            stdio.say("\n".join([*consent.describe(proposal, str, reasons=False), *self._lines(tried)]))
        await self._session.acting.leave(proposal)
        raise ConsentMissing(
            "Nothing was changed: a person has to agree.",
            hint="Run it in a terminal to be asked, or with --yes to agree beforehand; --print shows the command only.",
        )

    def _lines(self, tried: Tried) -> list[str]:
        lines = [f"  {line}" for line in shown.describe(tried.changes)]
        lines += [f"  careful: {shown.plain(sentence)}" for sentence in tried.careful]
        if tried.outcome.status == "timed out":
            return [*lines, "  it took too long when it was tried"]
        if tried.outcome.exit_code:
            where = "without a network, services, and folders that are not yours"
            lines.append(f"  it failed when it was tried {where} (status {tried.outcome.exit_code})")
        return lines

    async def _asked(
        self, proposal: Proposal, tried: Tried, unattended_timeout_s: float
    ) -> Outcome | tuple[ApprovedStep, ...] | None:
        failed = tried.outcome.exit_code != 0
        command = proposal.steps[0].step.action.command
        try:
            with closing(consent.Terminal()) as terminal:
                while True:
                    stdio.say("\n".join(self._lines(tried)))
                    answer = await terminal.ask(_RUN if failed else _PLACE_ALL if self._of else _PLACE)
                    if answer == "all" and self._of and not failed:
                        self._of.agreed = True
                        answer = "yes"
                    if answer == "yes" and not failed:
                        return await self._put(proposal, tried, by="user")
                    if answer == "yes":
                        await self._session.acting.trials.discard()
                        return self._session.acting.approve(proposal, consent=True)
                    if answer in ("no", "all"):
                        await self._session.acting.leave(proposal)
                        raise ConsentMissing("Nothing was changed.")
                    if answer == "explain":
                        await self._explain(command, proposal.request.text)
                    elif answer == "details":
                        self._details(tried)
                    elif (edited := await terminal.edit(command)) and edited != command:
                        break
        except asyncio.CancelledError:  # Ctrl-C is an answer as well
            await self._session.acting.leave(proposal)
            raise
        return await self._edited(self._session.acting.revise(proposal, edited), unattended_timeout_s)

    async def _edited(self, proposal: Proposal, unattended_timeout_s: float) -> Outcome | tuple[ApprovedStep, ...] | None:
        """What a person has just written: tried when that is possible, else agreed to by having been written."""
        await self._session.acting.trials.discard()
        settled = await self.settle(proposal, unattended_timeout_s) if self.wanted(proposal) else None
        return settled or self._session.acting.approve(proposal, consent=True)

    def _details(self, tried: Tried) -> None:
        files = [each for each in tried.changes.listed if each.sort == "file" and each.kind in ("added", "changed")]
        for change in files[:_TEXTS]:
            stdio.say("\n".join(shown.plain(line) for line in self._session.acting.text_diff(change.path)))


def _emit(outcome: Outcome) -> None:
    """The output that was held until it was clear that it counts."""
    out = stdio.Out()
    streams: tuple[tuple[stdio.Stream, Captured], ...] = (("stdout", outcome.stdout), ("stderr", outcome.stderr))
    for stream, captured in streams:
        written = 0
        for data in _kept(captured):
            out.write(stream, data)
            written += len(data)
        if written < captured.total:
            left = captured.total - written
            stdio.say(f"aishell: the last {left} bytes of its output are left out: more than actions.spill_mb holds")
    out.finish()


def _kept(captured: Captured) -> Iterator[bytes]:
    if not captured.spill:
        yield captured.head + captured.tail
        return
    with Path(captured.spill).open("rb") as whole:
        while data := whole.read(1 << 16):
            yield data
