"""Which of some labels fits a text, by the probabilities that the model gives them: one prefill, and nothing is said.

A model likes some answers whatever the text is. How much is seen with texts that say nothing, and taken off (contextual
calibration, Zhao et al. 2021). Measured (Qwen2.5-Coder-1.5B, development rows of AG News, n = 24, right without / with
it): words .88 / .75, letters .25 / .42. So words are used where they can be, as they are, and letters are calibrated.
"""

from __future__ import annotations

import asyncio
import math
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from aishell.core.errors import UsageError
from aishell.core.types import Prompt
from aishell.functions.asking import Model, NoChances, conversation, distribution
from aishell.functions.cut import clipped
from aishell.functions.languages import east_asian
from aishell.functions.results import Labelled


class Shown(NamedTuple):
    """Examples in one language, and what the model likes behind them."""

    examples: tuple[tuple[str, str], ...] = ()
    """Texts with their answers. Computed once, they cost a record nothing."""
    liked: Mapping[str, float] = MappingProxyType({})
    """Answers that it gives too often: by how much its logarithms are too high. Measured."""


LETTERS = string.ascii_uppercase
_LONGEST = 800
"""Tokens of a text that are looked at: what it is about stands at its beginning, and each thousand takes seconds."""
NOTHING = ("N/A", "...", "[MASK]")
"""Texts that say nothing."""


_NOTHING_SHOWN = Shown()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a model is asked for a label."""

    instruction: str
    """With the labels in it."""
    question: str
    """Behind the text; where it is {text}, the text."""
    answers: tuple[str, ...]
    """How a reply begins for each label; each begins with another token."""
    calibrated: bool = False
    """Whether what the model likes without a text is divided out."""
    latin: Shown = _NOTHING_SHOWN
    east_asian: Shown | None = None
    """What is shown instead with a text in Chinese, Japanese or Korean."""

    def prompt(self, text: str) -> Prompt:
        shown = [(self._about(example), answer) for example, answer in self._shown(text).examples]
        return conversation(self.instruction, shown, self._about(text))

    def liked(self, text: str) -> list[float]:
        """For each answer, how much too high its logarithm is with a text in that language."""
        liked = self._shown(text).liked
        return [liked.get(answer, 0.0) for answer in self.answers]

    def _shown(self, text: str) -> Shown:
        return self.east_asian if self.east_asian and east_asian(text) else self.latin

    def _about(self, text: str) -> str:
        return self.question.replace("{text}", text)


def lettered(labels: Sequence[str], what: str) -> Wording:
    """The labels as a list, of which the letter is the answer: one token each, whatever the labels are."""
    listed = "\n".join(f"{letter}. {label}" for letter, label in zip(LETTERS, labels, strict=False))
    return Wording(
        instruction=f"You decide which {what} fits a text best.\n{listed}\nYou answer with its letter alone.",
        question=f"Text: {{text}}\n\nWhich {what} fits?",
        answers=tuple(LETTERS[: len(labels)]),
        calibrated=True,
    )


def worded(labels: Sequence[str], what: str) -> Wording:
    """The labels are the answers: for words that begin with different tokens.

    They stand behind the text: on AG News (120 development rows) that is right in .775, and with the labels before it in .708.
    """
    return Wording(
        instruction="You sort texts.",
        question=f"Text: {{text}}\n\nWhich {what} fits it best: {', '.join(labels)}? Answer with that word alone.",
        answers=tuple(labels),
    )


def shown(labels: Sequence[str], what: str, latin: Shown, east_asian: Shown) -> Wording:
    """The labels are the answers, and examples show them, so that nothing has to stand beside the text.

    On SST-2 (200 development rows) that is as right as with a question, .875 and .870, and 27 instead of 42 tokens a record.
    Eight in the language of the text do better than four, and four in another: .917 of 120 other rows, .874 of 103 of them.
    """
    return Wording(
        instruction=f"You decide which {what} fits a text best: {', '.join(labels)}. You answer with that word alone.",
        question="{text}",
        answers=tuple(labels),
        latin=latin,
        east_asian=east_asian,
    )


def checked(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels without blanks around them. Raises UsageError."""
    clean = tuple(" ".join(label.split()) for label in labels)
    if len(clean) < 2 or not all(clean) or len(set(clean)) < len(clean):
        raise UsageError("Two or more different labels are needed.", hint="For example: --labels bug,question,praise")
    if len(clean) > len(LETTERS):
        raise UsageError(f"{len(clean)} labels are too many; {len(LETTERS)} are possible.")
    return clean


class Labels:
    """Finds the label of a text."""

    def __init__(self, model: Model, labels: Sequence[str], *wordings: Wording) -> None:
        """Each wording has an answer for each of the labels. The first is used, unless two of its answers begin alike."""
        self._model = model
        self.labels = tuple(labels)
        self._wording, *self._others = wordings
        self._words = self._wording
        self._liking = [0.0] * len(self.labels)
        self._settled = False
        self._settling = asyncio.Lock()

    async def __call__(self, text: str) -> Labelled:
        """Raises ModelUnavailable, NoPlan."""
        text, note = clipped(text, min(_LONGEST, await self._model.room()))
        try:
            return await self._weighed(text, note)
        except NoChances:
            label = await self._model.choice(self._words.prompt(text), self._words.answers)
            at = self._words.answers.index(label)
            how = "Chosen by the model in its reply: it tells no probabilities, so there is no score."
            return Labelled(label=self.labels[at], score=None, notes=(note,) if note else (), how=(how,))

    async def _weighed(self, text: str, note: str) -> Labelled:
        """Raises ModelUnavailable, NoChances."""
        chances = await self._settle(text) if not self._settled else None
        chances = chances or await self._chances(text)
        liking = [like + more for like, more in zip(self._liking, self._wording.liked(text), strict=True)]
        scores = distribution([chance - like for chance, like in zip(chances, liking, strict=True)])
        best = max(range(len(scores)), key=scores.__getitem__)
        how = [f"The model's probability of each answer ({', '.join(self._wording.answers)}) behind the text, in one go."]
        if self._wording.calibrated:
            shares = (f"{label} {math.exp(like):.2f}" for label, like in zip(self.labels, self._liking, strict=True))
            how.append(f"Divided by what it gives texts that say nothing: {', '.join(shares)}.")
        return Labelled(
            label=self.labels[best],
            score=scores[best],
            scores=dict(zip(self.labels, scores, strict=True)),
            notes=(note,) if note else (),
            how=tuple(how),
        )

    async def _settle(self, text: str) -> list[float] | None:
        """The wording that is used, and what the model likes without a text; None when another text has found them already."""
        async with self._settling:
            if self._settled:
                return None
            chances = await self._chances(text)
            while self._others and len(set(chances)) < len(self.labels):  # the same token weighs exactly the same
                self._wording = self._others.pop(0)
                chances = await self._chances(text)
            if self._wording.calibrated:
                shares = zip(*map(distribution, await self._of_nothing()), strict=True)
                self._liking = [math.log(max(1e-6, sum(share) / len(NOTHING))) for share in shares]
            self._settled = True
            return chances

    async def _of_nothing(self) -> list[list[float]]:
        return list(await asyncio.gather(*map(self._chances, NOTHING)))

    async def _chances(self, text: str) -> list[float]:
        return await self._model.chances(replace(self._wording.prompt(text), max_tokens=1), self._wording.answers)
