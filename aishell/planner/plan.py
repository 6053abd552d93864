"""From a request to a plan: ask, check the answer, look at others when it is not sure, choose, and have it repaired once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aishell.core.errors import NoPlan
from aishell.core.ports import Backend
from aishell.core.types import Considered, Measured, Plan, Request, Said, ShellCommand, Step, Told
from aishell.planner import prompt as prompts
from aishell.planner import reply as replies
from aishell.planner.asking import Asking
from aishell.planner.candidates import Candidate, Origin, certainty, likelihood
from aishell.planner.choose import Scored, Weights, failed, last_words, probability, ranked
from aishell.planner.conditions import conditions_of, missed, told
from aishell.planner.gather import Exemplars, Gathering, Observe, no_exemplars
from aishell.planner.validate import Inspect, UnknownOptions, Which, no_unknown_options, problems

if TYPE_CHECKING:
    from aishell.planner.constraints import Constraint

WantsReason = Callable[[str], bool]
"""Whether anyone will read the reason for this command: decoding it takes half as long as the command itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is done for an answer that is not sure."""

    repair: bool = True
    candidates: int = 4
    """Commands considered, the first answer among them; 1: only that."""
    sure: float = 0.6
    """An answer is sure when its least likely token had at least this probability."""
    examples: int = 3
    """Shown to the model for another answer; 0: none."""
    look: bool = True
    """Whether candidates are looked at where nothing of them lasts."""


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
        asked = replace(prompts.plan(request, max_tokens=self._max_tokens, piped_bytes=self._piped_bytes), weigh=True)
        reading = asyncio.ensure_future(conditions_of(request.text))
        near = Gathering(asking, request, asked, self._exemplars, self._which)
        async with aclosing(asking.whole(asked)) as said:
            async for item in said:
                yield item
        conditions = await reading
        first = self._candidate("first", asking.text, asking.weights, request, conditions)
        look = observe if self._effort.look else None
        found = [_alone(first)] if self._sure(first) else await self._weighed_up(first, near, request, conditions, look)
        chosen = found[0].candidate
        if self._effort.repair and (wrong := self._wrong(chosen)):
            async with aclosing(asking.whole(prompts.repair(asked, chosen.command, wrong))) as said:
                async for item in said:
                    yield item
            second = self._candidate("repair", asking.text, asking.weights, request, conditions)
            if chosen.seen and look:
                second = replace(second, seen=await look(second.command, request))
            if second.command and _better(second, chosen):
                chosen = second
                found = [_alone(second), *found]
        await near.close()
        if not chosen.command:
            raise NoPlan("The model gave no command for this.", hint="Say it in other words, or more exactly.")
        why = ""
        if wants_reason(chosen.command):
            async with aclosing(asking.told(prompts.reason(asked, chosen.command))) as said:
                async for item in said:
                    yield item
            why = replies.sentence(asking.text)
        yield asking.measured()
        yield self._plan(chosen, why, found)

    async def _weighed_up(
        self,
        first: Candidate,
        near: Gathering,
        request: Request,
        conditions: tuple[Constraint, ...],
        look: Observe | None,
    ) -> list[Scored]:
        """The first answer among others, best first."""
        others = await near.others(self._effort.candidates, self._effort.examples)
        candidates = [first, *(self._candidate(*other, request, conditions) for other in others)]
        seen = await near.seen(await near.weighed(candidates), look)
        return ranked(seen, conditions, request.cwd, self._weights) or [_alone(first)]

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

    def _candidate(
        self, origin: Origin, text: str, weights: tuple[float, ...], request: Request, conditions: tuple[Constraint, ...]
    ) -> Candidate:
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
            problems=problems(command, request.text, script, self._which, self._unknown_options),
            mismatches=missed(conditions, script, request.cwd),
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
