"""The benchmark of the text functions: what it keeps, and what its figures say."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench import functions_data as data
from bench.functions_kept import Kept
from bench.functions_scores import scores

ROWS = [data.Row(text=f"text {number}", gold="good" if number % 2 else "bad") for number in range(100)]


def a_set() -> data.TestSet:
    return data.TestSet(kind="topic", files=(), read=lambda _files: iter(()), plain="", labels=("good", "bad"))


def test_answers_are_asked_for_once_however_often_it_is_begun_again(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(text: str) -> str:
        asked.append(text)
        return text.upper()

    file = tmp_path / "kept.jsonl"
    for most in (30, 100, 100):
        kept = Kept(file)
        asyncio.run(kept.ask(ROWS[:most], answer, 4, float("inf")))
        assert [kept.of(row) for row in ROWS[:most]] == [row.text.upper() for row in ROWS[:most]]
        assert kept.seconds > 0
    assert len(asked) == 100 + 2  # the first of a run is asked twice, to be warm


def test_names_are_kept_as_names(tmp_path: Path) -> None:
    async def answer(_text: str) -> set[tuple[str, int, int]]:
        return {("person", 0, 3)}

    asyncio.run(Kept(tmp_path / "names").ask(ROWS[:1], answer, 1, float("inf")))
    assert Kept(tmp_path / "names").of(ROWS[0]) == {("person", 0, 3)}


def test_a_figure_lies_in_its_interval_and_a_better_way_is_above_the_plain_one() -> None:
    right = [row.gold for row in ROWS]
    poor = [answer if number % 3 else "bad" for number, answer in enumerate(right)]
    found = scores(a_set(), ROWS, {"function": right, "plain": poor}, "")
    assert (found["function"]["accuracy"], found["function"]["interval"]) == (1.0, (1.0, 1.0))
    low, high = found["plain"]["interval"]
    assert low < found["plain"]["accuracy"] < high
    assert found["function"]["over_plain"][0] > 0


def test_names_count_by_place_and_kind() -> None:
    names = data.TestSet(kind="entities", files=(), read=lambda _files: iter(()), plain="")
    chosen = [data.Row(text="Ann in Oslo", gold=frozenset({("person", 0, 3), ("place", 7, 11)}))]
    found = scores(names, chosen, {"function": [{("person", 0, 3), ("person", 7, 11)}]}, "")["function"]
    assert (found["f1"], found["precision"], found["recall"]) == (0.5, 0.5, 0.5)
