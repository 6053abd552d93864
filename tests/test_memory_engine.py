"""The engine with memory inside: killed, asked in brief, and of another version."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable

import numpy as np

from aishell.backends import wire
from aishell.backends.brief import ask
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.memory.spec import MemorySpec
from aishell.memory.store import Store
from tests.engines import reply, using


def test_a_killed_engine_resumes_without_duplicates(
    spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec], notebook: Store
) -> None:
    with notebook.write() as db:
        for number in range(496):
            notebook.add_item(db, kind="note", body=f"the note number {number} about ships and cats", trust="own")
    memory = memory_of().to_wire()
    shells = [EngineBackend(spec, place=place, memory=memory) for _ in range(2)]

    async def use() -> None:
        while not 0 < (await shells[0].ask("indexing"))["done"] < 1000:
            await asyncio.sleep(0.05)
        assert shells[0].pid
        os.kill(shells[0].pid, signal.SIGKILL)
        kept = notebook.db.execute("SELECT id, item, model FROM vectors").fetchall()
        assert 0 < len(kept) < 2 * 500
        assert (await reply(shells[1]))[0]  # words are answered while it goes on
        async with asyncio.timeout(60):
            while (now := await shells[1].ask("indexing"))["done"] < now["total"]:
                await asyncio.sleep(0.1)
        assert now["total"] == 2 * 500
        assert set(kept) <= set(notebook.db.execute("SELECT id, item, model FROM vectors"))
        assert notebook.db.execute("SELECT count(*), count(DISTINCT item || ' ' || model) FROM vectors").fetchone() == (
            1000,
            1000,
        )

    using(shells, use)


def test_a_shell_asks_in_brief_and_never_starts_an_engine(
    spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec]
) -> None:
    place.make()
    assert ask(place, "nearest", 0.5, text="x", limit=1) is None
    assert not place.socket.exists()
    shell = EngineBackend(spec, place=place, memory=memory_of().to_wire())

    async def use() -> None:
        texts = ["a small cat sleeps", "a small dog sleeps", "article 5 of the treaty"]
        cats, dogs, law = (np.array(vector) for vector in await shell.embed(texts))
        assert cats @ dogs > cats @ law
        while (found := await asyncio.to_thread(ask, place, "nearest", 5.0, text="disk", limit=1)) and not found["ready"]:
            await asyncio.sleep(0.05)
        assert found
        assert found["model"] == "minilm-l6-v2"
        assert ask(place, "dance", 5.0) is None
        assert "memory" in (await shell.status())

    using([shell], use)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        place.socket.unlink()
        silent.bind(str(place.socket))
        silent.listen()
        assert ask(place, "nearest", 0.1, text="x", limit=1) is None  # and does not wait for ever


def test_an_engine_of_another_version_is_no_answer(place: Place) -> None:
    place.make()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(place.socket))
        other.listen()

        def speak() -> None:
            connection, _ = other.accept()
            with connection:
                connection.sendall(wire.pack({"type": "hello", "version": 1, "fingerprint": "", "pid": 1}))
                connection.recv(1)

        thread = threading.Thread(target=speak)
        thread.start()
        assert ask(place, "nearest", 5.0, text="x", limit=1) is None
        thread.join()
