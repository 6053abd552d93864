"""Suggestions asked of a real engine through its socket, as a shell of another kind asks."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from aishell.backends.brief import ask
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import shipped
from aishell.suggest.spec import SuggestSpec
from tests.engines import using


@pytest.fixture
def wanted(tmp_path: Path) -> SuggestSpec:
    return SuggestSpec(
        history=str(tmp_path / "history"),
        outcomes=str(tmp_path / "outcomes"),
        redact=str(shipped("redact.toml")),
        policy=str(shipped("policy.toml")),
    )


def told(place: Place, text: str, **others: object) -> list[dict[str, Any]]:
    """The engine's lines for `text`, once it has read the history."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        answer = ask(place, "suggest", 5.0, **{"text": text, "cursor": len(text), "folder": "/", "limit": 5, **others})
        if answer and answer["ready"]:
            lines: list[dict[str, Any]] = answer["lines"]
            return lines
        time.sleep(0.05)
    raise AssertionError("the engine never became ready")


def test_a_shell_asks_the_engine_and_is_told_lines_that_its_history_makes_likely(
    spec: LlamaSpec, place: Place, wanted: SuggestSpec
) -> None:
    Path(wanted.history).write_text("".join(f"\n# x\t/srv\n+{line}\n" for line in ("make test", "git push", "make docs", "ls")))
    shell = EngineBackend(spec, place=place, suggest=wanted.to_wire())

    async def use() -> None:
        await shell.status()
        found = await asyncio.to_thread(told, place, "mak", previous=["ls"], status=0)
        assert {one["line"] for one in found} == {"make test", "make docs"}
        assert [one["ghost"] for one in found] == [True, False]
        assert all(one["why"] and 0 < one["score"] <= 1 for one in found)

    using([shell], use)


@pytest.mark.parametrize(
    ("name", "content", "added"),
    [
        ("bash_history", "#1700000000\nmake all\n#1700000001\nls\n", "#1700000002\nmake install\n"),
        (".zsh_history", ": 1700000000:0;make all\n: 1700000001:0;ls\n", ": 1700000002:0;make install\n"),
        ("fish_history", "- cmd: make all\n  when: 1\n- cmd: ls\n  when: 2\n", "- cmd: make install\n  when: 3\n"),
    ],
)
def test_the_history_of_another_shell_is_read_and_read_on(
    spec: LlamaSpec, place: Place, wanted: SuggestSpec, tmp_path: Path, name: str, content: str, added: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    shell = EngineBackend(spec, place=place, suggest=wanted.to_wire())

    async def use() -> None:
        await shell.status()
        assert [one["line"] for one in await asyncio.to_thread(told, place, "ma", file=str(file))] == ["make all"]
        with file.open("a") as out:
            out.write(added)
        assert {one["line"] for one in await asyncio.to_thread(told, place, "ma", file=str(file))} == {
            "make all",
            "make install",
        }

    using([shell], use)


def test_a_request_that_makes_no_sense_is_told_so(spec: LlamaSpec, place: Place, wanted: SuggestSpec) -> None:
    shell = EngineBackend(spec, place=place, suggest=wanted.to_wire())

    async def use() -> None:
        await shell.status()
        for nonsense in (
            {"text": 5},
            {"text": "a", "previous": "ls"},
            {"text": "a", "cursor": "x"},
            {"text": "a", "limit": "b"},
        ):
            assert await asyncio.to_thread(ask, place, "suggest", 5.0, **nonsense) is None
        assert await asyncio.to_thread(told, place, "") == []

    using([shell], use)
