"""Which label fits a text, by the labelled examples that are nearest to it in meaning: no language model is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from aishell.core.errors import UsageError
from aishell.functions.asking import Embed, distribution
from aishell.functions.languages import east_asian
from aishell.functions.results import Labelled

if TYPE_CHECKING:
    import numpy

Example = tuple[str, str]
"""A label and a text of it."""

_NEAREST = 5
_SHARPNESS = 12.0
"""A cosine higher by 0.1 makes an example three times as heavy."""
_LONGEST = 2000
"""Characters of a text; the embedders read less."""
_MOST = 1000
"""Examples: their vectors come in one frame."""


def examples(lines: Iterable[str]) -> tuple[Example, ...]:
    """Of lines with a label, a tab and a text. Raises UsageError."""
    found: list[Example] = []
    for number, line in enumerate(lines, 1):
        label, tab, text = line.strip().partition("\t")
        if not line.strip():
            continue
        if not (tab and label.strip() and text.strip()):
            raise UsageError(f"Line {number} of the examples is not a label, a tab and a text.")
        found.append((label.strip(), text.strip()))
    if len({label for label, _text in found}) < 2:
        raise UsageError("The examples need two or more labels.")
    return tuple(found)


class Nearest:
    """Finds the label of a text. The examples become vectors with the first one."""

    def __init__(self, embed: Embed, known: Sequence[Example]) -> None:
        """Raises UsageError when there are too many examples."""
        if len(known) > _MOST:
            raise UsageError(f"{len(known)} examples are too many; {_MOST} are possible.")
        self._embed = embed
        self._labels = [label for label, _text in known]
        self._texts = [text[:_LONGEST] for _label, text in known]
        self._along = [text for text in self._texts if east_asian(text)][:1]
        """Goes with each text, so that the embedder that reads the examples reads it, too: texts choose it by their letters."""
        self._vectors: dict[int, numpy.ndarray[Any, Any]] = {}
        """Of the examples, by the number of dimensions, which tells the two embedders apart."""
        self._asking = asyncio.Lock()

    async def __call__(self, text: str) -> Labelled:
        """Raises ModelUnavailable."""
        text = text[:_LONGEST]
        vector, *_along = await self._embed([text, *self._along])
        cosines = await self._examples(text, len(vector)) @ vector
        nearest = [int(at) for at in cosines.argsort()[::-1][:_NEAREST]]
        scores = dict.fromkeys(self._labels, 0.0)
        for at, weight in zip(nearest, distribution([_SHARPNESS * float(cosines[at]) for at in nearest]), strict=True):
            scores[self._labels[at]] += weight
        best = max(scores, key=scores.__getitem__)
        near = (f"{self._labels[at]}: {self._texts[at][:60]!r} ({float(cosines[at]):.2f})" for at in nearest)
        how = f"The nearest examples in meaning: {'; '.join(near)}."
        return Labelled(label=best, score=scores[best], scores=scores, how=(how,))

    async def _examples(self, text: str, dimensions: int) -> numpy.ndarray[Any, Any]:
        import numpy

        async with self._asking:
            if dimensions not in self._vectors:
                *found, _text = await self._embed([*self._texts, text])
                self._vectors[dimensions] = numpy.asarray(found, "f4")
            return self._vectors[dimensions]
