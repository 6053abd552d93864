"""The index in memory: the nearest of what the file holds now, of one model, of the kinds asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aishell.core.memory import Kind
from aishell.memory.store import Store
from aishell.memory.vectors import Index, pack

Vectors = NDArray[np.float32]
DIMENSION = 384


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "memory" / "memory.db", redact=str)
    for number in (1, 2):
        made.db.execute("INSERT INTO models VALUES (?, 'm', ?, ?, 0)", (number, f"print{number}", DIMENSION))
    yield made
    made.close()


def some(number: int, seed: int = 0) -> Vectors:
    """Directions that crowd together, as texts about one thing do."""
    chance = np.random.default_rng(seed)
    made = chance.normal(size=(number, DIMENSION)) + 3 * chance.normal(size=(50, DIMENSION))[chance.integers(50, size=number)]
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def put(store: Store, vectors: Vectors, *, model: int = 1, kind: Kind = "note", start: int = 0) -> list[int]:
    """An item for each, with its vector."""
    with store.write() as db:
        items = [store.add_item(db, kind=kind, body=f"{kind} {start + at}", trust="own") for at in range(len(vectors))]
        rows = [(model, item, pack(vector)) for item, vector in zip(items, vectors, strict=True)]
        db.executemany("INSERT INTO vectors (model, item, vector) VALUES (?, ?, ?)", rows)
    return items


def fresh(store: Store, model: int = 1) -> Index:
    index = Index(store.db, model, DIMENSION)
    index.refresh()
    return index


def test_nearest_are_those_that_exact_numbers_say(store: Store) -> None:
    vectors = some(5000)
    items = put(store, vectors)
    index = fresh(store)
    found = 0
    for query in some(5040)[5000:]:
        exact = np.argsort(-(vectors @ query))[:10]
        near = index.nearest(query, 10)
        assert [cosine for _item, cosine in near] == sorted((cosine for _item, cosine in near), reverse=True)
        assert near[0][1] == pytest.approx(float((vectors @ query).max()), abs=0.01)
        found += len({items[at] for at in exact} & {item for item, _cosine in near})
    assert found >= 0.95 * 400  # these crowd more than texts do, where it is .98 and more (bench.recall)


def test_what_is_added_later_is_found_after_a_refresh(store: Store) -> None:
    vectors = some(3000)
    first = put(store, vectors[:10])
    index = fresh(store)
    second = put(store, vectors[10:], start=10)
    index.refresh()
    assert len(index) == 3000
    assert index.nearest(vectors[5], 1)[0][0] == first[5]
    assert index.nearest(vectors[2500], 1)[0][0] == second[2490]


def test_what_is_removed_is_not_found_even_without_a_refresh(store: Store) -> None:
    vectors = some(50)
    items = put(store, vectors)
    index = fresh(store)
    store.db.execute("DELETE FROM items WHERE id = ?", (items[7],))
    assert items[7] not in [item for item, _cosine in index.nearest(vectors[7], 50)]


def test_an_item_that_changed_is_found_by_its_new_vector_alone(store: Store) -> None:
    vectors = some(60)
    items = put(store, vectors[:50])
    index = fresh(store)
    store.db.execute("UPDATE items SET body = 'other' WHERE id = ?", (items[3],))
    store.db.execute("INSERT INTO vectors (model, item, vector) VALUES (1, ?, ?)", (items[3], pack(vectors[55])))
    index.refresh()
    item, cosine = index.nearest(vectors[55], 1)[0]
    assert (item, round(cosine, 2)) == (items[3], 1.0)
    assert [item for item, _cosine in index.nearest(vectors[3], 50)].count(items[3]) == 1
    assert index.nearest(vectors[3], 1)[0][1] < 0.99


def test_when_much_is_gone_all_is_read_anew(store: Store) -> None:
    vectors = some(1000)
    items = put(store, vectors)
    index = fresh(store)
    store.db.execute("DELETE FROM vectors WHERE item NOT IN (?, ?)", (items[0], items[999]))
    assert {item for item, _cosine in index.nearest(vectors[500], 10)} == {items[0], items[999]}
    assert len(index) == 2


def test_another_models_vectors_are_never_compared(store: Store) -> None:
    vectors = some(20)
    ours = put(store, vectors[:10])
    put(store, vectors[10:], model=2, start=10)
    assert {item for item, _cosine in fresh(store).nearest(vectors[15], 20)} == set(ours)


def test_only_the_kinds_asked_for(store: Store) -> None:
    vectors = some(1000)
    put(store, vectors[:990])
    commands = put(store, vectors[990:], kind="command")
    index = fresh(store)
    assert {item for item, _cosine in index.nearest(vectors[0], 10, ("command",))} == set(commands)
    assert index.nearest(vectors[0], 10, ("chunk",)) == []
    assert len(index.nearest(vectors[0], 10, ("note", "command"))) == 10


def test_an_empty_index_finds_nothing(store: Store) -> None:
    assert fresh(store).nearest(some(1)[0], 10) == []


def test_dimensions_that_are_no_multiple_of_64(store: Store) -> None:
    items = put(store, some(1))
    store.db.execute("UPDATE vectors SET vector = ?", (pack(some(1)[0, :300]),))
    index = Index(store.db, 1, 300)
    index.refresh()
    assert index.nearest(some(1)[0, :300], 1)[0][0] == items[0]


def test_packed_numbers_keep_the_direction() -> None:
    vector = some(1)[0]
    numbers = np.frombuffer(pack(vector), np.int8).astype(np.float32)
    assert len(numbers) == DIMENSION
    assert numbers @ vector / np.linalg.norm(numbers) > 0.999
