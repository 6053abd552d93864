"""How the next step of a request is found, each way: from its words, from a playbook, from a checker, or by the model."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aishell.core.errors import NoPlan
from aishell.core.ports import Backend
from aishell.core.steps import Answered, Asking, Moved, Past, Work
from aishell.core.tools import Tool
from aishell.core.types import (
    Measured,
    Plan,
    Prompt,
    Proposal,
    Proposed,
    Request,
    Restarted,
    Said,
    ShellCommand,
    Step,
    Tier,
    Usage,
)
from aishell.planner.plan import Planner
from aishell.planner.steps import calls, facts, guards, looking, mending, unclear
from aishell.planner.steps.beginning import beginning
from aishell.planner.steps.fitting import Names
from aishell.planner.steps.naming import into, target, with_answer
from aishell.planner.steps.past import shortened, wanted
from aishell.planner.steps.plain import plain
from aishell.planner.steps.playbooks import Playbooks
from aishell.planner.steps.several import asks_for_change

if TYPE_CHECKING:
    from aishell.acting import Acting

ToolsFor = Callable[[str], Awaitable[tuple[Tool, ...]]]
"""Raises ServerUnavailable, UsageError."""


async def no_tools(_words: str) -> tuple[Tool, ...]:
    return ()


Event = Said | Measured | Proposed | Asking | Answered | Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    backend: Backend
    planner: Planner
    acting: Callable[[], Acting]
    rounds: int
    playbooks: Playbooks = field(default_factory=Playbooks)
    look: Callable[[str, str], str | None] = lambda _folder, _file: None
    """The text of a file, as named from a folder."""
    names: Names = lambda _folder: ()
    """What lies in a folder."""
    recall: Callable[[str], str] = lambda _words: ""
    """What the memory has about some words."""
    tools: ToolsFor = no_tools
    """What the servers that a request names offer."""

    def next(self, work: Work) -> AsyncGenerator[Event, None]:
        """One Proposed, Asking, Answered or Moved comes last. Raises NoPlan, ModelUnavailable."""
        return {"parts": self._part, "facts": self._fact, "mending": self._mend, "looking": self._look}[work.way](work)

    async def _part(self, work: Work) -> AsyncGenerator[Event, None]:
        """The next part as one command, with what was done before; before it, a look at the file that it is about."""
        if ask := self._question(work):
            yield Asking(question=ask)
            return
        if look := self._first_look(work):
            yield look
            return
        done = tuple(past for past in work.done if not past.call)
        part = with_answer(self._said(work), next((past for past in reversed(done) if past.request and not past.wrong), None))
        request = replace(work.request, text=part, past=wanted(part, done))
        if (command := plain(part)) and not work.failures:
            yield self._proposed(replace(request, past=()), command, ())
            return
        async with aclosing(self.planner.plan(request, lambda _command: False)) as items:
            async for item in items:
                if isinstance(item, Plan):
                    command = self._into_target(item.steps[0].action.command, request)
                    before = next((past for past in work.failures if past.command == command), None)
                    if before:
                        yield Moved(work=guards.failed(work, replace(before, wrong=f"this was tried already: {before.wrong}")))
                    else:
                        yield self._proposed(replace(request, past=()), command, item.problems)
                else:
                    yield item

    def _question(self, work: Work) -> str:
        """What a request of its own leaves open; empty when it says enough, or was asked about already."""
        alone = len(work.parts) == 1 and not work.done
        return unclear.question(work.part, work.request.cwd, self.names) if alone else ""

    def _said(self, work: Work) -> str:
        """The part, with what the person has answered in it."""
        replies = [past.output for past in work.done if past.call and past.request == work.part]
        return unclear.answered(work.part, replies[-1], work.request.cwd, self.names) if replies else work.part

    def _into_target(self, command: str, request: Request) -> str:
        """A command that only reads, where the words want its output in a file, with that file behind it."""
        aim = target(request.text)
        if not aim or aim in calls.words(command):
            return command
        reads = self.acting().judge(command, request.cwd).tier == Tier.READ
        return into(command, aim) if reads else command

    def _first_look(self, work: Work) -> Proposed | None:
        """How the file begins whose content the part is about: without that a model guesses its form, mostly wrong."""
        command = "" if work.failures else beginning(self._said(work), work.request.cwd, self.names)
        if not command or any(past.command == command for past in work.done):
            return None
        proposed = self._proposed(replace(work.request, text=self._said(work)), command, ())
        reads = proposed.proposal.steps[0].verdict.tier == Tier.READ
        return replace(proposed, look=True) if reads else None

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

    async def _mend(self, work: Work) -> AsyncGenerator[Event, None]:
        """Check, look, change, check again: which of it is next shows in what was done last."""
        mended = [found for past in work.done if (found := mending.finding(past))]
        last = work.done[-1] if work.done else None
        if last is None or last.command.startswith("sed -i "):
            yield self._proposed(work.request, mending.check(work.request.text, self.names(work.request.cwd)), ())
        elif last.command.startswith(mending.CHECK):
            found = mending.finding(last)
            if found and len(mended) <= guards.TRIES:
                yield self._proposed(work.request, mending.look(found), ())
            elif found:
                yield Moved(work=work.end("failed", mending.told(mended[:-1], found)))
            elif mended:
                yield Answered(text=mending.told(mended, None))
            else:
                yield Moved(work=replace(work, way="looking"))  # what is wrong is not how it is written
        else:
            async with aclosing(self._mended(work, mended[-1])) as events:
                async for event in events:
                    yield event

    async def _mended(self, work: Work, found: mending.Finding) -> AsyncGenerator[Event, None]:
        content = self.look(work.request.cwd, found.file) or ""
        for tried in range(guards.TRIES if content else 0):
            meter = _Meter()
            async with aclosing(self._ask(mending.prompt(found, content, tried=tried), meter)) as said:
                async for event in said:
                    yield event
            yield meter.measured()
            if command := mending.edit(found, content, meter.text.partition("```")[0]):
                yield self._proposed(work.request, command, ())
                return
        yield Moved(work=work.end("failed", f"{found.file} line {found.line}: {found.what}. No way to mend it was found."))

    async def _look(self, work: Work) -> AsyncGenerator[Event, None]:
        """The next tool call of the model's own choice."""
        left = self.rounds - len(work.done) + work.before
        tools = await self.tools(work.request.text)
        meter = _Meter()
        prompt = looking.prompt(work.request.text, work.done, rounds_left=left, tools=tools)
        async with aclosing(self._ask(prompt, meter)) as said:
            async for event in said:
                yield event
        yield meter.measured()
        call = calls.parse(meter.text, tools)
        if call is None:
            raise NoPlan("The model made no step that can be understood.", hint="Say it in other words, or more exactly.")
        yield self._event(work, call)

    def _event(self, work: Work, call: calls.ToolCall) -> Event:
        """What a call comes to."""
        if call.tool == "answer":
            return self._answered(work, call)
        if call.tool == "ask":
            return Asking(question=call["question"])
        said = looking.said(call)
        if call.tool == "recall":
            past = Past(request=work.part, command="", output=shortened(self.recall(call["words"])), call=said)
            return Moved(work=guards.looked(work, past))
        seen = {word for past in work.done if past.exit_code == 0 for word in calls.words(past.command)}
        command, wrong = calls.command(call, lambda file: self.look(work.request.cwd, file), seen)
        if wrong:
            past = Past(request=work.part, command="", exit_code=1, wrong=wrong, call=said)
            return Moved(work=guards.looked(work, past))
        return self._proposed(work.request, command, (), call=said)

    def _answered(self, work: Work, call: calls.ToolCall) -> Event:
        """The end; but where something had to change, and nothing has, that is said instead of believed."""
        if any(past.changed for past in work.done) or not asks_for_change(work.request.text):
            return Answered(text=call["text"])
        if any(past.wrong == looking.UNCHANGED for past in work.done):
            return Moved(work=work.end("failed", "Nothing was changed."))
        past = Past(request=work.part, command="", exit_code=1, wrong=looking.UNCHANGED, call=looking.said(call))
        return Moved(work=guards.looked(work, past))

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
