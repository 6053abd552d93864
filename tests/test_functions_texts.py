"""What text functions do around a model: cut, protect, prove. The model is a script here, also one that says nonsense."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from aishell.backends.scripted import Line, ScriptedBackend
from aishell.core.errors import NoPlan, UsageError
from aishell.functions import labels as of_labels
from aishell.functions.asking import Model, each
from aishell.functions.cut import clipped, parts, sentences, tokens
from aishell.functions.extract import Extraction, schema_of
from aishell.functions.labels import Labels
from aishell.functions.languages import chinese, named
from aishell.functions.nearest import Nearest, examples
from aishell.functions.summarize import Summary

LONG = "The harbour was rebuilt in 1954. It has nine cranes, e.g. for grain. Is it busy? 港口很大。货物很多！人也不少。" * 40


def scripted(*lines: tuple[str, str], weight: float | None = None) -> ScriptedBackend:
    return ScriptedBackend(tuple(Line(when=when, say=say, weight=weight) for when, say in lines))


# ---- cutting


def test_sentences_joined_are_the_text() -> None:
    assert "".join(sentences(LONG)) == LONG
    assert sentences("Dr. Li came, e.g. by bus. She left.") == ["Dr. Li came, e.g. by bus.", " She left."]
    assert sentences("他来了。“走吧！”她说。") == ["他来了。", "“走吧！”", "她说。"]
    assert sentences("") == [""]


@pytest.mark.parametrize("most", [7, 30, 200])
def test_parts_fit_and_joined_are_the_text(most: int) -> None:
    found = parts(LONG, most)
    assert "".join(found) == LONG
    assert max(map(tokens, found)) <= most


def test_a_text_without_a_border_is_cut_where_it_must_be() -> None:
    found = parts("x" * 10_000, 100)
    assert "".join(found) == "x" * 10_000
    assert len(found) > 10


def test_a_text_that_is_too_long_is_cut_with_a_note() -> None:
    assert clipped("short", 10) == ("short", "")
    head, note = clipped("word " * 250_000, 50)
    assert 0 < len(head) < 400
    assert str(len(head)) in note


# ---- functions


def test_languages_have_codes_and_names() -> None:
    assert (named("ZH"), named("german"), named("英语")) == ("Chinese", "German", "English")
    with pytest.raises(UsageError):
        named("klingon")
    assert chinese("今天用 Python 写程序")
    assert not chinese("今日はいい天気です")


def test_a_label_is_weighed_against_what_the_model_says_to_nothing() -> None:
    # To "bad" and to texts that say nothing it answers the same: then each label is as likely.
    backend = scripted(("good", "no"), ("", "yes"), weight=-0.5)
    plain = of_labels.worded(("yes", "no"), "label")
    find = Labels(Model(backend), ("yes", "no"), replace(plain, calibrated=True))
    nothing, good = asyncio.run(_both(find, "bad", "good"))
    assert nothing.scores["yes"] == pytest.approx(0.5, abs=1e-4)
    assert good.label == "no"
    assert sum(good.scores.values()) == pytest.approx(1)
    assert good.score > math.exp(-0.5)
    assert asyncio.run(Labels(Model(backend), ("yes", "no"), plain)("bad")).label == "yes"


async def _both(find: Labels, one: str, other: str) -> tuple[Any, Any]:
    return await find(one), await find(other)


def test_labels_that_begin_alike_are_told_apart_by_letters() -> None:
    backend = scripted(("good", "B"), ("", "A"), weight=-0.5)  # to words this script gives all labels the same
    labels = ("very good", "very bad")
    wordings = of_labels.worded(labels, "label"), of_labels.lettered(labels, "label")
    found = asyncio.run(Labels(Model(backend), labels, *wordings)("good"))
    assert found.label == "very bad"
    assert backend.heard[-1].among == ("A", "B")


def test_a_text_is_shown_with_examples_in_its_own_language() -> None:
    backend = scripted(("", "good"), weight=-0.5)
    here, there = (of_labels.Shown(((example, "good"),)) for example in ("Fine.", "不错。"))
    wording = of_labels.shown(("good", "bad"), "sentiment", here, there)
    find = Labels(Model(backend), ("good", "bad"), wording)
    asyncio.run(_both(find, "Too loud.", "房间很吵。"))
    asked = [[message.content for message in prompt.messages[1:]] for prompt in backend.heard]
    assert asked == [["Fine.", "good", "Too loud."], ["不错。", "good", "房间很吵。"]]


def test_what_the_model_likes_too_much_is_taken_off() -> None:
    liked = of_labels.Shown((), {"good": 2.0})
    wording = of_labels.shown(("good", "bad"), "sentiment", liked, of_labels.Shown())
    find = Labels(Model(scripted(("", "good"), weight=-0.5)), ("good", "bad"), wording)
    latin, chinese_ = asyncio.run(_both(find, "x", "好"))
    assert chinese_.label == "good"
    assert math.log(latin.scores["good"] / latin.scores["bad"]) == pytest.approx(
        math.log(chinese_.scores["good"] / chinese_.scores["bad"]) - 2, abs=1e-3
    )


def test_a_model_that_cannot_weigh_chooses_and_gives_no_score() -> None:
    found = asyncio.run(Labels(Model(scripted(("", "A"))), ("a", "b"), of_labels.lettered(("a", "b"), "label"))("x"))
    assert (found.label, found.score) == ("a", None)


@pytest.mark.parametrize("labels", [["one"], ["a", " a "], ["a", ""], [str(number) for number in range(27)]])
def test_labels_that_cannot_be_told_apart_are_refused(labels: list[str]) -> None:
    with pytest.raises(UsageError):
        of_labels.checked(labels)


def test_the_nearest_examples_decide() -> None:
    async def embed(texts: list[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "train" in text else [0.0, 1.0] for text in texts]

    known = examples(["travel\tthe train is late", "", "food\tsoup", "food\tbread"])
    found = asyncio.run(Nearest(embed, known)("which train?"))
    assert found.label == "travel"
    assert sum(found.scores.values()) == pytest.approx(1)
    with pytest.raises(UsageError):
        examples(["no tab here"])


SCHEMA = {
    "properties": {
        "item": {"type": "string"},
        "count": {"type": "integer"},
        "colours": {"type": "array", "items": {"type": "string"}},
        "mood": {"enum": ["glad", "cross"]},
        "buyer": {"type": "object", "properties": {"name": {"type": "string"}}},
    }
}


def test_fields_are_filled_with_what_the_text_says_and_nothing_else() -> None:
    said = {"item": "LAMP", "count": 12, "colours": ["red", "mauve"], "mood": "cross", "buyer": {"name": "Nobody"}}
    extract = Extraction(Model(scripted(("", json.dumps(said)))), schema_of(json.dumps(SCHEMA)))
    found = asyncio.run(extract("I ordered 12 lamps, I mean the red lamp, and got none!"))
    assert found.values == {"item": "lamp", "count": 12, "colours": ["red"], "mood": "cross", "buyer": {"name": None}}
    assert found.dropped == ("colours", "buyer.name")


def test_a_value_of_the_wrong_type_is_dropped() -> None:
    extract = Extraction(Model(scripted(("", '{"item": 5, "count": true, "mood": "blue"}'))), schema_of(json.dumps(SCHEMA)))
    found = asyncio.run(extract("5 lamps"))
    assert found.values["item"] is found.values["count"] is found.values["mood"] is None


@pytest.mark.parametrize(
    "schema",
    ["[]", "{", '{"properties": {}}', '{"properties": {"a": {"$ref": "#"}}}', '{"properties": {"a": {"type": "date"}}}'],
)
def test_a_schema_that_is_not_understood_is_refused(schema: str) -> None:
    with pytest.raises(UsageError):
        schema_of(schema)


def test_a_long_text_is_summarized_in_parts_and_the_parts_again() -> None:
    backend = scripted(("", "It is about a harbour. It is large. It is old. It is busy."))
    text = "".join(f"The harbour has crane number {number}, which was built a long time ago. " for number in range(300))
    found = asyncio.run(Summary(Model(backend), count=2)(text))
    assert found.text == "It is about a harbour. It is large."
    assert len(backend.heard) > 3
    assert all(tokens(prompt.messages[-1].content) < 1400 for prompt in backend.heard)


def test_a_text_that_is_short_enough_is_its_own_summary() -> None:
    backend = scripted()
    assert asyncio.run(Summary(Model(backend))("It rained.\n")).text == "It rained."
    assert backend.heard == []


def test_a_number_that_a_summary_made_up_is_said() -> None:
    backend = scripted(("", "It opened in 1964."))
    found = asyncio.run(Summary(Model(backend), count=1)("It opened in 1954. Many came. All were glad."))
    assert "1964" in found.notes[0]


def test_parts_of_a_text_are_computed_together_and_put_back_in_order() -> None:
    under_way, most = [0], [0]

    async def slow(number: int) -> int:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        await asyncio.sleep(0.01 if number % 2 else 0)
        under_way[0] -= 1
        return number

    assert asyncio.run(each(slow, range(20))) == list(range(20))
    assert 1 < most[0] <= 4


def test_a_part_that_fails_ends_the_others() -> None:
    async def failing(number: int) -> None:
        if number == 1:
            raise NoPlan("It cannot be done.")
        await asyncio.sleep(3600)

    async def go() -> int:
        with pytest.raises(NoPlan):
            await each(failing, range(9))
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(go()) == 1


def test_labels_are_not_weighed_against_nothing_where_that_is_not_used() -> None:
    backend = scripted(("good", "no"), ("", "yes"), weight=-0.5)
    find = Labels(Model(backend), ("yes", "no"), of_labels.worded(("yes", "no"), "label"))
    asyncio.run(_both(find, "bad", "good"))
    assert len(backend.heard) == 2
