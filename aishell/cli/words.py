"""Words on the command line: proposed, judged, agreed to, run. Also shell lines that need more than bash: --json, --timeout."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli import badge, stdio
from aishell.cli.itself import be_found
from aishell.cli.options import Options
from aishell.cli.report import Report
from aishell.cli.supervised import run_async
from aishell.cli.tried import Attempt
from aishell.core.changes import UndoSet
from aishell.core.errors import AishellError, ConsentMissing, UsageError
from aishell.core.text import visible
from aishell.core.types import (
    ApprovedStep,
    Feed,
    Finished,
    JudgedStep,
    Measured,
    Outcome,
    Proposal,
    Request,
    Said,
    ShellCommand,
    Step,
    Tier,
)
from aishell.ui import consent

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aishell.core.steps import Work
    from aishell.session import Session


def run(text: str, options: Options) -> int:
    """Words from the command line; the exit status."""
    be_found()  # what is proposed may be aishell's own commands
    try:
        loaded, paths = wiring.settings()
        session = wiring.open_session(loaded.settings, paths)
    except AishellError as error:
        return _failed(text, options, error)
    badge.show(loaded.settings, shown=not options.json)
    peeked = stdio.peek()  # while the model loads
    turn = Turn(session, options, loaded.settings.actions.unattended_timeout_s, peeked[1] if peeked else None)
    request = Request(text=text, cwd=_cwd(), piped=peeked[0] if peeked else None)
    return run_async(closing(session, turn.words(request)))


def _failed(text: str, options: Options, error: AishellError) -> int:
    """A program that asked for JSON gets its object also when nothing could begin."""
    if not options.json:
        raise error
    report = Report()
    report.request(text, "words")
    return report.failed(error)


def run_line(line: str, options: Options) -> int:
    """A shell line with --json or --timeout: run as it is, captured."""
    loaded, paths = wiring.settings()
    session = wiring.open_session(loaded.settings, paths, model=False)
    return run_async(closing(session, Turn(session, options, 0.0, None).line(line)))


def explain_line(line: str, options: Options) -> int:
    from aishell.cli import explain

    loaded, paths = wiring.settings()
    session, model = explain.open_session(loaded.settings, paths, model=True)
    return run_async(closing(session, Turn(session, options, 0.0, None).explain(line, "", model=model)))


def _cwd() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise AishellError("The current folder no longer exists.", hint="Change to another one first: cd") from None


async def closing(session: Session, work: Coroutine[None, None, int]) -> int:
    try:
        return await work
    finally:
        await session.close()


class Turn:
    """One line of words, from request to exit status."""

    def __init__(self, session: Session, options: Options, unattended_timeout_s: float, feed: Feed | None) -> None:
        self._session = session
        self._options = options
        self._unattended_timeout_s = unattended_timeout_s
        self._feed = feed
        self._report = Report()

    async def words(self, request: Request) -> int:
        options = self._options
        self._report.request(request.text, "words")
        try:
            if number := self._session.undoes(request.text):
                return self._undo(number)
            if not (options.print_only or options.explain) and (work := self._session.begin(request)):
                return await self.several(work)
            proposal = await self._propose(request)
            if options.print_only and not options.json:
                return self._print(proposal)
            if options.explain:
                return await self.explain(proposal.steps[0].step.action.command, request.text, shown=True)
            if options.print_only:
                return self._report.print(0)
            return await self._do(proposal)
        except AishellError as error:
            if not options.json:
                raise
            return self._report.failed(error)

    async def fixed(self, proposal: Proposal) -> int:
        """What is to run instead of a command that failed."""
        self._report.request(proposal.request.text, "fix")
        self._report.proposed(proposal)
        return await self._do(proposal)

    def _undo(self, number: int) -> int:
        from aishell.cli import undo

        return undo.run([str(number), *(["--json"] if self._options.json else [])])

    async def resumed(self, work: Work) -> int:
        """The rest of a request of several steps."""
        self._report.request(work.request.text, "words")
        try:
            return await self.several(work)
        except AishellError as error:
            if not self._options.json:
                raise
            return self._report.failed(error)

    async def several(self, work: Work) -> int:
        """A request of several steps, or the rest of one."""
        from aishell.cli.course import Course

        if self._options.json:
            self._report.model(await self._session.describe())
        course = Course(self._session, self._options, self._report, self, self._unattended_timeout_s)
        return await course.run(work)

    async def _do(self, proposal: Proposal) -> int:
        """Tried first where that is possible; else agreed to and run."""
        for sentence in self._session.acting.recover():
            stdio.say(f"aishell: {visible(sentence)}")
        attempt = Attempt(self._session, self._options, self._feed, self._report, self.explain)
        settled = await attempt.settle(proposal, self._unattended_timeout_s) if attempt.wanted(proposal) else None
        if isinstance(settled, Outcome):
            return self._report.print(settled.exit_code) if self._options.json else settled.exit_code
        return await self._carry_out(settled or await self.agreed(proposal))

    async def line(self, line: str) -> int:
        """A shell line, which a person wrote: it needs nobody's consent."""
        step = Step(action=ShellCommand(command=line))
        self._report.request(line, "shell")
        self._report.step(step, None)
        return await self._carry_out((self._session.acting.typed(step, _cwd()),))

    async def explain(self, command: str, request: str, *, shown: bool = False, model: bool = True) -> int:
        """Its parts, from documentation, then what the model says of the whole. `shown`: below the command itself."""
        from aishell.cli import explain

        as_json = self._options.json
        say = explain.words_of(wiring.settings()[0].settings)
        explanation = await asyncio.to_thread(self._session.acting.explain, command, _cwd())
        if shown and not as_json:
            stdio.show(command)
        if not as_json:
            explain.show(explanation, say)
        text = ""
        if model:
            text = await explain.joined(
                self._session, explanation, as_json=as_json, request=request, measured=self._report.measured
            )
        if not as_json:
            return UsageError.exit_status if explanation.error else 0
        self._report.parts(explain.as_table(explanation, say))
        return self._report.explained(text, UsageError.exit_status if explanation.error else 0)

    async def _propose(self, request: Request) -> Proposal:
        options = self._options
        reasons = True if options.json else False if options.print_only or options.yes or options.explain else None
        proposal: Proposal | None = None
        others: tuple[JudgedStep, ...] = ()
        async with stdio.Waiting(shown=not options.plain), aclosing(self._session.propose(request, reasons=reasons)) as events:
            async for event in events:
                if isinstance(event, Said):
                    stdio.say(f"aishell: {event.text}")
                elif isinstance(event, Measured):
                    self._report.measured(event)
                else:
                    proposal = event.proposal
                    others = event.others
        assert proposal is not None
        for other in others if proposal.unsure and not (options.json or options.print_only) else ():
            stdio.say(f"aishell: or: {visible(other.step.action.command)}")
        if options.json:
            self._report.model(await self._session.describe())
        self._report.proposed(proposal)
        return proposal

    def _print(self, proposal: Proposal) -> int:
        for judged in proposal.steps:
            stdio.Out().write("stdout", f"{judged.step.action.command}\n".encode("utf-8", "replace"))
        for problem in proposal.problems:
            stdio.say(f"aishell: careful: {visible(problem)}")
        return 0

    async def agreed(self, proposal: Proposal) -> tuple[ApprovedStep, ...]:
        """The steps that may run. Raises ConsentMissing."""
        session, options = self._session, self._options
        doubted = proposal.unsure and not options.json and consent.can_ask(piped=self._feed is not None)
        if options.yes or not (options.asks or doubted or session.acting.needs_consent(proposal)):
            steps = session.acting.approve(proposal, consent=options.yes)
            if os.isatty(2) and not options.json:
                for step in steps:
                    stdio.say(stdio.style(f"$ {visible(step.step.action.command)}", "2"))
            return steps
        if options.json:
            return session.acting.approve(proposal, consent=False)
        if not consent.can_ask(piped=self._feed is not None):
            stdio.say("\n".join(consent.describe(proposal, str)))
            if options.asks:  # what only reads would need nobody's consent
                session.acting.refused(proposal)
                raise ConsentMissing("A person has to agree.", hint="Run it in a terminal to be asked, or with --yes.")
            return session.acting.approve(proposal, consent=False)
        return await self._ask(proposal)

    async def _ask(self, proposal: Proposal) -> tuple[ApprovedStep, ...]:
        terminal = consent.Terminal()
        try:
            while True:
                stdio.say("\n".join(consent.describe(proposal, lambda text: stdio.style(text, "1"))))
                if any(judged.verdict.tier == Tier.DENY for judged in proposal.steps):
                    return self._session.acting.approve(proposal, consent=False)  # says why it never runs
                answer = await terminal.ask()
                if answer == "yes":
                    return self._session.acting.approve(proposal, consent=True)
                if answer in ("no", "details", "all"):
                    self._session.acting.refused(proposal)
                    raise ConsentMissing("Not run.")
                command = proposal.steps[0].step.action.command
                if answer == "explain":
                    await self.explain(command, proposal.request.text)
                elif edited := await terminal.edit(command):
                    proposal = self._session.acting.revise(proposal, edited)
                    if edited != command:  # what a person has just written is agreed to
                        return self._session.acting.approve(proposal, consent=True)
        except asyncio.CancelledError:  # Ctrl-C is an answer as well
            self._session.acting.refused(proposal)
            raise
        finally:
            terminal.close()

    def _kept(self, made: UndoSet) -> None:
        self._report.undo(made.number)
        if not self._options.json and os.isatty(2):
            stdio.say(f"aishell: partial undo: `aishell undo {made.number}` puts back what the command names, as it was")

    async def _carry_out(self, steps: tuple[ApprovedStep, ...]) -> int:
        outcome = await self.carried_out(steps)
        status = outcome.exit_code if outcome else 0
        return self._report.print(status) if self._options.json else status

    async def carried_out(self, steps: tuple[ApprovedStep, ...], *, shown: bool = True) -> Outcome | None:
        """What came of the last of them that ran. `shown`: with their output."""
        out = stdio.Out()
        last: Outcome | None = None
        timeout_s = self._options.timeout_s
        if timeout_s is None:
            unattended = self._options.yes or all(step.by == "policy" for step in steps)
            timeout_s = self._unattended_timeout_s if unattended else 0.0
        async with aclosing(self._session.acting.carry_out(steps, feed=self._feed, timeout_s=timeout_s)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    last = event.outcome
                    self._report.finished(event.outcome)
                    if event.outcome.undo:
                        self._kept(event.outcome.undo)
                    if event.outcome.status == "timed out" and not self._options.json:
                        stdio.say(f"aishell: ended after {timeout_s:g} s (--timeout S allows another time)")
                elif shown and not self._options.json:
                    out.write(event.stream, event.data)
        out.finish()
        return last
