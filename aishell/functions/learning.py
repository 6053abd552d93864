"""Labels for very many texts: the model answers the first, and what is learned from its answers those that come after.

The first answers of a run, with the embeddings of their texts, teach a small classifier (`head`). Where it is sure it answers
instead of the model; some of those texts are put to the model all the same, as a check, and what it says goes on teaching.
When the two no longer agree often enough, the model answers alone again. Which of them answers what depends on the order of the
texts only, not on how fast they are computed.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aishell.core.errors import ModelUnavailable
from aishell.functions.asking import Embed
from aishell.functions.head import Head, learned
from aishell.functions.languages import east_asian
from aishell.functions.results import Labelled

if TYPE_CHECKING:
    import numpy

    Vector = numpy.ndarray[Any, Any]

LEAST = 300
"""Texts that the model answers before anything is learned."""
MOST = 4000
"""Examples that are learned from; of more, the latest."""
_AGREEMENT = 0.95
_CHECKED = 0.05
"""The share of the texts that the classifier is sure of that is put to the model all the same."""
_GROWTH = 1.25
"""It is learned anew when there are so many times as many texts, at the latest after `_LATEST`."""
_LATEST = 500
_LONGEST = 2000
"""Characters of a text that become a vector; the embedders read less."""
_EAST_ASIAN, _LATIN = "中", "a"
"""One goes with each request, so that all of it is read by the embedder that is wanted: texts choose it by their letters.

Both together cover more than either (SST-2, 200 examples, 168 texts: .20 with .94 as the model, USE alone .07, MiniLM .17).
"""

Earlier = tuple[str, Mapping[str, float]]
"""A text and the shares that the model gave the labels."""


@dataclass(slots=True)
class _Example:
    number: int
    text: str
    shares: tuple[float, ...]
    vector: Vector | None = None
    sure: bool = False
    """Whether the classifier was, before the model was asked."""


class Learning:
    """Gives each text its label. Several may be under way at once; they are counted in the order in which they come."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Labelled]],
        embed: Embed,
        labels: Sequence[str],
        *,
        earlier: Iterable[Earlier] = (),
        least: int = LEAST,
    ) -> None:
        """`earlier`: what the model has answered in a run that this one goes on with."""
        self._ask = ask
        self._embed = embed
        self._labels = tuple(labels)
        self._examples = [
            _Example(at, text, tuple(shares.get(label, 0.0) for label in self._labels))
            for at, (text, shares) in enumerate(earlier)
        ][-MOST:]
        self._count = len(self._examples)
        self._next = max(least, self._count)
        """From this text on, more is to be learned first."""
        self._head: Head | None = None
        self._nothing: list[float] = []
        """Zeros, as many as the other embedder's vectors have."""
        self._under_way: dict[int, asyncio.Future[None]] = {}
        self._learning = asyncio.Lock()
        self.answered = self.by_itself = 0
        """All texts, and those that the model was not asked about."""
        self.checks = self.agreed = 0

    async def __call__(self, text: str) -> Labelled:
        """Raises what asking the model raises."""
        number, self._count = self._count, self._count + 1
        ended = self._under_way[number] = asyncio.get_running_loop().create_future()
        try:
            found = await self._answered(number, text)
            self.answered += 1
            return found
        finally:
            del self._under_way[number]
            ended.set_result(None)

    async def _answered(self, number: int, text: str) -> Labelled:
        if number >= self._next:
            async with self._learning:
                if number >= self._next:
                    await self._learn(number)
        head = self._head
        if head is None:
            return await self._asked(_Example(number, text, ()))
        vector = (await self._vectors([text]))[0]
        scores = head.scores(vector)
        sure = head.sure(scores)
        if not sure or random.Random(number).random() < _CHECKED:  # the same ones each time
            return await self._asked(_Example(number, text, tuple(scores), vector, sure))
        self.by_itself += 1
        label = max(range(len(scores)), key=scores.__getitem__)
        how = (
            f"Learned from the model's answers to {len(self._examples)} texts; where that is so sure, it says what the model "
            f"says in {head.agrees:.0%} of them. The model was not asked."
        )
        shares = dict(zip(self._labels, scores, strict=True))
        return Labelled(label=self._labels[label], score=scores[label], scores=shares, by="learned", how=(how,))

    async def _asked(self, example: _Example) -> Labelled:
        """The model's answer, which becomes an example."""
        found = await self._ask(example.text)
        scores = found.scores or {found.label: 1.0}  # the model may tell none
        shares = tuple(round(scores.get(label, 0.0), 4) for label in self._labels)  # as a file keeps them
        if example.sure:
            self.checks += 1
            self.agreed += example.shares.index(max(example.shares)) == shares.index(max(shares))
        if self._next < sys.maxsize:
            self._examples.append(replace(example, text=example.text[:_LONGEST], shares=shares))
        return found

    async def _learn(self, number: int) -> None:
        """From all that came before."""
        if before := [ended for other, ended in self._under_way.items() if other < self._next]:
            await asyncio.wait(before)
        self._examples = sorted(self._examples, key=lambda example: example.number)[-MOST:]
        without = [example for example in self._examples if example.vector is None]
        try:
            vectors = await self._vectors([example.text for example in without])
        except ModelUnavailable:  # without an embedder the model answers alone
            self._head, self._next, self._examples = None, sys.maxsize, []
            return
        for example, vector in zip(without, vectors, strict=True):
            example.vector = vector
        head = await asyncio.to_thread(_learned, self._examples)
        self._head = head if head.covers else None
        self._next = max(number + 1, min(int(number * _GROWTH), number + _LATEST))  # last: until then the others wait

    async def _vectors(self, texts: list[str]) -> list[Vector]:
        """Of each text the vector of the embedder for many languages; behind it, if it is not Chinese, that of the other."""
        import numpy

        cut = [text[:_LONGEST] for text in texts]
        latin = [text for text in cut if not east_asian(text)]
        many = await self._embed([*cut, _EAST_ASIAN])
        others: list[list[float]] = []
        if latin or not self._nothing:
            *others, last = await self._embed([*latin, _LATIN])
            self._nothing = [0.0] * len(last)
        other = iter(others)
        pairs = ((vector, self._nothing if east_asian(text) else next(other)) for text, vector in zip(cut, many, strict=False))
        return [numpy.asarray([*vector, *behind], "f4") for vector, behind in pairs]


def _learned(examples: Sequence[_Example]) -> Head:
    import numpy

    return learned(
        numpy.asarray([example.vector for example in examples], "f8"),
        numpy.asarray([example.shares for example in examples], "f8"),
        _AGREEMENT,
    )
