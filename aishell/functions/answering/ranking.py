"""Passages in the order in which they promise to answer a question: by meaning, and by the words that matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aishell.functions.answering.passages import Passage
from aishell.functions.answering.terms import covered
from aishell.functions.languages import east_asian

Embed = Callable[[Sequence[str], bool], Awaitable[list[list[float]]]]
"""(texts, whether by the model of many languages) -> vectors of length 1. Raises ModelUnavailable."""

_WORDS = 0.3
"""A passage that has all the question's words is as good as one whose cosine is so much higher."""
_LONGEST = 1500
"""Characters of a passage that are embedded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage, and how near it is to a question."""

    passage: Passage
    cosine: float
    """0 where nothing is known of meanings."""
    covered: float
    """Share of the question's words that stand in it; 0 across languages."""

    @property
    def score(self) -> float:
        return self.cosine + _WORDS * self.covered


async def ranked(question: str, found: Sequence[Passage], embed: Embed | None) -> list[Ranked]:
    """Best first. A question is compared with a passage by the model that knows both languages. Raises ModelUnavailable."""
    cosines = [0.0] * len(found)
    for multilingual in (False, True) if embed else ():
        chosen = [at for at, one in enumerate(found) if (east_asian(question) or east_asian(one.text)) == multilingual]
        if chosen:
            assert embed is not None
            texts = [question, *(found[at].whole[:_LONGEST] for at in chosen)]
            asked, *vectors = await embed(texts, multilingual)
            for at, vector in zip(chosen, vectors, strict=True):
                cosines[at] = sum(one * other for one, other in zip(asked, vector, strict=True))
    made = [
        Ranked(passage=passage, cosine=cosine, covered=_share(question, passage))
        for passage, cosine in zip(found, cosines, strict=True)
    ]
    return sorted(made, key=lambda one: -one.score)


def _share(question: str, passage: Passage) -> float:
    return covered(question, passage.whole) if east_asian(question) == east_asian(passage.text) else 0.0


def chosen(order: Sequence[Ranked], most: int) -> list[Ranked]:
    """The best, with the best in another language among them: cosines of two models do not compare."""
    first = list(order[:most])
    other = next((one for one in order if first and _language(one) != _language(first[0])), None)
    if other and other not in first and most > 1:
        first[-1] = other
    return first


def _language(one: Ranked) -> bool:
    return east_asian(one.passage.text)
