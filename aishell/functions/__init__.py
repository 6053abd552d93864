"""The text functions for Python programs: labels, sentiment, names, translations, summaries, fields of a schema.

    from aishell import functions

    with functions.opened() as ai:
        ai.sentiment(["The room was clean.", "早餐太差。"])[0].label
        ai.translate(["Good morning."], to="zh")[0].text

Nothing is loaded before the first call; what is returned is frozen (`aishell.functions.results`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from aishell.core.types import Priority
    from aishell.functions.answering.result import Answer
    from aishell.functions.asking import Model
    from aishell.functions.labels import Labels
    from aishell.functions.offer import Offer
    from aishell.functions.pictures.describe import Describing
    from aishell.functions.pictures.results import Described
    from aishell.functions.report.values import Report
    from aishell.functions.results import Entities, Extracted, Kind, Labelled, Written

_Found = TypeVar("_Found")


class Functions:
    """Each takes texts and gives a result for each, in order. All raise ModelUnavailable; UsageError for wrong arguments."""

    def __init__(self, runner: asyncio.Runner, offer: Offer, jobs: int) -> None:
        self._runner = runner
        self._offer = offer
        self._jobs = jobs
        self._describing: Describing | None = None

    def classify(
        self, texts: Sequence[str], labels: Sequence[str], *, what: str = "label", learn: bool = False
    ) -> list[Labelled]:
        """`learn`: of very many texts the model answers the first, and what is learned from its answers most of the others."""
        return self._labelled(texts, self._offer.classify(labels, what=what), learn)

    def nearest(self, texts: Sequence[str], examples: Sequence[tuple[str, str]]) -> list[Labelled]:
        """`examples`: (label, text)."""
        return self._all(texts, self._offer.nearest(examples))

    def sentiment(self, texts: Sequence[str], *, learn: bool = False) -> list[Labelled]:
        """`learn`: as for `classify`."""
        return self._labelled(texts, self._offer.sentiment(), learn)

    def entities(self, texts: Sequence[str], kinds: Sequence[Kind] = ("person", "place", "organization")) -> list[Entities]:
        return self._all(texts, self._offer.entities(kinds))

    def translate(self, texts: Sequence[str], *, to: str) -> list[Written]:
        return self._all(texts, self._offer.translate(to))

    def summarize(self, texts: Sequence[str], *, sentences: int = 3, to: str = "") -> list[Written]:
        return self._all(texts, self._offer.summarize(sentences=sentences, to=to))

    def extract(self, texts: Sequence[str], schema: dict[str, Any]) -> list[Extracted]:
        """`schema`: a JSON schema of an object."""
        import json

        from aishell.functions.extract import schema_of

        return self._all(texts, self._offer.extract(schema_of(json.dumps(schema))))

    def rewrite(self, texts: Sequence[str], wanted: str) -> list[Written]:
        """`wanted`: what the texts are to become, such as "short and polite"."""
        return self._all(texts, self._offer.rewrite(wanted))

    def describe(self, picture: str | Path | bytes, *, question: str = "", place: bool = False) -> Described:
        """`picture`: an image file, or its bytes. Raises OSError when it cannot be read, UsageError when it is no picture."""
        from pathlib import Path

        if self._describing is None:
            from aishell.wiring.pictures import describing_configured

            self._describing = describing_configured()
        data = picture if isinstance(picture, bytes) else Path(picture).read_bytes()
        return self._describing(data, question=question, place=place)

    def _labelled(self, texts: Sequence[str], labels: Labels, learn: bool) -> list[Labelled]:
        return self._all(texts, self._offer.learning(labels) if learn else labels)

    def report(self, path: str, question: str = "", *, table: str = "") -> Report:
        """What a file of data says: an answer computed from it, or an overview. Raises Unanswerable when it does not say it."""
        return self._runner.run(_reported(path, question, table, self._offer))

    def answer(self, question: str, collection: str) -> Answer:
        """What the documents of a collection say to a question, with their lines. Raises UsageError, MemoryUnavailable too."""
        return self._runner.run(self._offer.answer(collection)(question))

    def _all(self, texts: Sequence[str], function: Callable[[str], Coroutine[Any, Any, _Found]]) -> list[_Found]:
        if isinstance(texts, str):
            texts = [texts]  # one text is a sequence of letters, too, and nobody means that
        return self._runner.run(_gathered(texts, function, self._jobs))


@contextmanager
def opened(*, jobs: int = 4, priority: Priority | None = None) -> Iterator[Functions]:
    """The functions over the configured model. `jobs`: texts computed at once. Raises ModelUnavailable, ConfigError."""
    import asyncio

    from aishell.core.types import Priority as Priorities
    from aishell.wiring.functions import open_configured

    with asyncio.Runner() as runner:
        opening = open_configured(priority=Priorities.SOON if priority is None else priority)
        offer = runner.run(_entered(opening))
        try:
            yield Functions(runner, offer, jobs)
        finally:
            runner.run(_left(opening))


async def _gathered(texts: Sequence[str], function: Callable[[str], Coroutine[Any, Any, _Found]], jobs: int) -> list[_Found]:
    import asyncio

    gate = asyncio.Semaphore(jobs)

    async def one(text: str) -> _Found:
        async with gate:
            return await function(text)

    return list(await asyncio.gather(*map(one, texts)))


async def _reported(path: str, question: str, table: str, offer: Offer) -> Report:
    from aishell.functions.report.answering import answer
    from aishell.functions.report.overview import overview
    from aishell.functions.report.read import opened as data_of

    async def model() -> Model:
        return offer.model

    with data_of(path, table=table) as data:
        return await answer(data, question, model, table=table) if question else overview(data, table=table)


async def _entered(opening: Any) -> Offer:
    offer: Offer = await opening.__aenter__()
    return offer


async def _left(opening: Any) -> None:
    await opening.__aexit__(None, None, None)
