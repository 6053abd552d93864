"""Full text: any words whatever are harmless, and frequent ones cost no more than rare ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.core.memory import Run
from aishell.memory.conditions import Condition
from aishell.memory.fulltext import Words, terms, tidy
from aishell.memory.store import Store

HOSTILE = (
    '"', "a AND", "NEAR(a b, 2)", "intent : zz", "* ^ls -ls", "'; DROP TABLE items; --", "(((", "ls OR OR", "\0ls\ud800",
    "+ - ~ |", "ls*", "{ls}:x", "🙂 ls", "%", "grams : 文", "ls " * 5000, "文" * 5000, " ".join(map(str, range(3000))),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "memory" / "memory.db", redact=str)
    yield made
    made.close()


def ran(store: Store, *commands: str) -> list[int]:
    return [store.record(Run(command=command, time=1.0)).item for command in commands]


def found(store: Store, text: str, condition: Condition | None = None) -> list[int]:
    return [item for item, _rank in Words(store.db, text).find(condition or Condition(), 10)]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_query_can_break_or_steer_full_text(store: Store, text: str) -> None:
    (item,) = ran(store, "ls -l")
    assert found(store, text) == ([item] if '"ls"' in terms(text) else [])


def test_a_query_of_any_length_is_a_bounded_number_of_words() -> None:
    text = " ".join(f"w{number}" for number in range(10_000)) + "".join(chr(0x4E00 + number) for number in range(9_000))
    assert len(terms(text)) <= 48
    assert max(map(len, terms("x" * 10_000))) < 100


def test_frequent_words_rank_what_rare_ones_chose(store: Store) -> None:
    with store.write() as db:
        for number in range(9000):
            store.add_item(db, kind="note", body=f"{'find' if number < 1100 else 'x'} {number}", trust="own")
    right, wrong = ran(store, "find a zebra", "take a zebra")
    words = Words(store.db, "x find the zebra")
    assert (words.rare, words.frequent, words.common) == (['"zebra"'], ['"find"'], ['"x"'])
    assert [item for item, _rank in words.find(Condition(), 2)] == [right, wrong]
    assert words.found_in([right]) == {right: ("zebra",)}
    again = Words(store.db, "x find the zebra", {'"x"'})
    assert (again.rare, again.frequent, again.common) == (words.rare, words.frequent, words.common)


def test_frequent_words_alone_find_what_holds_all_of_them(store: Store) -> None:
    ran(store, *(f"find {number}" for number in range(1500)), *(f"file {number}" for number in range(1500)))
    (both,) = ran(store, "file find")
    words = Words(store.db, "find file")
    assert not words.rare
    assert words.find(Condition(), 10)[0][0] == both
    assert words.found_in([both]) == {both: ("file", "find")}


def test_a_condition_finds_what_stands_behind_thousands_with_the_same_frequent_words(store: Store) -> None:
    (oldest,) = ran(store, "find it")
    ran(store, *(f"find {number}" for number in range(3000)))
    assert found(store, "find", Condition(sql="items.id = ?", values=(oldest,))) == [oldest]


def test_tidying_changes_no_answer(store: Store) -> None:
    for number in range(200):
        ran(store, f"grep {number % 7} file {number}")
    before = found(store, "grep 3 file")
    tidy(store)
    segments = store.db.execute("SELECT count(DISTINCT id >> 37) FROM texts_data WHERE id > 10").fetchone()
    assert segments == (1,)
    assert found(store, "grep 3 file") == before
