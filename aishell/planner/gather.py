"""Other commands for a request whose first answer is not sure, and what is known of each: likelihoods, and what it does.

Candidates differ by their first word and by the examples the model has seen, rather than by chance. Replies and weights are
asked for at once, and the engine computes them together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from aishell.core.types import Message, Observed, Prompt, Request
from aishell.planner import prompt as prompts
from aishell.planner.asking import Asking
from aishell.planner.candidates import Candidate, Origin, different, likelihood
from aishell.planner.examples import Example
from aishell.planner.lexicon import BUILTINS
from aishell.planner.purpose import fitting
from aishell.planner.validate import Which

Exemplars = Callable[[str, int], Awaitable[Sequence[tuple[str, str, float]]]]
"""(request, how many) -> requests nearest in meaning with their commands and cosines, the nearest first."""
Observe = Callable[[str, Request, float], Awaitable[Observed | None]]
"""What a command does, where nothing of it lasts; None when that cannot be seen in so many seconds."""
Look = Callable[[str, float], Awaitable[Observed | None]]
"""The same, for one request."""
Reply = tuple[Origin, str, tuple[float, ...]]

_NEAR = 0.35
"""Cosine below which an example has nothing to do with a request."""
_HOPELESS = 12.0
"""A command so much less likely than the best, in natural logarithms, is not looked at any further."""
_LOOKING_S = 4.0
"""For looking at all candidates."""
LOOK_S = 1.5
"""For one of them."""


async def no_exemplars(_text: str, _limit: int) -> Sequence[tuple[str, str, float]]:
    return ()


class Gathering:
    """For one request. The examples are asked for at once: they are there when they are needed, and cost nothing till then."""

    def __init__(
        self,
        asking: Asking,
        request: Request,
        asked: Prompt,
        *,
        exemplars: Exemplars,
        purposes: Exemplars,
        which: Which,
        own: Prompt | None,
    ) -> None:
        """`own`: the prompt with the person's own words, where `asked` has them in English; commands are weighed under both."""
        self._asking = asking
        self._request = request
        self._asked = asked
        self._own = own
        self._exemplars = exemplars
        self._which = which
        self._near: asyncio.Future[Sequence[tuple[str, str, float]]] = asyncio.ensure_future(exemplars(request.text, 12))
        self._purposes: asyncio.Future[Sequence[tuple[str, str, float]]] = asyncio.ensure_future(purposes(request.text, 12))

    async def close(self) -> None:
        for asked in (self._near, self._purposes):
            asked.cancel()
        await asyncio.wait([self._near, self._purposes])

    async def made_for(self, command: str) -> list[Reply]:
        """Replies that begin with a program made for what is asked, where `command` runs another."""
        names = fitting(await self._purposes, command, self._which)
        replies = (self._asking.reply(replace(self._asked, begin=f"{self._asked.begin}{name}")) for name in names)
        said = await asyncio.gather(*replies)
        return [("other program", f"{name}{text}", weights) for name, (text, weights) in zip(names, said, strict=True)]

    async def others(self, most: int, examples: int) -> list[Reply]:
        """Up to `most` - 1 other replies, those first that are right most often.

        Measured on the development split (bench.nl2sh, 100 requests, 72 not sure; exec / embed): the first answer 56 / 66;
        with the one after examples 58 / 68; with that of another beginning, too, 58 / 69; with a second after examples 57 / 68.
        """
        wanted: list[tuple[Origin, Prompt]] = [("other beginning", replace(self._asked, branch=1))]
        if examples and (near := await self._examples(examples)):
            shown = replace(self._asked, messages=(*self._asked.messages[:-1], *near, self._asked.messages[-1]))
            wanted = [("examples", shown), *wanted, ("examples, other beginning", replace(shown, branch=1))]
        wanted.append(("third beginning", replace(self._asked, branch=2)))
        computed = asyncio.Event()
        replies = (self._reply(origin, prompt, computed) for origin, prompt in wanted[: max(0, most - 1)])
        return list(await asyncio.gather(*replies))

    async def _reply(self, origin: Origin, prompt: Prompt, computed: asyncio.Event) -> Reply:
        """`computed`: the examples are, so that a second answer to them need not compute them again."""
        if origin == "examples, other beginning":
            await computed.wait()
        if origin != "examples":
            return origin, *await self._asking.reply(prompt)
        try:
            return origin, *await self._asking.reply(prompt, computed.set)
        finally:
            computed.set()  # also when it said nothing

    async def _examples(self, most: int) -> tuple[Message, ...]:
        found = await self._near or await self._exemplars(self._request.text, 12)
        fit = [(request, command) for request, command, cosine in found if cosine >= _NEAR and self._here(command)][:most]
        return tuple(turn for request, command in reversed(fit) for turn in prompts.turns(Example(request, command, "")))

    def _here(self, command: str) -> bool:
        """Whether its program is installed: an example of another one leads astray."""
        name = command.split(maxsplit=1)[0]
        return name in BUILTINS or not name.isidentifier() or bool(self._which(name))

    async def weighed(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Each command once, with both likelihoods under the same prompt; with none at all where one cannot be had."""
        several = different(candidates)
        told = all(candidate.weighed for candidate in several)
        forward = await asyncio.gather(*map(self._forward, several)) if told else several
        if not all(candidate.weighed for candidate in forward):
            return [replace(candidate, forward=0.0, least=0.0, weighed=False) for candidate in several]
        best = max((candidate.forward for candidate in forward), default=0.0)
        worth = [candidate for candidate in forward if candidate.forward >= best - _HOPELESS]
        return list(await asyncio.gather(*map(self._backward, worth))) if len(worth) > 1 else worth

    async def _forward(self, candidate: Candidate) -> Candidate:
        """Under each prompt; what was said in answer to one need not be weighed under it."""
        said = candidate.origin in ("first", "other beginning", "third beginning")
        under = [] if said else [self._asked]
        if self._own and candidate.origin != "own words":
            under.append(self._own)
        replies = await asyncio.gather(*(self._asking.reply(prompts.weighed(asked, candidate.command)) for asked in under))
        if not all(weights for _text, weights in replies):
            return replace(candidate, weighed=False)
        found = [likelihood(weights) for _text, weights in replies]
        if said or candidate.origin == "own words":
            found.insert(0, (candidate.forward, candidate.least))
        mean = sum(forward for forward, _least in found) / len(found)
        return replace(candidate, forward=mean, wordings=len(found), least=found[0][1])

    async def _backward(self, candidate: Candidate) -> Candidate:
        """On average over the ways in which the request is worded."""
        worded = [self._request.text, *([self._own.messages[-1].content] if self._own else [])]
        replies = await asyncio.gather(*(self._asking.reply(prompts.backward(candidate.command, text)) for text in worded))
        means = [sum(weights) / len(weights) for _text, weights in replies if weights]
        return replace(candidate, backward=sum(means) / len(means) if means else None)

    async def seen(self, candidates: Sequence[Candidate], look: Look | None) -> list[Candidate]:
        """With what each did, as far as there was time."""
        if look is None or len(candidates) < 2:
            return list(candidates)
        found: list[Candidate] = []
        until = asyncio.get_running_loop().time() + _LOOKING_S
        for candidate in candidates:
            late = asyncio.get_running_loop().time() >= until
            if not (late or candidate.problems or candidate.seen):
                candidate = replace(candidate, seen=await look(candidate.command, LOOK_S))
            found.append(candidate)
        return found
