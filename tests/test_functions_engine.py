"""Text functions over a real engine, with a model too small to be right: what they give back is whole, ordered, and proven."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from aishell.backends import weighing
from aishell.backends.batching import Runner
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.types import Priority
from aishell.functions.extract import schema_of
from aishell.functions.offer import Offer
from aishell.functions.records import Record
from aishell.functions.stream import Done, in_order
from aishell.memory.spec import MemorySpec
from tests.conftest import Run
from tests.test_batching import ask, model, runner, say

__all__ = ["model", "runner"]  # fixtures

_Found = TypeVar("_Found")
TEXTS = [
    f"The {noun} number {number} was {mood}."
    for number in range(20)
    for noun in ("room", "meal")
    for mood in ("good", "bad", "late")
]


def offered(spec: LlamaSpec, place: Place, use: Callable[[Offer], Awaitable[_Found]]) -> _Found:
    async def go() -> _Found:
        backend = EngineBackend(spec, place=place)
        try:
            return await use(Offer(backend, backend.embed, priority=Priority.IDLE))
        finally:
            await backend.close()

    return asyncio.run(go())


def test_several_beginnings_are_weighed_in_one_go_as_each_would_be_alone(model: Llama, runner: Runner) -> None:
    words = ("Paris", "Rome", "A")
    said, usage = say(runner, ask("What is the capital of France?", among=words))
    assert (said, usage.reply_tokens) == ("", 0)
    for word, together in zip(words, usage.weights, strict=True):
        _, alone = say(runner, ask("What is the capital of France?", expected=word))
        assert together == pytest.approx(alone.weights[0], abs=0.1)
    assert sum(map(math.exp, usage.weights)) <= 1.0001


def test_what_is_weighed_is_no_more_than_a_batch_has_room_for(runner: Runner) -> None:
    _, usage = say(runner, ask("Which letter?", among=tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
    assert len(usage.weights) == 26 < weighing.MOST


def test_records_computed_together_come_back_in_order_and_weigh_what_they_weigh_alone(spec: LlamaSpec, place: Place) -> None:
    async def use(offer: Offer) -> tuple[list[Done], list[Done]]:
        records = [Record(text=text) for text in TEXTS]
        together = [done async for done in in_order(iter(records), offer.sentiment(), 8)]
        alone = [done async for done in in_order(iter(records[:6]), offer.sentiment(), 1)]
        return together, alone

    together, alone = offered(spec, place, use)
    assert [done.record.text for done in together] == TEXTS
    assert all(done.result for done in together)
    for one, other in zip(together, alone, strict=False):
        assert one.result is not None
        assert other.result is not None
        assert one.result.table()["scores"] == pytest.approx(
            other.result.table()["scores"], abs=0.15
        )  # batches of other sizes add up in another order


def test_a_model_that_says_nonsense_still_gives_back_only_what_the_text_says(spec: LlamaSpec, place: Place) -> None:
    text = "Maria Lopez ordered 12 lamps in Oslo, and 小梅 paid."

    async def use(offer: Offer) -> None:
        found = await offer.entities()(text)
        assert all(text[entity.start : entity.end] == entity.name for entity in found.found)
        filled = await offer.extract(schema_of('{"properties": {"item": {"type": "string"}, "count": {"type": "integer"}}}'))(
            text
        )
        assert set(filled.values) == {"item", "count"}
        assert filled.values["item"] is None or str(filled.values["item"]) in text
        assert filled.values["count"] in (12, None)

    offered(spec, place, use)


def test_examples_decide_by_meaning_in_both_languages(
    spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec]
) -> None:
    known = [
        ("travel", "The train was late and the bus never came."),
        ("travel", "航班取消了，我们在机场等了一夜。"),
        ("food", "The soup was cold and the bread was stale."),
        ("food", "这家餐厅的菜太咸了。"),
    ]

    async def go() -> list[str]:
        backend = EngineBackend(spec, memory=memory_of().to_wire(), place=place)
        try:
            nearest = Offer(backend, backend.embed).nearest(known)
            texts = ("Our flight left two hours too late", "火车晚点了三个小时", "Nice pizza, awful salad", "面条很好吃")
            return [(await nearest(text)).label for text in texts]
        finally:
            await backend.close()

    assert asyncio.run(go()) == ["travel", "travel", "food", "food"]


def test_the_command_works_with_a_real_model(aishell: Run, home: Path) -> None:
    (home / "texts").write_text("It was good.\n\nIt was bad.\n")
    done = aishell("classify", "--labels", "praise,complaint", "texts", "--explain", env={"AISHELL_MODEL_USE": "smollm2-135m"})
    assert done.returncode == 0, done.stderr
    first, empty, last = done.stdout.splitlines()
    assert empty == ""
    assert {line.split("\t")[0] for line in (first, last)} <= {"praise", "complaint"}
    assert "praise, complaint" in done.stderr
