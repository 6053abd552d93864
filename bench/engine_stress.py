#!/usr/bin/env python3
"""The engine under stress: killed while many wait, a thousand requests, background work, idleness; all of it real.

`lost` must be 0, `orphans` 0, and memory flat. Seconds and milliseconds as the names say.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.backends import launch, state
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import AishellError
from aishell.core.types import Piece, Prompt, Usage
from bench.common import machine, options, percentiles, report
from bench.engine import asked_for, requests

_PROBES = {"killed": 600.0, "many": 1200.0, "background": 300.0, "idle": 120.0}


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--model", help="another model than the default one: an id of `aishell model list`, or a file")
    parser.add_argument("--only", choices=sorted(_PROBES))
    arguments = parser.parse_args()
    settings = Settings()
    if arguments.model:
        settings = replace(settings, model=replace(settings.model, use=arguments.model))
    spec = wiring.model_spec(settings, Paths.from_environment(dict(os.environ)))
    result: dict[str, Any] = {"machine": machine(), "model": spec.name}
    for name in [arguments.only] if arguments.only else _PROBES:
        result[name] = asyncio.run(_probe(name, spec, quick=arguments.quick))
    report(result, as_json=arguments.json)
    return 0


async def _probe(name: str, spec: LlamaSpec, *, quick: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as runtime:
        place = Place(Path(runtime) / "aishell", spec.key())
        try:
            async with asyncio.timeout(_PROBES[name]):
                probes: dict[str, Callable[[LlamaSpec, Place, bool], Any]] = {
                    "killed": _killed,
                    "many": _many,
                    "background": _background,
                    "idle": _idle,
                }
                found: dict[str, Any] = await probes[name](spec, place, quick)
                return found
        finally:
            if last := state.read(place.state):
                with suppress(OSError):
                    os.kill(last.pid, signal.SIGKILL)


@asynccontextmanager
async def _shell(spec: LlamaSpec, place: Place) -> AsyncIterator[EngineBackend]:
    memory = wiring.memory_spec(Settings(), Paths.from_environment(dict(os.environ)))
    engine = EngineBackend(spec, place=place, memory=replace(memory, file="").to_wire())  # embedders, and nothing to embed
    try:
        yield engine
    finally:
        await engine.close()


async def _text(engine: EngineBackend, prompt: Prompt) -> str:
    text = ""
    usage = None
    async for item in engine.stream(prompt):
        if isinstance(item, Piece):
            text += item.text
        elif isinstance(item, Usage):
            usage = item
        else:
            text = ""
    assert usage, "a reply without an end"
    return text


async def _killed(spec: LlamaSpec, place: Place, quick: bool) -> dict[str, Any]:
    """20 clients, 200 requests, and the engine killed with -9 three times meanwhile."""
    prompts = [replace(asked_for(text), max_tokens=12) for text in requests()]
    clients, each, kills = (4, 3, 1) if quick else (20, 10, 3)
    answers: list[str] = []
    errors: list[str] = []
    pids: set[int] = set()

    async def one(number: int) -> None:
        async with _shell(spec, place) as engine:
            for turn in range(each):
                try:
                    answers.append(await _text(engine, prompts[(number * each + turn) % len(prompts)]))
                except AishellError as error:
                    errors.append(str(error))
                pids.add(engine.pid or 0)

    async def killer() -> None:
        for part in range(1, kills + 1):
            while len(answers) + len(errors) < part * clients * each // (kills + 1):  # noqa: ASYNC110 - counted by others
                await asyncio.sleep(0.05)
            if last := state.read(place.state):
                pids.add(last.pid)
                os.kill(last.pid, signal.SIGKILL)

    began = time.monotonic()
    await asyncio.gather(killer(), *map(one, range(clients)))
    seconds = round(time.monotonic() - began, 1)
    await asyncio.to_thread(launch.stop, place)
    alive = [pid for pid in pids if pid and state.born(pid)]
    return {
        "requests": clients * each,
        "kills": kills,
        "answered": len(answers),
        "told an error": len(errors),
        "lost": clients * each - len(answers) - len(errors),
        "orphans": len(alive),
        "seconds": seconds,
    }


async def _many(spec: LlamaSpec, place: Place, quick: bool) -> dict[str, Any]:
    """Resident memory after 100 requests and after 1,000 more, all different."""
    texts = requests()
    count = 30 if quick else 1000
    async with _shell(spec, place) as engine:

        async def some(first: int, number: int) -> int:
            for at in range(first, first + number):
                await _text(engine, replace(asked_for(f"{texts[at % len(texts)]} in folder{at}"), max_tokens=6))
            return int((await engine.status())["rss_bytes"])

        before = await some(0, count // 10)
        after = await some(count // 10, count)
    return {"requests": count, "rss_mb": [before >> 20, after >> 20], "growth_percent": round(100 * (after / before - 1), 2)}


async def _background(spec: LlamaSpec, place: Place, quick: bool) -> dict[str, Any]:
    """The first piece of a person's request alone, and while texts are being indexed; and cancelling to silence."""
    tries = 5 if quick else 40
    async with _shell(spec, place) as person, _shell(spec, place) as indexer:
        await _text(person, replace(asked_for(requests()[0]), max_tokens=2))
        await indexer.embed(["warm"])
        alone: list[float] = []
        beside: list[float] = []

        async def index() -> None:
            for number in range(1_000_000):
                await indexer.embed([f"{number} the quick brown fox jumps over the lazy dog " * 12])

        for number in range(2 * tries):  # in turn, so that the machine's mood is the same for both
            work = asyncio.ensure_future(index()) if number % 2 else None
            await asyncio.sleep(0.3 + random.Random(number).random() / 5)
            (beside if work else alone).append(1000 * await _first(person, number))
            if work:
                work.cancel()
                await asyncio.wait([work])
    delay = [b - a for a, b in zip(sorted(alone), sorted(beside), strict=True)]
    return {"alone_ms": percentiles(alone), "beside_ms": percentiles(beside), "delay_ms": percentiles(delay)}


async def _first(engine: EngineBackend, number: int) -> float:
    began = time.perf_counter()
    async for item in engine.stream(replace(asked_for(f"show the newest file in folder{number}"), max_tokens=2)):
        if isinstance(item, Piece):
            return time.perf_counter() - began
    return time.perf_counter() - began


async def _idle(spec: LlamaSpec, place: Place, quick: bool) -> dict[str, Any]:
    """Processor time of an engine that nobody asks, with a client connected."""
    seconds = 5 if quick else 60
    async with _shell(spec, place) as engine:
        await _text(engine, replace(asked_for(requests()[0]), max_tokens=2))
        await asyncio.sleep(2)
        assert engine.pid
        before = _processor_ms(engine.pid)
        await asyncio.sleep(seconds)
        used = _processor_ms(engine.pid) - before
    return {"seconds": seconds, "processor_ms": used, "percent": round(used / seconds / 10, 3)}


def _processor_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
