"""The resident engine: one for all shells, healed without anybody's help, and gone when nobody needs it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.backends import state
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.core.types import Priority, Restarted, Usage
from tests.conftest import Run
from tests.engines import COUNT, reply, using


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def test_shells_that_start_at_once_get_one_engine_which_outlives_them(spec: LlamaSpec, place: Place) -> None:
    shells = [EngineBackend(spec, place=place) for _ in range(8)]

    async def use() -> None:
        replies = await asyncio.gather(*map(reply, shells))
        assert len({text for text, _ in replies}) == 1
        assert len({shell.pid for shell in shells}) == 1

    using(shells, use)
    last = state.read(place.state)
    assert last
    assert last.lives()
    late = EngineBackend(spec, place=place)

    async def again() -> None:
        await reply(late)
        assert late.pid == last.pid

    using([late], again)


def test_an_engine_that_nobody_uses_ends_and_leaves_nothing(spec: LlamaSpec, place: Place) -> None:
    shell = EngineBackend(replace(spec, idle_s=0.5), place=place)

    async def use() -> None:
        await reply(shell)
        assert place.socket.exists()
        await until(lambda: not place.socket.exists() and not place.state.exists())
        assert (await reply(shell))[1] == []  # the next request starts another, without a word

    using([shell], use)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_an_engine_that_died_between_requests_is_replaced_without_a_word(
    number: signal.Signals, spec: LlamaSpec, place: Place
) -> None:
    shells = [EngineBackend(spec, place=place) for _ in range(2)]

    async def use() -> None:
        for shell in shells:
            await reply(shell)
        last = state.read(place.state)
        assert last
        os.kill(last.pid, number)
        await until(lambda: not last.lives())
        for shell in shells:
            text, said = await reply(shell)
            assert text
            assert said == []
        assert shells[0].pid == shells[1].pid != last.pid

    using(shells, use)


def test_all_who_wait_are_told_of_a_crash_and_get_their_reply(spec: LlamaSpec, place: Place) -> None:
    shells = [EngineBackend(spec, place=place) for _ in range(4)]

    async def use() -> None:
        expected, _ = await reply(shells[0], COUNT)
        waiting = [asyncio.ensure_future(reply(shell, COUNT)) for shell in shells]
        await asyncio.sleep(0.15)
        assert shells[0].pid
        os.kill(shells[0].pid, signal.SIGSEGV)
        for text, said in await asyncio.gather(*waiting):
            assert len(text) > len(expected) / 2
            assert len(said) == 1
            assert "started again" in said[0]
        assert len({shell.pid for shell in shells}) == 1

    using(shells, use)


def test_an_engine_that_hangs_is_replaced_for_everybody(spec: LlamaSpec, place: Place) -> None:
    shells = [EngineBackend(spec, place=place, silence_s=3.0) for _ in range(2)]

    async def use() -> None:
        await reply(shells[0])
        assert shells[0].pid
        os.kill(shells[0].pid, signal.SIGSTOP)
        texts = await asyncio.gather(*(reply(shell) for shell in shells))
        assert all(text for text, _ in texts)

    using(shells, use)


@pytest.mark.parametrize("kind", ["socket of a dead engine", "plain file", "state of a dead engine"])
def test_what_a_dead_engine_left_is_no_obstacle(kind: str, spec: LlamaSpec, place: Place) -> None:
    place.make()
    if kind == "socket of a dead engine":
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(place.socket))
    elif kind == "plain file":
        place.socket.write_text("not a socket")
    else:
        place.state.write_text('{"pid": 1, "born": 1, "kills": 0, "context_tokens": 2048}')
    shell = EngineBackend(spec, place=place)

    async def use() -> None:
        assert await reply(shell)

    using([shell], use)


def test_an_engine_with_other_settings_serves_those_it_has_and_makes_way(spec: LlamaSpec, place: Place) -> None:
    old, new = EngineBackend(spec, place=place), EngineBackend(replace(spec, context_tokens=1024), place=place)

    async def use() -> None:
        stream = old.stream(replace(COUNT, max_tokens=200))
        await anext(stream)
        assert (await new.describe()).context_tokens == 1024
        assert new.pid != old.pid
        items = [item async for item in stream]
        assert isinstance(items[-1], Usage)  # not a word lost, nor said twice
        assert not any(isinstance(item, Restarted) for item in items)

    using([old, new], use)


def test_background_work_ends_while_people_are_served_in_between(spec: LlamaSpec, place: Place) -> None:
    shell, indexer = EngineBackend(spec, place=place), EngineBackend(spec, place=place)

    async def use() -> None:
        story = asyncio.ensure_future(reply(indexer, replace(COUNT, priority=Priority.IDLE)))
        await asyncio.sleep(0.1)
        for _ in range(3):
            assert (await reply(shell))[0]
        assert (await story)[0]
        assert await shell.tokenize("hello") == await indexer.tokenize("hello")

    using([shell, indexer], use)


def test_the_engine_command_starts_shows_and_stops_it(aishell: Run, tiny_model: Path) -> None:
    tiny = {"AISHELL_MODEL_USE": str(tiny_model)}
    assert aishell("engine", "status", env=tiny).returncode == 1
    started = aishell("engine", "start", env=tiny)
    assert (started.returncode, started.stdout.split(":")[0]) == (0, "running")
    status = json.loads(aishell("engine", "status", "--json", env=tiny).stdout)
    assert status["state"] == "idle"
    assert status["rss_bytes"] > 50_000_000
    page = aishell("engine", "status", env=tiny).stdout
    assert str(status["pid"]) in page
    assert aishell("engine", "restart", env=tiny).returncode == 0
    assert json.loads(aishell("engine", "status", "--json", env=tiny).stdout)["pid"] != status["pid"]
    stopped = aishell("engine", "stop", env=tiny)
    assert (stopped.returncode, stopped.stdout) == (0, "stopped\n")
    assert aishell("engine", "stop", env=tiny).stdout == "not running\n"
    assert aishell("engine", "logs", env=tiny).returncode == 0
    assert aishell("engine", "dance", env=tiny).returncode == 64
    assert aishell("engine", "status", env={"AISHELL_ENGINE_RESIDENT": "false"}).returncode == 64


def test_watching_ends_with_the_engine(spec: LlamaSpec, place: Place) -> None:
    """A process that has ended is known by its birth, so that another with its number is left alone."""
    shell = EngineBackend(spec, place=place)

    async def use() -> None:
        await reply(shell)

    using([shell], use)
    last = state.read(place.state)
    assert last
    assert last.lives()
    assert not replace(last, born=last.born + 1).lives()
    began = time.monotonic()
    os.kill(last.pid, signal.SIGTERM)
    while last.lives():
        assert time.monotonic() - began < 20
        time.sleep(0.02)
    assert not place.socket.exists()
