"""Ways to answer the rows of a test set: the function, a plain prompt to the same model, and embeddings alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from aishell.core.ports import Backend
from aishell.core.types import Message, Piece, Priority, Prompt
from aishell.functions.asking import Embed
from aishell.functions.offer import Offer
from aishell.functions.results import Entities, Labelled, Written
from bench.functions_data import Row, TestSet

Answer = Callable[[str], Awaitable[Any]]


def function(test: TestSet, offer: Offer) -> Answer:
    """The function's answer in the test set's terms."""
    if test.kind == "sentiment":
        sentiment = offer.sentiment()

        async def polarity(text: str) -> str:
            scores = (await sentiment(text)).scores
            return max(("positive", "negative"), key=scores.__getitem__)  # the data knows these two only

        return polarity
    if test.kind == "topic":
        topics = offer.classify(test.labels, what="topic")

        async def topic(text: str) -> str:
            found: Labelled = await topics(text)
            return found.label

        return topic
    if test.kind == "entities":
        naming = offer.entities()

        async def entities(text: str) -> set[tuple[str, int, int]]:
            found: Entities = await naming(text)
            return {(entity.kind, entity.start, entity.end) for entity in found.found}

        return entities
    translation = offer.translate(test.to)

    async def translated(text: str) -> str:
        written: Written = await translation(text)
        return written.text

    return translated


def plain(engine: Backend, test: TestSet) -> Answer:
    """What a plain prompt gets: the instruction before the text; the reply follows the set's schema, if it has one."""

    async def answer(text: str) -> Any:
        prompt = Prompt(messages=(Message(role="user", content=f"{test.plain}\n\n{text}"),), max_tokens=test.plain_tokens)
        prompt = replace(prompt, grammar=test.plain_grammar, priority=Priority.IDLE)
        reply = ""
        async with aclosing(engine.stream(prompt)) as stream:
            async for item in stream:
                reply += item.text if isinstance(item, Piece) else ""
        return test.understood(text, reply)

    return answer


def centroid(embed: Embed, known: Sequence[Row]) -> Answer:
    """The label whose known texts lie around the place that is nearest in meaning."""
    centres: dict[str, list[float]] = {}

    async def answer(text: str) -> str:
        if not centres:
            vectors = await embed([row.text for row in known])
            for label in {row.gold for row in known}:
                of_it = [vector for vector, row in zip(vectors, known, strict=True) if row.gold == label]
                centres[label] = [sum(column) / len(of_it) for column in zip(*of_it, strict=True)]
        (vector,) = await embed([text])
        near = {label: sum(a * b for a, b in zip(vector, centre, strict=True)) for label, centre in centres.items()}
        return max(near, key=near.__getitem__)

    return answer
