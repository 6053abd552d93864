"""Labels for very many texts: what is learned from the model's answers, when it is trusted, and when no longer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.backends.spec import LlamaSpec
from aishell.cli.functions.learned import Learned
from aishell.core.errors import ModelUnavailable, NoPlan
from aishell.functions.learning import LEAST, Learning
from aishell.functions.offer import Offer
from aishell.functions.once import Once
from aishell.functions.records import Record
from aishell.functions.results import Labelled
from aishell.functions.stream import in_order
from aishell.memory.spec import MemorySpec

LABELS = ("travel", "food")


def label(name: str) -> Labelled:
    scores = {one: 0.9 if one == name else 0.1 for one in LABELS}
    return Labelled(label=name, score=0.9, scores=scores)


def texts(count: int) -> list[str]:
    return [f"{'train' if number * 7 % 3 else 'soup'} {number}" for number in range(count)]


class Asked:
    """A model that goes by a word; it is slow now and then."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        self._rule = rule
        self.texts: list[str] = []

    async def __call__(self, text: str) -> Labelled:
        self.texts.append(text)
        await asyncio.sleep(random.choice((0, 0, 0.002)))
        return label(self._rule(text))


def by_word(text: str) -> str:
    return "travel" if "train" in text else "food"


async def embed(given: list[str]) -> list[list[float]]:
    """By the same word, and a little by the number behind it."""
    return [[float("train" in text), float("soup" in text), 0.1 * (len(text) % 3)] for text in given]


def through(function: Callable[[str], Awaitable[Labelled]], given: Sequence[str], jobs: int = 4) -> list[Labelled]:
    async def go() -> list[Labelled]:
        records = (Record(text=text) for text in given)
        found = [done.result async for done in in_order(records, function, jobs)]
        assert all(isinstance(one, Labelled) for one in found)
        return [one for one in found if isinstance(one, Labelled)]

    return asyncio.run(go())


def test_the_model_answers_the_first_texts_and_then_what_was_learned_from_it() -> None:
    ask, given = Asked(by_word), texts(2000)
    found = through(learning := Learning(ask, embed, LABELS), given)
    assert [one.label for one in found] == [by_word(text) for text in given]
    assert all(one.by == "model" for one in found[:LEAST])
    assert len(ask.texts) < LEAST + 2000 / 10
    assert learning.by_itself == sum(one.by == "learned" for one in found) == 2000 - len(ask.texts)
    assert sum(found[-1].scores.values()) == pytest.approx(1)
    assert all(("not asked" in one.how[0]) == (one.by == "learned") for one in found if one.how)


def test_of_what_it_is_sure_of_some_is_put_to_the_model_all_the_same() -> None:
    ask = Asked(by_word)
    through(learning := Learning(ask, embed, LABELS), texts(2000))
    assert learning.checks == len(ask.texts) - LEAST
    assert 0.03 < learning.checks / (2000 - LEAST) < 0.08
    assert learning.agreed == learning.checks


def test_few_texts_are_the_model_s_alone_and_no_embedder_is_asked() -> None:
    async def never(_texts: list[str]) -> list[list[float]]:
        raise AssertionError("nobody asked for vectors")

    assert all(one.by == "model" for one in through(Learning(Asked(by_word), never, LABELS), texts(LEAST)))


def test_answers_that_meaning_does_not_tell_are_never_guessed() -> None:
    ask = Asked(lambda text: LABELS[hash(text) % 2])
    through(learning := Learning(ask, embed, LABELS), texts(1500))
    assert learning.by_itself == 0


def test_when_it_no_longer_agrees_the_model_answers_alone_again() -> None:
    def turned(text: str) -> str:
        late = int(text.split()[1]) >= 1000
        return LABELS[(by_word(text) == "travel") ^ late]

    given = texts(6000)
    found = through(Learning(Asked(turned), embed, LABELS), given)
    wrong = [number for number, one in enumerate(found) if one.label != turned(given[number])]
    assert wrong
    assert min(wrong) >= 1000
    assert max(wrong) < 2000  # it is seen where it learns again: at the latest after 500 texts, or twice as many
    assert any(one.by == "model" for one in found[2000:2100])


def test_who_answers_what_depends_on_the_order_of_the_texts_alone() -> None:
    def run(jobs: int) -> list[str]:
        return [one.by for one in through(Learning(Asked(by_word), embed, LABELS), texts(900), jobs)]

    assert run(1) == run(3) == run(16)


def test_without_an_embedder_the_model_is_asked_about_everything() -> None:
    async def none(_texts: list[str]) -> list[list[float]]:
        raise ModelUnavailable("There is no embedder.")

    found = through(Learning(Asked(by_word), none, LABELS), texts(800))
    assert [one.by for one in found] == ["model"] * 800


def test_a_run_that_goes_on_has_learned_already() -> None:
    earlier = [(text, label(by_word(text)).scores) for text in texts(400)]
    ask = Asked(by_word)
    found = through(Learning(ask, embed, LABELS, earlier=earlier), texts(300))
    assert sum(one.by == "learned" for one in found) > 270


def test_a_text_that_fails_teaches_nothing_and_stops_nobody() -> None:
    async def ask(text: str) -> Labelled:
        if text.endswith("7"):
            raise NoPlan("It cannot be said.")
        return label(by_word(text))

    async def go() -> list[bool]:
        records = (Record(text=text) for text in texts(800))
        return [bool(done.problem) async for done in in_order(records, Learning(ask, embed, LABELS), 4)]

    failed = asyncio.run(go())
    assert sum(failed[:LEAST]) == LEAST / 10
    assert sum(failed[LEAST:]) < 10


def test_a_model_that_tells_no_probabilities_teaches_by_what_it_chose() -> None:
    async def ask(text: str) -> Labelled:
        return Labelled(label=by_word(text), score=None)

    found = through(learning := Learning(ask, embed, LABELS), given := texts(900))
    assert [one.label for one in found] == [by_word(text) for text in given]
    assert learning.by_itself > 500
    assert learning.agreed == learning.checks
    before = Learned(wanted=True)
    for text in texts(400):
        before.met(Record(text=text), Labelled(label=by_word(text), score=None).table())
    labels = Offer(ScriptedBackend((Line(when="train", say="travel"), Line(when="", say="food"))), embed).classify(LABELS)
    going_on = before.over(Offer(ScriptedBackend(()), embed), labels)
    assert sum(one.by == "learned" for one in through(going_on, texts(300))) > 250  # type: ignore[arg-type]


def test_a_filter_says_how_many_it_answered_so_and_what_it_may_go_on_with() -> None:
    lines = Line(when="train", say="travel", weight=-0.1), Line(when="", say="food", weight=-0.1)
    offer = Offer(ScriptedBackend(lines), embed)
    learned, labels = Learned(wanted=True), offer.classify(LABELS)
    for text in texts(400):
        result = (label(by_word(text)) if "train" in text else replace(label("food"), by="learned")).table()
        learned.met(Record(text=text), result)
    learned.met(Record(text="no text"), {})
    through(function := learned.over(offer, labels), texts(600))  # type: ignore[arg-type]
    assert isinstance(function, Learning)
    assert function.answered == 600
    assert f"{function.by_itself} of 600 records" in learned.said()
    assert f"{function.agreed} of {function.checks} checks" in learned.said()
    alone = Learned(wanted=False)
    assert alone.over(offer, labels) is labels
    assert alone.said() == ""


def test_the_engine_s_own_embedder_tells_topics_apart(
    spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec]
) -> None:
    travel = ("The train to {} was late", "Our flight from {} was cancelled", "去{}的火车晚点了")
    food = ("The soup in {} was cold", "A good pizza place in {}", "{}的面条很好吃")
    towns = [f"town {number}" for number in range(30)]
    given = [template.format(town) for town in towns for pair in zip(travel, food, strict=True) for template in pair]
    wanted = ["travel", "food"] * (len(given) // 2)

    async def ask(text: str) -> Labelled:
        return label(wanted[given.index(text)])

    async def go() -> list[Labelled]:
        backend = EngineBackend(spec, memory=memory_of().to_wire(), place=place)
        try:
            learning = Learning(ask, backend.embed, LABELS, least=100)
            return [await learning(text) for text in given]
        finally:
            await backend.close()

    found = asyncio.run(go())
    assert [one.label for one in found] == wanted
    assert sum(one.by == "learned" for one in found) > 40


def test_a_text_that_comes_again_is_computed_once() -> None:
    ask = Asked(by_word)
    found = through(Once(ask), ["soup", "train", "soup"] * 50)
    assert sorted(ask.texts) == ["soup", "train"]
    assert [one.label for one in found] == ["food", "travel", "food"] * 50


def test_a_failure_is_not_kept_for_the_next_one() -> None:
    tries: list[str] = []

    async def second_time(text: str) -> Labelled:
        tries.append(text)
        if len(tries) == 1:
            raise NoPlan("Not now.")
        return label("food")

    async def go() -> list[str]:
        return [done.problem async for done in in_order(iter([Record(text="x")] * 3), Once(second_time), 1)]

    assert asyncio.run(go()) == ["Not now.", "", ""]
    assert len(tries) == 2


def test_one_who_waits_no_more_does_not_take_the_answer_from_the_others() -> None:
    async def slow(_text: str) -> Labelled:
        await asyncio.sleep(0.05)
        return label("food")

    async def go() -> list[str]:
        once = Once(slow)
        first, second, third = (asyncio.ensure_future(once("x")) for _ in range(3))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.sleep(0)
        first.cancel()
        return [(await third).label]

    assert asyncio.run(go()) == ["food"]
