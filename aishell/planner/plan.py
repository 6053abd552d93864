"""From a request to a plan: ask, check the answer, look at others when it is not sure, choose, and have it repaired once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from aishell.core.errors import NoPlan
from aishell.core.ports import Backend
from aishell.core.types import Considered, Measured, Observed, Plan, Prompt, Request, Said, ShellCommand, Step, Told
from aishell.planner import prompt as prompts
from aishell.planner import reply as replies
from aishell.planner.asking import Asking
from aishell.planner.candidates import Candidate, Origin, certainty, likelihood
from aishell.planner.choose import Scored, Weights, failed, last_words, probability, ranked
from aishell.planner.conditions import conditions_of, missed, told
from aishell.planner.gather import Exemplars, Gathering, Observe, no_exemplars
from aishell.planner.language import other_script
from aishell.planner.validate import Inspect, UnknownOptions, Which, no_unknown_options, problems

if TYPE_CHECKING:
    from aishell.planner.constraints import Constraint

WantsReason = Callable[[str], bool]
"""Whether anyone will read the reason for this command: decoding it takes half as long as the command itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is done for an answer that is not sure."""

    repair: bool = True
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
    near: Gathering
    look: Observe | None
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
    ) -> None:
        self._backend = backend
        self._inspect = inspect
        self._max_tokens = max_tokens
        self._piped_bytes = piped_bytes
        self._effort = effort or Effort()
        self._weights = weights or Weights()
        self._which = which
        self._unknown_options = unknown_options
        self._exemplars = exemplars

    async def plan(
        self, request: Request, wants_reason: WantsReason, observe: Observe | None = None
    ) -> AsyncGenerator[Said | Measured | Plan, None]:
        """The Plan is the last item. Raises NoPlan when two answers hold no command, ModelUnavailable from the backend.

        `observe` looks at what a command does, where nothing of it lasts.
        """
        asking = Asking(self._backend)
        reading = asyncio.ensure_future(conditions_of(request.text))
        worded = await self._in_english(asking, request)
        asked = replace(self._prompt(worded), weigh=True)
        near = Gathering(asking, worded, asked, self._exemplars, self._which)
        look = partial(_look, observe, request) if observe and self._effort.look else None
        work = _Work(asking=asking, request=request, asked=asked, near=near, look=look)
        try:
            async with aclosing(asking.whole(asked)) as said:
                async for item in said:
                    yield item
            work.conditions = await reading
            first = self._candidate("first", asking.text, asking.weights, work)
            found = [_alone(first)] if self._sure(first) else await self._weighed_up(first, work)
            if self._effort.repair and (wrong := self._wrong(found[0].candidate)):
                async with aclosing(asking.whole(prompts.repair(asked, found[0].candidate.command, wrong))) as said:
                    async for item in said:
                        yield item
                found = await self._repaired(found, work)
        finally:
            await near.close()
        chosen, why = found[0].candidate, ""
        if not chosen.command:
            raise NoPlan("The model gave no command for this.", hint="Say it in other words, or more exactly.")
        if wants_reason(chosen.command):
            async with aclosing(asking.told(prompts.reason(self._prompt(request), chosen.command))) as said:
                async for item in said:
                    yield item
            why = replies.sentence(asking.text)
        yield asking.measured()
        yield self._plan(chosen, why, found)

    def _prompt(self, request: Request) -> Prompt:
        return prompts.plan(request, max_tokens=self._max_tokens, piped_bytes=self._piped_bytes)

    async def _in_english(self, asking: Asking, request: Request) -> Request:
        """The request as the model understands it best: in another script than Latin it finds the right command less often."""
        if not other_script(request.text):
            return request
        text, _weights = await asking.reply(prompts.english(request.text))
        return replace(request, text=text.strip() or request.text)

    async def _weighed_up(self, first: Candidate, work: _Work) -> list[Scored]:
        """The first answer among others, best first."""
        others = await work.near.others(self._effort.candidates, self._effort.examples)
        candidates = [first, *(self._candidate(*other, work) for other in others)]
        seen = await work.near.seen(await work.near.weighed(candidates), work.look)
        return ranked(seen, work.conditions, work.request.cwd, self._weights) or [_alone(first)]

    async def _repaired(self, found: list[Scored], work: _Work) -> list[Scored]:
        """With the second answer in front, when that is better than the best so far."""
        best = found[0].candidate
        second = self._candidate("repair", work.asking.text, work.asking.weights, work)
        if best.seen and work.look and second.command:
            second = replace(second, seen=await work.look(second.command, work.request))
        return [_alone(second), *found] if second.command and _better(second, best) else found

    def _plan(self, chosen: Candidate, why: str, found: list[Scored]) -> Plan:
        several = len(found) > 1
        return Plan(
            steps=(Step(action=ShellCommand(command=chosen.command), why=why),),
            problems=(*chosen.problems, *told(found[0].against)),
            considered=tuple(map(_considered, found)) if several else (),
            confidence=(probability(found) if several else certainty(chosen)) if chosen.weighed else None,
        )

    def _sure(self, first: Candidate) -> bool:
        """Whether no other command need be looked at: also where the backend cannot say how likely one is."""
        if not first.weighed or self._effort.candidates < 2:
            return True
        return not first.problems and not first.mismatches and certainty(first) >= self._effort.sure

    def _wrong(self, candidate: Candidate) -> str:
        """What the model is told about it; empty when nothing is."""
        if candidate.problems:
            return f"That cannot run: {'; '.join(candidate.problems)}."
        if missing := [mismatch.sentence for mismatch in candidate.mismatches if mismatch.certain]:
            return f"That is not what was asked: {'; '.join(missing)}."
        if candidate.seen and failed(candidate.seen):
            return f"That fails: {prompts.foreign(last_words(candidate.seen))}."
        return ""

    def _candidate(self, origin: Origin, text: str, weights: tuple[float, ...], work: _Work) -> Candidate:
        """The command in a reply, and what is wrong with it."""
        command = replies.command(text)
        script = self._inspect(command)
        forward, least = likelihood(weights)
        return Candidate(
            command=command,
            origin=origin,
            forward=forward,
            least=least,
            weighed=bool(weights),
            problems=problems(command, work.request.text, script, self._which, self._unknown_options),
            mismatches=missed(work.conditions, script, work.request.cwd),
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


async def _look(observe: Observe, request: Request, command: str, _worded: Request) -> Observed | None:
    return await observe(command, request)


def _alone(candidate: Candidate) -> Scored:
    return Scored(candidate=candidate, parts=(), against=candidate.mismatches)


def _better(second: Candidate, first: Candidate) -> bool:
    """Whether a repaired command has less against it; one that failed has to be seen to do something now."""
    if first.seen and failed(first.seen) and not first.problems:
        seen = second.seen
        done = seen and not failed(seen) and (seen.stdout or not seen.changes.nothing)
        return bool(done) and _trouble(second) <= _trouble(first)
    return _trouble(second) < _trouble(first)


def _trouble(candidate: Candidate) -> float:
    return 2.0 * len(candidate.problems) + sum(mismatch.weight for mismatch in candidate.mismatches if mismatch.certain)


def _considered(scored: Scored) -> Considered:
    candidate = scored.candidate
    return Considered(
        command=candidate.command,
        origin=candidate.origin,
        score=round(scored.score, 3),
        parts=scored.parts,
        against=(*candidate.problems, *told(scored.against)),
    )
