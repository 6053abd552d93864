"""Requests of several steps: one step proposed after the other, each judged, tried and agreed to like any command.

What goes on is a value, `Work`: handed out with each step, handed in with what came of it, kept on disk between the two.
Nothing waits in the middle, so a front end may stop at any point, and another process may go on.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aishell.core.errors import NoPlan
from aishell.core.ports import Backend
from aishell.core.steps import Answered, Asking, Moved, Past, Work
from aishell.core.types import (
    Measured,
    Outcome,
    Plan,
    Prompt,
    Proposal,
    Proposed,
    Request,
    Restarted,
    Said,
    ShellCommand,
    Step,
    Usage,
)
from aishell.planner.plan import Planner
from aishell.planner.steps import calls, facts, judged, looking
from aishell.planner.steps.past import printed, shortened, wanted
from aishell.planner.steps.playbooks import Playbooks
from aishell.planner.steps.saved import Saved
from aishell.planner.steps.several import several

if TYPE_CHECKING:
    from aishell.acting import Acting

_TRIES = 3
"""For one step of a plan: the first, and twice what to do better."""

Recall = Callable[[str], str]
"""What the memory has about some words."""
Event = Said | Measured | Proposed | Asking | Answered | Moved


def no_recall(_words: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    rounds: int = 8
    seconds: float = 180.0


@dataclass(slots=True, kw_only=True)
class Working:
    backend: Backend
    planner: Planner
    acting: Callable[[], Acting]
    playbooks: Playbooks = field(default_factory=Playbooks)
    look: Callable[[str, str], str | None] = lambda _folder, _file: None
    """The text of a file, as named from a folder."""
    recall: Recall = no_recall
    saved: Saved | None = None
    budget: Budget = field(default_factory=Budget)
    private: bool = False
    """Nothing of it is kept on disk."""

    def begin(self, request: Request) -> Work | None:
        """The work that a request is; None when one command will do."""
        if request.piped is not None:
            return None  # a stream can be read once
        if self.playbooks.about(request.text):
            return Work(request=request, way="facts")
        found = several(request.text)
        return Work(request=request, way=found.way, parts=found.parts) if found else None

    async def next(self, work: Work) -> AsyncGenerator[Event, None]:
        """What the next step is. One Proposed, Asking, Answered or Moved comes last. Raises NoPlan, ModelUnavailable."""
        if why := self._spent(work):
            yield Moved(work=self.keep(work.end("failed", why)))
            return
        began = time.monotonic()
        steps = {"parts": self._part, "facts": self._fact, "looking": self._look}[work.way](work)
        async with aclosing(steps) as events:
            async for event in events:
                if isinstance(event, Moved):
                    spent = event.work.seconds + time.monotonic() - began
                    event = Moved(work=self.keep(replace(event.work, seconds=spent)))
                yield event

    def after(self, work: Work, proposal: Proposal, outcome: Outcome, *, took: float = 0.0, call: str = "") -> Work:
        """The work once a step of it has been carried out, or tried in vain. `took`: seconds, to be counted."""
        (step,) = proposal.steps
        wrong = judged.wrong(work.part, step.verdict.tier, outcome) if work.way == "parts" else ""
        past = Past(
            request=work.part,
            command=step.step.action.command,
            exit_code=outcome.exit_code,
            output=printed(outcome),
            wrong=wrong,
            call=call,
        )
        work = replace(work, done=(*work.done, past), seconds=work.seconds + took)
        if work.way == "looking":
            work = self._not_again(work)
        elif work.way == "parts" and not wrong:
            work = replace(work, at=work.at + 1)
            work = work.end("done") if work.at == len(work.parts) else work
        elif work.way == "parts" and len(work.failures) >= _TRIES:
            work = work.end("failed", f"{_capital(wrong)}.")
        return self.keep(work)

    def may_repeat(self, work: Work) -> bool:
        """Whether a step that goes wrong now will be done differently."""
        return work.way == "looking" or (work.way == "parts" and len(work.failures) < _TRIES - 1)

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
        if self.saved and not self.private and work.way != "facts":
            with suppress(OSError):
                return self.saved.keep(work)
        return work

    # ----

    def _spent(self, work: Work) -> str:
        if len(work.done) >= max(self.budget.rounds, len(work.parts) + _TRIES):
            return f"It takes more than {len(work.done)} steps (planner.rounds)."
        if self.budget.seconds and work.seconds > self.budget.seconds:
            return f"It takes more than {self.budget.seconds:g} seconds (planner.seconds)."
        return ""

    async def _part(self, work: Work) -> AsyncGenerator[Event, None]:
        """The next part as one command, with what was done before."""
        request = replace(work.request, text=work.part, past=wanted(work.part, work.done))
        async with aclosing(self.planner.plan(request, lambda _command: False)) as items:
            async for item in items:
                if isinstance(item, Plan):
                    yield self._proposed(replace(request, past=()), item.steps[0].action.command, item.problems)
                else:
                    yield item

    async def _fact(self, work: Work) -> AsyncGenerator[Event, None]:
        """The next command that gathers facts; the answer once there is none left."""
        book = self.playbooks.about(work.request.text)
        commands = book.commands(work.request.text, work.done) if book else ()
        if len(work.done) < len(commands):
            yield self._proposed(work.request, commands[len(work.done)], ())
            return
        found = tuple(past for past in work.done if past.output)
        meter = _Meter()
        async with aclosing(self._ask(facts.prompt(work.request.text, work.done), meter)) as said:
            async for event in said:
                yield event
        yield meter.measured()
        yield Answered(text=facts.held(meter.text, work.request.text, work.done), facts=found)

    async def _look(self, work: Work) -> AsyncGenerator[Event, None]:
        """The next tool call of the model's own choice."""
        left = self.budget.rounds - len(work.done)
        meter = _Meter()
        async with aclosing(self._ask(looking.prompt(work.request.text, work.done, rounds_left=left), meter)) as said:
            async for event in said:
                yield event
        yield meter.measured()
        call = calls.parse(meter.text)
        if call is None:
            raise NoPlan("The model made no step that can be understood.", hint="Say it in other words, or more exactly.")
        yield self._event(work, call)

    def _event(self, work: Work, call: calls.ToolCall) -> Event:
        """What a call comes to."""
        if call.tool == "answer":
            return Answered(text=call["text"])
        if call.tool == "ask":
            return Asking(question=call["question"])
        said = looking.said(call)
        if call.tool == "recall":
            past = Past(request=work.part, command="", output=shortened(self.recall(call["words"])), call=said)
            return Moved(work=self._not_again(replace(work, done=(*work.done, past))))
        seen = "\n".join(past.command for past in work.done if past.exit_code == 0)
        command, wrong = calls.command(call, lambda file: self.look(work.request.cwd, file), seen)
        if wrong:
            past = Past(request=work.part, command="", exit_code=1, wrong=wrong, call=said)
            return Moved(work=self._not_again(replace(work, done=(*work.done, past))))
        return self._proposed(work.request, command, (), call=said)

    def _not_again(self, work: Work) -> Work:
        """A call that was made before with the same result is told so, and ends the work the second time."""
        last = work.done[-1]
        same = [past for past in work.done[:-1] if (past.call, past.output) == (last.call, last.output)]
        if any(past.wrong.startswith(looking.AGAIN) for past in same):
            return work.end("failed", "It goes round in circles.")
        if same:
            return replace(work, done=(*work.done[:-1], replace(last, wrong=looking.AGAIN)))
        return work

    def _proposed(self, request: Request, command: str, problems: tuple[str, ...], *, call: str = "") -> Proposed:
        step = Step(action=ShellCommand(command=command))
        proposal = Proposal(request=request, steps=(self.acting().judged(step, request),), problems=problems)
        return Proposed(proposal=proposal, call=call)

    async def _ask(self, prompt: Prompt, meter: _Meter) -> AsyncGenerator[Said, None]:
        meter.text = ""
        async with aclosing(self.backend.stream(prompt)) as stream:
            async for item in stream:
                if isinstance(item, Restarted):
                    meter.text = ""
                    yield Said(text=item.reason)
                elif isinstance(item, Usage):
                    meter.usages.append(item)
                else:
                    meter.text += item.text
                    meter.first = meter.first or time.perf_counter()


@dataclass(slots=True)
class _Meter:
    """A reply, and what it took."""

    began: float = field(default_factory=time.perf_counter)
    first: float = 0.0
    usages: list[Usage] = field(default_factory=list)
    text: str = ""

    def measured(self) -> Measured:
        first = self.first - self.began if self.first else None
        return Measured(usage=tuple(self.usages), first_piece_s=first, total_s=time.perf_counter() - self.began)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
