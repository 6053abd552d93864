"""Memory in the engine: items get their vectors, whatever happens meanwhile, and are found by them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aishell.core.errors import AishellError
from aishell.core.memory import Run
from aishell.memory.embed.opening import open_embedder
from aishell.memory.indexing import connect, embedded, fill, forget_others, items, model_of
from aishell.memory.service import MemoryService
from aishell.memory.spec import EmbedderSpec, MemorySpec
from aishell.memory.store import Store
from tests.conftest import NOTES


def served(spec: MemorySpec, *, waits: Callable[[], bool] = lambda: False) -> MemoryService:
    return MemoryService(spec, somebody_waits=waits)


async def finished(service: MemoryService) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (now := await service.indexing({}))["done"] < now["total"] or not now["total"]:
            await asyncio.sleep(0.01)
    return now


async def answer(service: MemoryService, text: str, **fields: Any) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while not (found := await service.nearest({"text": text, "limit": 2, **fields}))["ready"]:
            await asyncio.sleep(0.01)
    return found


def bodies(notebook: Store, found: dict[str, Any]) -> list[str]:
    rows = (notebook.db.execute("SELECT body FROM items WHERE id = ?", (item,)) for item, _cosine in found["found"])
    return [row.fetchone()[0] for row in rows]


def test_what_is_written_is_found_in_either_language(notebook: Store, memory_of: Callable[..., MemorySpec]) -> None:
    async def use() -> None:
        service = served(memory_of())
        assert not (await service.nearest({"text": "storage", "limit": 1}))["ready"]  # it never waits for a model
        await finished(service)
        assert bodies(notebook, await answer(service, "how much storage is left"))[0] == NOTES[0]
        assert bodies(notebook, await answer(service, "播放歌曲"))[0] == NOTES[1]
        assert (await answer(service, "storage", kinds=["command"]))["found"] == []
        assert (await answer(service, "storage", file=str(notebook.file)))["found"]
        assert not (await service.nearest({"text": "storage", "limit": 1, "file": "/another/memory.db"}))["ready"]
        notebook.record(Run(command="df -h", intent="see how full the disks are", time=1.0))
        assert (await finished(service))["items"] == 5
        assert bodies(notebook, await answer(service, "how full the disks are", kinds=["command"])) == ["df -h"]

    asyncio.run(use())


def test_a_changed_text_gets_a_new_vector_and_a_removed_one_is_not_found(
    notebook: Store, memory_of: Callable[..., MemorySpec]
) -> None:
    async def use() -> None:
        service = served(memory_of())
        await finished(service)
        with notebook.write() as db:
            db.execute("UPDATE items SET body = 'water the plants' WHERE body = ?", (NOTES[1],))
            db.execute("DELETE FROM items WHERE body = ?", (NOTES[0],))
        now = await finished(service)
        assert (now["items"], now["total"]) == (3, 6)
        assert bodies(notebook, await answer(service, "gardening"))[0] == "water the plants"
        assert NOTES[0] not in bodies(notebook, await answer(service, "free disk space"))

    asyncio.run(use())


def test_another_model_embeds_all_anew_and_old_vectors_go(notebook: Store, memory_of: Callable[..., MemorySpec]) -> None:
    def kept() -> list[tuple[str, int]]:
        found = (
            "SELECT name, count(vectors.item) FROM models LEFT JOIN vectors ON model = models.id GROUP BY name ORDER BY name"
        )
        return list(notebook.db.execute(found))

    with notebook.write() as db:  # as if an earlier version of it had been here
        db.execute("INSERT INTO models (name, fingerprint, dimension, added) VALUES ('older', 'f00d', 384, 0)")
        db.execute("INSERT INTO vectors (model, item, vector) SELECT 1, id, zeroblob(384) FROM items")

    async def use() -> None:
        await settled(served(memory_of()), lambda: kept() == [("minilm-l6-v2", 4), ("use-multilingual", 4)])
        await settled(served(memory_of(multilingual=None)), lambda: kept() == [("minilm-l6-v2", 4)])
        await settled(served(memory_of(embedder=None, multilingual=None)), lambda: kept() == [])

    async def settled(service: MemoryService, done: Callable[[], bool]) -> None:
        service.begin()
        async with asyncio.timeout(30):
            while not done():
                await asyncio.sleep(0.02)

    asyncio.run(use())


def test_without_a_model_there_is_full_text_only(notebook: Store, memory_of: Callable[..., MemorySpec]) -> None:
    async def use() -> None:
        service = served(memory_of(embedder=None, multilingual=None))
        assert await service.nearest({"text": "disk", "limit": 3}) == {"ready": True, "model": "none", "found": []}
        assert (await service.indexing({}))["total"] == 0
        with pytest.raises(AishellError, match="no embedding model"):
            await service.embed({"texts": ["x"]})

    asyncio.run(use())


def test_a_model_that_is_not_here_says_so_and_the_other_one_works(
    notebook: Store, memory_of: Callable[..., MemorySpec], tmp_path: Path
) -> None:
    async def use() -> None:
        missing = EmbedderSpec(name="gone", kind="onnx", folder=str(tmp_path / "gone"))
        service = served(memory_of(embedder=missing))
        assert not (await service.nearest({"text": "disk", "limit": 3}))["ready"]
        with pytest.raises(AishellError, match="cannot be read"):
            await answer(service, "disk")
        assert bodies(notebook, await answer(service, "播放歌曲")) is not None
        assert "cannot be read" in (await service.status({}))["memory"]["state"]

    asyncio.run(use())


def test_any_question_is_answered(memory_of: Callable[..., MemorySpec]) -> None:
    async def use() -> None:
        service = served(memory_of())
        await finished(service)
        for text in ("", "a" * 100_000, "\x00\x1b[2J", "\ud800", "查" * 10_000):
            assert len((await answer(service, text))["found"]) == 2
        with pytest.raises(AishellError):
            await service.nearest({"text": 5, "limit": "x"})
        with pytest.raises(AishellError):
            await service.embed({"texts": [None]})

    asyncio.run(use())


def test_a_file_that_is_replaced_or_damaged_takes_nobody_along(notebook: Store, memory_of: Callable[..., MemorySpec]) -> None:
    async def use() -> None:
        service = served(memory_of(multilingual=None))
        await finished(service)
        notebook.close()
        for leftover in notebook.file.parent.glob("memory.db*"):
            leftover.rename(leftover.with_name(f"old-{leftover.name}"))
        assert (await answer(service, "disk"))["found"] == []
        notebook.file.write_bytes(b"not a database" * 1000)
        with pytest.raises(AishellError, match="cannot be used"):
            await answer(service, "disk")
        assert "cannot be used" in (await service.status({}))["memory"]["state"]
        notebook.file.unlink()
        fresh = Store(notebook.file, redact=str)
        fresh.note("a new beginning")
        await finished(service)
        assert bodies(fresh, await answer(service, "the start")) == ["a new beginning"]
        with fresh.write() as db:
            db.execute("UPDATE vectors SET vector = x'00'")
        with pytest.raises(AishellError, match="cannot be used"):
            await answer(served(memory_of(multilingual=None)), "the start")

    asyncio.run(use())


def test_the_thread_sleeps_when_there_is_nothing_to_do_and_works_at_a_word(
    notebook: Store, memory_of: Callable[..., MemorySpec]
) -> None:
    def woken() -> int:
        thread = service._thread
        assert thread
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
        return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)

    service = served(memory_of(multilingual=None))

    async def use() -> None:
        await finished(service)
        await answer(service, "disk")
        await asyncio.sleep(0.3)
        before = woken()
        await asyncio.sleep(1.0)
        assert woken() == before
        notebook.note("something new")
        await service.remembered({})
        assert (await finished(service))["done"] == 5

    asyncio.run(use())


def test_nothing_is_embedded_while_somebody_waits(notebook: Store, memory_of: Callable[..., MemorySpec]) -> None:
    waiting = True

    async def use() -> None:
        nonlocal waiting
        service = served(memory_of(multilingual=None), waits=lambda: waiting)
        await answer(service, "disk")  # a question is answered all the same
        chore = asyncio.ensure_future(service.embed({"texts": ["one", "two"] * 5}))
        service.begin()
        await asyncio.sleep(0.5)
        assert (await service.indexing({}))["done"] == 0
        assert not chore.done()
        waiting = False
        assert len((await chore)["vectors"]) == 10
        await finished(service)

    asyncio.run(use())


def test_what_changes_between_reading_and_writing_gets_no_old_vector(notebook: Store, minilm: EmbedderSpec) -> None:
    db = connect(notebook.file)
    assert db
    embedder = open_embedder(minilm)
    model = model_of(db, embedder)
    work = fill(db, model, embedder)
    next(work)
    with notebook.write() as other:
        other.execute("UPDATE items SET body = 'something else' WHERE body = ?", (NOTES[0],))
        other.execute("DELETE FROM items WHERE body = ?", (NOTES[1],))
    assert sum(work) >= 0
    assert (items(db), embedded(db, model)) == (3, 2)
    assert sum(fill(db, model, embedder)) == 1
    assert list(forget_others(db, (model,))) == []


def test_a_model_that_another_engine_takes_away_meanwhile_gets_none(notebook: Store, minilm: EmbedderSpec) -> None:
    db, other = connect(notebook.file), connect(notebook.file)
    assert db
    assert other
    embedder = open_embedder(minilm)
    work = fill(db, model_of(db, embedder), embedder)
    next(work)
    assert list(forget_others(other, ())) == [0]
    assert sum(work) >= 0
    assert embedded(db, 1) == 0
    assert sum(fill(db, model_of(db, embedder), embedder)) == items(db)


def test_own_requests_that_were_served_are_examples_and_others_are_not(
    notebook: Store, memory_of: Callable[..., MemorySpec]
) -> None:
    words = "see how full the disks are"

    async def use() -> list[list[Any]]:
        service = served(memory_of())
        notebook.record(Run(command="df -h", intent=words, time=1.0, exit_status=0))
        notebook.record(Run(command="df --full", intent=words, time=2.0, exit_status=1))
        notebook.record(Run(command="df -hT", time=3.0, exit_status=0))
        notebook.record(Run(command="df -i", intent=words, time=4.0, exit_status=0, judgement="undone"))
        await finished(service)
        await answer(service, words)
        found: list[list[Any]] = (await service.exemplars({"text": "how full are the disks", "limit": 9}))["found"]
        return found

    found = asyncio.run(use())
    assert [line[:2] for line in map(list, found)] == [[words, "df -h"]]
    assert found[0][2] > 0.6
