"""The model asked for what a text function needs: a reply, or how likely each of several beginnings of one is."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from aishell.core.errors import AishellError, NoPlan
from aishell.core.ports import Backend
from aishell.core.reply import whole
from aishell.core.types import Message, Priority, Prompt, Usage

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")

Embed = Callable[[list[str]], Awaitable[list[list[float]]]]
"""Texts to vectors of length 1, all of one model. Raises ModelUnavailable."""

_TOGETHER = 4
"""Parts of a text under way at once: the next tokens of four replies take 1.3 times as long as of one."""


class NoChances(NoPlan):
    """This model says no probabilities."""


class Model:
    """A language model as the functions use it. Several questions may be under way at once."""

    def __init__(self, backend: Backend, *, priority: Priority = Priority.SOON) -> None:
        """`priority`: SOON when a person waits for one answer, IDLE for a file of records, which never keep anybody waiting."""
        self._backend = backend
        self._priority = priority
        self._context = 0
        self._computed: set[tuple[Message, ...]] = set()
        """Stable beginnings that the model has met: whatever asks for a new one meanwhile would have it computed once more."""
        self._computing = asyncio.Lock()

    async def reply(self, prompt: Prompt) -> tuple[str, bool]:
        """What the model says, and whether that is all of it. Raises ModelUnavailable."""
        text, usage = await self._told(prompt)
        return text.strip(), usage is None or usage.finish == "stop"

    async def chances(self, prompt: Prompt, beginnings: Sequence[str]) -> list[float]:
        """Natural logarithms: how likely a reply begins with each of them. Raises ModelUnavailable, NoChances."""
        _text, usage = await self._told(replace(prompt, among=tuple(beginnings)))
        if usage is None or len(usage.weights) != len(beginnings):
            hint = 'Use model.backend = "engine" or "llama", or tasks.functions = "local".'
            raise NoChances("This model cannot say how likely a label is.", hint=hint)
        return list(usage.weights)

    async def choice(self, prompt: Prompt, answers: Sequence[str]) -> str:
        """One of the answers, chosen in a reply that can be nothing else. Raises ModelUnavailable, NoPlan."""
        fields = {"type": "object", "properties": {"answer": {"enum": list(answers)}}, "required": ["answer"]}
        longest = 16 + 4 * max(map(len, answers))
        text, _complete = await self.reply(replace(prompt, grammar=json.dumps(fields), max_tokens=longest))
        try:
            said = json.loads(text)["answer"]
        except (ValueError, TypeError, KeyError):
            said = text.strip("\"'. \n")
        if said not in answers:
            raise unusable(f"one of {', '.join(answers)}")
        return str(said)

    async def room(self) -> int:
        """How many tokens of foreign text a prompt may hold: two thirds of the context. Raises ModelUnavailable."""
        if not self._context:
            self._context = (await self._backend.describe()).context_tokens or 2048
        return self._context * 2 // 3

    async def _told(self, prompt: Prompt) -> tuple[str, Usage | None]:
        beginning = prompt.messages[: prompt.stable]
        if beginning not in self._computed:
            async with self._computing:
                if beginning not in self._computed:
                    told = await self._stream(prompt)
                    self._computed.add(beginning)
                    return told
        return await self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> tuple[str, Usage | None]:
        return await whole(self._backend.stream(replace(prompt, priority=self._priority)))


def conversation(instruction: str, examples: Sequence[tuple[str, str]], text: str) -> Prompt:
    """An instruction, examples of it as turns, and the text it is about; all but the last never changes."""
    turns = [Message(role="system", content=instruction)]
    for asked, answered in examples:
        turns += (Message(role="user", content=asked), Message(role="assistant", content=answered))
    return Prompt(messages=(*turns, Message(role="user", content=text)), stable=len(turns))


def distribution(logarithms: Sequence[float]) -> list[float]:
    """Probabilities that add up to 1, of logarithms of anything proportional to them."""
    highest = max(logarithms)
    parts = [math.exp(value - highest) for value in logarithms]
    return [part / sum(parts) for part in parts]


def unusable(what: str) -> AishellError:
    return NoPlan(f"The model's reply is no {what}.", hint="Try a larger model: `aishell model list`.")


async def each(function: Callable[[_Given], Awaitable[_Found]], parts: Iterable[_Given]) -> list[_Found]:
    """What comes of each part of a text, in order; several are computed at once. Raises what the first that fails raises."""
    gate = asyncio.Semaphore(_TOGETHER)

    async def one(part: _Given) -> _Found:
        async with gate:
            return await function(part)

    tasks = [asyncio.ensure_future(one(part)) for part in parts]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
