"""From a request to a plan: ask, check the answer, look at others when it is not sure, choose, and have it repaired once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from aishell.core.errors import ModelUnavailable, NoPlan
from aishell.core.own import Skill
from aishell.core.ports import Backend
from aishell.core.types import Measured, Observed, Past, Plan, Prompt, Request, Said, ShellCommand, Step, Told
from aishell.planner import delimited, pitfalls
from aishell.planner import prompt as prompts
from aishell.planner import reply as replies
from aishell.planner.asking import Asking
from aishell.planner.candidates import Candidate, Origin, as_likely, certainty, different, likelihood
from aishell.planner.choose import Scored, Weights, alone, confidence, considered, ranked
from aishell.planner.conditions import conditions_of, mended, missed, missed_in_files, told
from aishell.planner.gather import LOOK_S, Exemplars, Gathering, Look, Observe, Reply, no_exemplars
from aishell.planner.matching import unmatched
from aishell.planner.steps.beginning import beginning
from aishell.planner.steps.fitting import fitted, in_the_singular
from aishell.planner.steps.past import FIRST, shortened
from aishell.planner.steps.renaming import renamed
from aishell.planner.validate import Inspect, UnknownOptions, Which, no_unknown_options, problems
from aishell.planner.wording import Wording
from aishell.planner.wrong import Knowing, better, vain, working_first, wrong

if TYPE_CHECKING:
    from aishell.planner.constraints import Constraint

WantsReason = Callable[[str], bool]
"""Whether anyone will read the reason for this command: decoding it takes half as long as the command itself."""


_GLANCE_S = 0.6
"""For a look that the person waits for though the answer is sure, or not yet asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is done for an answer that is not sure."""

    repair: bool = True
    mend: bool = True
    """Whether conditions and known slips are mended by rule."""
    candidates: int = 2
    """Commands considered, the first answer among them; 1: only that."""
    sure: float = 0.5
    """An answer is sure when its least likely token had at least this probability."""
    examples: int = 3
    """Shown to the model for another answer; 0: none."""
    look: bool = True
    """Whether candidates are looked at where nothing of them lasts."""


@dataclass(slots=True, kw_only=True)
class _Work:
    """One request under way."""

    asking: Asking
    request: Request
    """As the person has it."""
    asked: Prompt
    wording: Wording
    near: Gathering
    look: Look | None
    table: delimited.Table | None = None
    """The file that the words are about, where that is a table."""
    conditions: tuple[Constraint, ...] = ()


class Planner:
    def __init__(
        self,
        backend: Backend,
        inspect: Inspect,
        *,
        max_tokens: int = 256,
        piped_bytes: int = 1200,
        effort: Effort | None = None,
        weights: Weights | None = None,
        which: Which = shutil.which,
        unknown_options: UnknownOptions = no_unknown_options,
        exemplars: Exemplars = no_exemplars,
        purposes: Exemplars = no_exemplars,
        skill: Callable[[str], Skill | None] = lambda _words: None,
        knowing: Knowing | None = None,
    ) -> None:
        self._backend = backend
        self._inspect = inspect
        self._max_tokens = max_tokens
        self._piped_bytes = piped_bytes
        self._effort = effort or Effort()
        self._weights = weights or Weights()
        self._which = which
        self._unknown_options = unknown_options
        self._exemplars, self._purposes, self._skill = exemplars, purposes, skill
        self.knowing = knowing or Knowing()

    async def plan(
        self, request: Request, wants_reason: WantsReason, observe: Observe | None = None
    ) -> AsyncGenerator[Said | Measured | Plan, None]:
        """The Plan is the last item. Raises NoPlan when two answers hold no command, ModelUnavailable from the backend.

        `observe` looks at what a command does, where nothing of it lasts.
        """
        asking = Asking(self._backend)
        if skill := self._skill(request.text):
            yield Said(text=f"with your skill {skill.name}")
        reading = asyncio.ensure_future(conditions_of(request.text, request.cwd, self.knowing.names))
        look = partial(_look, observe, request) if observe and self._effort.look else None
        async with AsyncExitStack() as ended:
            work = await self._begun(asking, request, look, ended)
            async with aclosing(asking.whole(work.asked)) as said:
                async for item in said:
                    yield item
            work.conditions = await reading
            first = await self._glanced_at(self._candidate("first", asking.text, asking.weights, work), work)
            found = await self._weighed_up(first, work)
            async with aclosing(self._repairs(found, work)) as repairs:
                async for repaired in repairs:
                    if isinstance(repaired, Said):
                        yield repaired
                    else:
                        found = repaired
        chosen, why = found[0].candidate, ""
        if not chosen.command:
            raise NoPlan("The model gave no command for this.", hint="Say it in other words, or more exactly.")
        if wants_reason(chosen.command):
            async with aclosing(asking.told(prompts.reason(self._prompt(request), chosen.command))) as said:
                async for item in said:
                    yield item
            why = replies.sentence(asking.text)
        yield asking.measured()
        yield replace(self._plan(chosen, why, found), seconds=asking.seconds)

    def _prompt(self, request: Request) -> Prompt:
        found = self._skill(request.text)
        return prompts.plan(request, max_tokens=self._max_tokens, piped_bytes=self._piped_bytes, skill=found)

    async def _beginning(self, request: Request, look: Look | None) -> Request:
        """With how the file begins that the words are about: without that a model guesses its form, mostly wrong."""
        command = beginning(request.text, request.cwd, self.knowing.names)
        if not command or not look or request.past or request.piped:
            return request
        seen = await look(command, _GLANCE_S)
        if seen is None or not seen.reads or not seen.stdout:
            return request
        output = shortened(seen.stdout.decode("utf-8", "replace"), FIRST)
        return replace(request, past=(Past(request="", command=command, output=output),))

    async def _glanced_at(self, first: Candidate, work: _Work) -> Candidate:
        """A sure answer with what it does, where that shows at once: it is not sure when that is nothing, or an error."""
        if work.look is None or not self._sure(first, work.request):
            return first
        return self._with_effect(first, await work.look(first.command, _GLANCE_S), work)

    def _with_effect(self, candidate: Candidate, seen: Observed | None, work: _Work) -> Candidate:
        """With what it did, and the conditions that the changed files do not meet."""
        missing = missed_in_files(work.conditions, seen, work.request.cwd) if seen else ()
        return replace(candidate, seen=seen, mismatches=(*candidate.mismatches, *missing))

    async def _begun(self, asking: Asking, request: Request, look: Look | None, ended: AsyncExitStack) -> _Work:
        """What is needed to ask; what runs beside it stops with `ended`."""
        begun = await self._beginning(request, look)
        own = replace(self._prompt(begun), weigh=True)
        wording = Wording(asking, begun, own, twice=self._effort.candidates > 1)
        ended.push_async_callback(wording.close)
        worded = await wording.english()
        asked = replace(self._prompt(worded), weigh=True)
        found = {"exemplars": self._exemplars, "purposes": self._purposes}
        near = Gathering(asking, worded, asked, which=self._which, own=wording.own, **found)
        ended.push_async_callback(near.close)
        return _Work(asking=asking, request=request, asked=asked, wording=wording, near=near, look=look, table=_table(worded))

    async def _said_besides(self, first: Candidate, work: _Work) -> list[Candidate]:
        """Other commands: for the person's own words, where the first is for English ones, and of programs made for this."""
        if not first.weighed or self._effort.candidates < 2:
            return []
        said: list[Reply] = [*await work.wording.replies(), *await work.near.made_for(first.command)]
        found = different([first, *(self._candidate(*one, work) for one in said)])
        return [candidate for candidate in found if candidate is not first]

    async def _weighed_up(self, first: Candidate, work: _Work) -> list[Scored]:
        """The first answer, where it is not sure among others, best first."""
        besides = await self._said_besides(first, work)
        sure = self._sure(first, work.request)
        if sure and not besides:
            return [alone(first)]
        try:
            others = await work.near.others(1 if sure else self._effort.candidates, self._effort.examples)
            candidates = [first, *besides, *(self._candidate(*one, work) for one in others)]
            weighed = await work.near.weighed(candidates)
        except ModelUnavailable:
            return [alone(first)]  # there is an answer
        seen = await work.near.seen(weighed, work.look)
        return ranked(seen, work.conditions, work.request.cwd, self._weights) or [alone(first)]

    async def _repairs(self, found: list[Scored], work: _Work) -> AsyncGenerator[Said | list[Scored], None]:
        """`found` after each attempt to have what is wrong with the best of them put right."""
        best = found[0].candidate
        other = in_the_singular(best.command, work.request.text) if self._effort.mend else best.command
        if other != best.command and self._wrong(best, work.request):
            found = await self._repaired(found, work, as_likely(self._candidate("repair", other, (), work), best))
            yield found
        for ask in (prompts.heeding, prompts.repair) if self._effort.repair else ():
            if why := self._wrong(found[0].candidate, work.request):
                try:
                    async with aclosing(work.asking.whole(ask(work.asked, found[0].candidate.command, why))) as said:
                        async for item in said:
                            yield item
                except ModelUnavailable:
                    return  # there is an answer, and what is wrong with it is told
                second = self._candidate("repair", work.asking.text, work.asking.weights, work)
                found = await self._repaired(found, work, second)
                yield found
        yield working_first(found, work.request.text)

    async def _repaired(self, found: list[Scored], work: _Work, second: Candidate) -> list[Scored]:
        """With another answer in front, when that is better than the best so far."""
        best = found[0].candidate
        if best.seen and work.look and second.command:
            second = self._with_effect(second, await work.look(second.command, LOOK_S), work)
        return [alone(second), *found] if second.command and better(second, best, work.request.text) else found

    def _plan(self, chosen: Candidate, why: str, found: list[Scored]) -> Plan:
        several = len(found) > 1
        return Plan(
            steps=(Step(action=ShellCommand(command=chosen.command), why=why),),
            problems=(*chosen.problems, *told(found[0].against)),
            considered=tuple(map(considered, found)) if several else (),
            confidence=confidence(chosen, sure=not several) if chosen.weighed else None,
        )

    def _sure(self, first: Candidate, request: Request) -> bool:
        """Whether no other command need be looked at: also where the backend cannot say how likely one is."""
        if not first.weighed or self._effort.candidates < 2:
            return True
        fits = not first.problems and not first.mismatches and not vain(first, request.text)
        return fits and certainty(first) >= self._effort.sure

    def _wrong(self, candidate: Candidate, request: Request) -> str:
        return wrong(candidate, request.text, request.cwd, self._inspect(candidate.command), self.knowing)

    def _candidate(self, origin: Origin, text: str, weights: tuple[float, ...], work: _Work) -> Candidate:
        """The command in a reply, and what is wrong with it."""
        request = work.request
        command = fitted(replies.command(text), request.text, request.cwd, self.knowing.names)
        if self._effort.mend:
            command = delimited.mended(command, request.text, work.table) if work.table else command
            command = pitfalls.mended(renamed(command, self._which), request.text)
            command = mended(command, work.conditions, self._inspect, request.cwd)
        script = self._inspect(command)
        forward, least = likelihood(weights)
        return Candidate(
            command=command,
            origin=origin,
            forward=forward,
            least=least,
            weighed=bool(weights),
            problems=problems(command, request.text, script, self._which, self._unknown_options),
            mismatches=missed(work.conditions, script, request.cwd),
            unmatched=unmatched(script, request.cwd),
        )

    async def explain(
        self, command: str, request: str, facts: tuple[str, ...] = ()
    ) -> AsyncGenerator[Told | Said | Measured, None]:
        """The sentence that joins `facts`, which documentation tells of the parts, as it is produced."""
        asking = Asking(self._backend)
        prompt = prompts.explain(command, request, facts, max_tokens=self._max_tokens)
        async with aclosing(asking.told(prompt, pieces=True)) as told:
            async for item in told:
                yield item
        yield asking.measured()


def _table(request: Request) -> delimited.Table | None:
    """The file that was looked at, where that is a table."""
    looked = next((past for past in reversed(request.past) if not past.request), None)
    return delimited.table(looked.command.rpartition(" ")[2], looked.output) if looked else None


async def _look(observe: Observe, request: Request, command: str, seconds: float) -> Observed | None:
    return await observe(command, request, seconds)
