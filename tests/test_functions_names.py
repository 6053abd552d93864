"""Names in texts: only what the text says, with their places, whatever a model makes of them. The model is a script here."""

from __future__ import annotations

import asyncio
import json

import pytest

from aishell.backends.scripted import Line, ScriptedBackend
from aishell.functions.asking import Model
from aishell.functions.chinese_names import countries, taken_apart
from aishell.functions.entities import Naming
from aishell.functions.spans import bare, by_form, could_be, has_form


def scripted(say: str) -> ScriptedBackend:
    return ScriptedBackend((Line(when="", say=say),))


def test_only_names_that_stand_in_the_text_are_given_back_with_their_places() -> None:
    said = {"people": ["Ann Ho", "Bob", "glad"], "places": ["Oslo"], "organizations": ["Harbour Bank"]}
    text = "Ann Ho of Harbour Bank left Oslo on 3 May 2024 with $2.5 million. Ann Ho was glad; Oslok was not."
    naming = Naming(Model(scripted(json.dumps(said))), ("person", "place", "organization", "date", "amount"), weigh=False)
    found = asyncio.run(naming(text))
    assert found.dropped == ("Bob", "glad")
    assert all(text[entity.start : entity.end] == entity.name for entity in found.found)
    assert [(entity.kind, entity.name) for entity in found.found] == [
        ("person", "Ann Ho"),
        ("organization", "Harbour Bank"),
        ("place", "Oslo"),
        ("date", "3 May 2024"),
        ("amount", "$2.5 million"),
        ("person", "Ann Ho"),
    ]


def test_a_list_of_names_that_was_cut_off_is_used_as_far_as_it_goes() -> None:
    naming = Naming(Model(scripted('{"people": ["王小梅", "李')), weigh=False)
    found = asyncio.run(naming("王小梅和李雷在杭州大学。"))
    assert [entity.name for entity in found.found] == ["王小梅"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("东方银行", "organization"), ("海口市", "place"), ("Dr. Ho", "person"), ("Lake Bank", "organization"), ("Ann", None)],
)
def test_a_name_s_form_may_say_what_it_is(name: str, kind: str | None) -> None:
    assert by_form(name) == kind


def test_a_surname_is_a_name_where_it_has_a_title_and_nowhere_else() -> None:
    text = "江主席到了长江边，江水很高。"
    naming = Naming(Model(scripted('{"people": ["江主席"], "places": ["长江"]}')), weigh=False)
    found = asyncio.run(naming(text)).found
    assert [(entity.kind, entity.name, entity.start) for entity in found] == [("person", "江", 0), ("place", "长江", 5)]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("王小梅校长", ["王小梅"]),
        ("东方大学校长王小梅", ["东方大学", "王小梅"]),
        ("市卫生局和东方医院", ["市卫生局", "东方医院"]),
        ("王小梅思想有关部门", ["王小梅"]),
        ("书记处", ["书记处"]),
        ("法德两国人民", []),
        ("他们", []),
        ("和平路", ["和平路"]),
    ],
)
def test_what_is_said_in_chinese_is_taken_apart_into_names(said: str, names: list[str]) -> None:
    assert taken_apart(said) == names


def test_countries_of_one_character_are_found_where_they_stand_together_and_not_in_other_words() -> None:
    text = "日韩关系、英法德三国、驻美大使、美方；美国、中国、美德、英文、法国人、方法、中方向左"
    assert [text[start:end] for start, end in countries(text)] == ["日", "韩", "英", "法", "德", "美", "美"]


def test_what_the_segmenter_takes_for_a_name_is_weighed_like_what_the_model_lists() -> None:
    pytest.importorskip("rjieba")
    backend = ScriptedBackend(
        (
            Line(when="Name: 北京", say="place", weight=-3.0),
            Line(when="Name: 李白", say="person", weight=-3.0),
            Line(when="Name: ", say="other", weight=-3.0),
            Line(when="", say='{"people": ["高高兴兴"]}'),
        )
    )
    found = asyncio.run(Naming(Model(backend))("李白高高兴兴地到了北京。")).found
    assert [(entity.kind, entity.name) for entity in found] == [("person", "李白"), ("place", "北京")]


def test_titles_are_no_part_of_a_name_and_phrases_are_no_people() -> None:
    assert (bare("王小梅同志"), bare("the Harbour"), bare("Mr. Ho")) == ("王小梅", "Harbour", "Ho")
    assert has_form("安娜·彼得罗夫娜", "person")
    assert not has_form("促进经济的发展", "person")
    assert not could_be("thirty-year-old")
