"""Requests that serve as examples: the file of them, and those nearest in meaning to a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.actions import parse
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import shipped
from aishell.core.errors import ModelUnavailable
from aishell.memory import exemplars
from aishell.memory.spec import MemorySpec
from tests.engines import using


def test_every_line_of_the_shipped_file_is_a_request_and_a_command_that_bash_can_parse() -> None:
    file = shipped("examples.tsv")
    lines = exemplars.read(file)
    assert len(lines) == sum(1 for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    assert len({request for request, _command in lines}) == len(lines) > 300
    assert not [command for _request, command in lines if parse.inspect(command).error]


def test_names_say_nothing_of_what_is_to_be_done() -> None:
    assert exemplars.without_names('count the lines of /var/log/a.log and "b c"') == "count the lines of and"
    assert exemplars.without_names("pack notes.txt") == "pack file"
    assert exemplars.without_names("统计 src/main.c 的行数") == "统计 的行数"


def test_each_program_of_the_installation_has_its_purpose() -> None:
    lines = exemplars.read(shipped("programs.tsv"))
    assert len(lines) > 250
    assert len({name for _purpose, name in lines}) == len(lines)
    assert all(name == name.strip() and " " not in name and purpose[0].islower() for purpose, name in lines)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        exemplars.read(tmp_path / "none.tsv")


def test_the_engine_finds_what_means_the_same(
    spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec], tmp_path: Path
) -> None:
    file = tmp_path / "examples.tsv"
    file.write_text("# ships\nhow many ships are there\tls ships | wc -l\nfeed the cat\tcat food\n列出所有的船\tls ships\n")
    programs = tmp_path / "programs.tsv"
    programs.write_text("show the ships at sea on a map\tshipmap\nfeed a cat\tcatfood\n")
    memory = replace(memory_of(), exemplars=str(file), programs=str(programs))
    shell = EngineBackend(spec, place=place, memory=memory.to_wire())
    found: list[list[tuple[str, str, float]]] = []

    async def use() -> None:
        for words in ("number of the ships in /harbour", "显示全部船只"):
            async with asyncio.timeout(60):
                while not (answer := await shell.exemplars(words, 2)):
                    await asyncio.sleep(0.05)
            found.append(answer)
        assert (await shell.programs("a map of ships", 1))[0][1] == "shipmap"

    using([shell], use)
    english, chinese = found
    assert english[0][1] == "ls ships | wc -l"
    assert chinese[0][1] in ("ls ships", "ls ships | wc -l")
    assert all(-1.001 <= line[2] <= 1.001 for line in english)
    assert len(english) == 2


def test_an_engine_without_an_embedder_has_no_examples(spec: LlamaSpec, place: Place) -> None:
    shell = EngineBackend(spec, place=place)

    async def use() -> None:
        assert await shell.exemplars("count files", 3) == []

    using([shell], use)
