#!/usr/bin/env python3
"""Embedders: CPU time of a query, likeness to the reference, memory, indexing in the background and what people notice of it.

python -m bench.embed [--queries FILE] [--documents FILE] [--model ID]     files of JSON lines with `query` or `text`
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aishell import wiring
from aishell.backends import state
from aishell.backends.brief import ask
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import AssetError
from aishell.core.types import Piece
from aishell.memory.embed.opening import open_embedder
from aishell.memory.models import MINILM
from aishell.memory.spec import MemorySpec
from aishell.memory.store import Store
from bench.common import machine, options, percentiles, report
from bench.engine import asked_for, requests


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--documents", type=Path)
    parser.add_argument("--model", default="smollm2-135m", help="the language model of the engine")
    parser.add_argument("--reference", help="the folder of MiniLM as sentence-transformers saved it")
    arguments = parser.parse_args()
    queries = _texts(arguments.queries, "query") or requests()
    documents = _texts(arguments.documents, "text") or [f"{text}, number {at}" for at in range(40) for text in requests()]
    if arguments.quick:
        queries, documents = queries[:60], documents[:2500]
    paths = Paths.from_environment(dict(os.environ))
    settings = Settings()
    settings = replace(settings, model=replace(settings.model, use=arguments.model))
    result: dict[str, Any] = {"machine": machine(), "queries": len(queries), "documents": len(documents)}
    memory = wiring.memory_spec(settings, paths)
    result["embedders"] = [_embedder(memory, name, queries, arguments.reference) for name in ("embedder", "multilingual")]
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as folder:
        memory = replace(memory, file=str(Path(folder) / "memory" / "memory.db"))
        spec = wiring.model_spec(settings, paths)
        result |= asyncio.run(_engine(spec, memory, Path(folder), documents, tries=12 if arguments.quick else 40))
    report(result, as_json=arguments.json)
    return 0


def _texts(file: Path | None, key: str) -> list[str]:
    return [str(json.loads(line)[key]) for line in file.read_text("utf-8").splitlines()] if file else []


def _embedder(memory: MemorySpec, which: str, queries: list[str], reference: str | None) -> dict[str, Any]:
    spec = getattr(memory, which)
    embedder = open_embedder(spec)
    began = time.perf_counter()
    embedder.load()
    loaded = time.perf_counter() - began
    embedder.queries(queries[:20])
    times, rows = [], []
    for query in queries:
        before = time.thread_time()
        rows.append(embedder.queries([query])[0])
        times.append(1000 * (time.thread_time() - before))
    found = {"name": embedder.name, "load_s": round(loaded, 2), "cpu_ms": percentiles(times)}
    if spec.name == MINILM and reference:
        with suppress(AssetError):
            from aishell.memory.embed.sentence import reference as load

            expected = load(reference).encode(queries, batch_size=1, normalize_embeddings=True)
            cosines = (np.array(rows) * expected).sum(axis=1)
            found["parity"] = {"mean": round(float(cosines.mean()), 5), "least": round(float(cosines.min()), 5)}
    return found


@asynccontextmanager
async def _running(spec: LlamaSpec, memory: MemorySpec | None, folder: Path) -> AsyncIterator[tuple[EngineBackend, Place]]:
    place = Place(folder / "run", spec.key())
    engine = EngineBackend(spec, place=place, memory=memory.to_wire() if memory else None)
    try:
        await _first(engine, 0)
        yield engine, place
    finally:
        await engine.close()
        if last := state.read(place.state):
            with suppress(OSError):
                os.kill(last.pid, signal.SIGKILL)


async def _engine(spec: LlamaSpec, memory: MemorySpec, folder: Path, documents: list[str], *, tries: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with _running(spec, None, folder) as (engine, _place):
        without = int((await engine.status())["rss_bytes"])
    async with _running(spec, memory, folder) as (engine, place):
        for text in ("show free space", "查找大文件"):
            while not (ask(place, "nearest", 5.0, text=text, limit=1) or {}).get("ready"):
                time.sleep(0.05)  # noqa: ASYNC251 - nothing else is under way
        both = int((await engine.status())["rss_bytes"])
        found["rss_mb"] = {"without": without >> 20, "both loaded": both >> 20, "above": (both - without) >> 20}
        store = Store(Path(memory.file), redact=str)
        with store.write() as db:
            for at, text in enumerate(documents):
                store.add_item(db, kind="note", body=text, trust="own", where=str(at))
        assert engine.pid
        before = _cpu_ticks(engine.pid)
        found["indexing"], beside = await _index(engine, tries)
        found["indexing"]["CPU s, requests included"] = (_cpu_ticks(engine.pid) - before) / os.sysconf("SC_CLK_TCK")
        alone = [await _pause_and_first(engine, 1000 + number) for number in range(tries)]  # no words that are known already
        found["first piece, ms"] = {"alone": percentiles(alone), "while indexing": percentiles(beside)}
        after = int((await engine.status())["rss_bytes"])
        found["rss_mb"]["after indexing, above"] = (after - without) >> 20
        asked = (requests() * 20)[: 20 * tries]
        found["brief, ms"] = {kind: _brief(place, kind, asked) for kind in ("nearest", "remembered")}
        before = _cpu_ticks(engine.pid)
        await asyncio.sleep(5.0)
        found["idle, CPU ticks in 5 s"] = _cpu_ticks(engine.pid) - before
    return found


async def _index(engine: EngineBackend, tries: int) -> tuple[dict[str, Any], list[float]]:
    """How long it takes, with a request in between now and then."""
    began = time.perf_counter()
    beside: list[float] = []
    served = 0.0
    while True:
        now = await engine.ask("indexing")
        if now["done"] >= now["total"]:
            break
        await asyncio.sleep(0.5)
        if len(beside) < tries:
            before = time.perf_counter()
            beside.append(await _pause_and_first(engine, len(beside)))
            served += time.perf_counter() - before
    return {"vectors": now["total"], "s": round(time.perf_counter() - began, 1), "of it for requests": round(served, 1)}, beside


async def _pause_and_first(engine: EngineBackend, number: int) -> float:
    await asyncio.sleep(random.Random(number).random() / 5)
    return 1000 * await _first(engine, number)


async def _first(engine: EngineBackend, number: int) -> float:
    began = time.perf_counter()
    first = 0.0
    async for item in engine.stream(replace(asked_for(f"show the newest file in folder{number}"), max_tokens=2)):
        if isinstance(item, Piece) and not first:
            first = time.perf_counter() - began
    return first


def _brief(place: Place, kind: str, texts: list[str]) -> dict[str, float]:
    times = []
    for text in texts:
        began = time.perf_counter()
        ask(place, kind, 5.0, text=text, limit=20)
        times.append(1000 * (time.perf_counter() - began))
    return percentiles(times)


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    sys.exit(main())
