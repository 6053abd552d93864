"""What was read of programs is kept, looked up, and matched with the words of a request."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aishell.core.errors import TookTooLong
from aishell.core.programs import Example, Examples, Option, Program
from aishell.programs import entries, pages
from aishell.programs.cache import Cache
from aishell.programs.known import Programs
from aishell.programs.relevant import line, relevant
from tests.test_programs import PAGE, needs_man


@pytest.fixture
def page() -> Program:
    return entries.program("tool", PAGE, origin="man", summary="does things to files")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(Cache(tmp_path_factory.mktemp("cache")), builtins=frozenset({"cd", "test", "["}))


def test_somebodys_own_program_is_not_taken_for_one_of_the_system(programs: Programs, tmp_path: Path) -> None:
    own = tmp_path / "ls"
    own.write_text("#!/bin/sh\ntouch ran\n")
    own.chmod(0o755)
    assert programs.get(str(own)).origin == ""
    assert programs.get("no-such-program-here").origin == ""
    assert not (tmp_path / "ran").exists()


def test_what_was_read_is_kept_for_its_reader_alone(tmp_path: Path, page: Program) -> None:
    cache = Cache(tmp_path / "programs")
    cache.put("tool", "now", page)
    (file,) = (tmp_path / "programs").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert cache.get("tool", "now") == page
    assert cache.get("tool", "later") is None


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"state": [0, "now"]}', '{"state": null, "program": {}}', "[" * 100_000])
def test_a_damaged_cache_is_no_cache(tmp_path: Path, page: Program, text: str) -> None:
    cache = Cache(tmp_path)
    cache.put("tool", "now", page)
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert cache.get("tool", "now") is None
    cache.put("tool", "now", page)
    assert cache.get("tool", "now") == page


def test_the_cache_keeps_what_was_used_last(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(401):
        cache.put(f"p{number}", "now", Program(name=f"p{number}"))
        os.utime(tmp_path / f"p{number}.json", (number, number))
    cache.put("p401", "now", Program(name="p401"))
    kept = {file.stem for file in tmp_path.iterdir()}
    assert len(kept) <= 400
    assert {"p400", "p401"} <= kept
    assert "p0" not in kept


def test_a_change_of_the_program_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def known(name: str) -> Examples:
        asked.append(name)
        return Examples(summary=f"version {len(asked)}")

    cache = Cache(tmp_path / "cache")
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "sometool"
    program.write_text("one")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    cache.put("sometool", Programs(cache)._state("sometool"), Program(name="sometool", origin="man", summary="kept"))
    assert Programs(cache, examples=known).get("sometool").summary == "kept"
    program.write_text("another")
    assert Programs(cache, examples=known).get("sometool").summary == "version 1"


def test_examples_stand_in_where_there_is_no_documentation() -> None:
    def known(_name: str) -> Examples:
        examples = (
            Example(about="List what is there:", command="sometool --list {{path}}"),
            Example(about="Two at once", command="sometool -a -b"),
            Example(about="Of another", command="othertool --other"),
        )
        return Examples(summary="Does something.", examples=examples)

    program = Programs(examples=known).get("sometool")
    assert (program.origin, program.summary) == ("examples", "Does something")
    assert program.options == (Option(names=("--list",), optional=True, meaning="List what is there"),)
    assert program.has("--frob") is None


@needs_man
@pytest.mark.parametrize(
    ("name", "request_words", "option"),
    [
        ("find", "find files changed in the last 7 days", "-mtime"),
        ("find", "delete empty directories", "-empty"),
        ("ls", "show hidden files too", "-a"),
        ("du", "size of each folder, human readable", "-h"),
        ("tar", "unpack the archive", "-x"),
        ("grep", "only count the lines", "-c"),
        ("sort", "sort numbers in descending order", "-r"),
    ],
)
def test_the_words_of_a_request_point_to_options(programs: Programs, name: str, request_words: str, option: str) -> None:
    program = programs.get(name)
    found = relevant(program, request_words)
    assert option in [one for each in found for one in each.names]
    assert len(found) <= 3
    assert line(program, found[0]).startswith(f"{name}: ")


def test_where_nothing_fits_nothing_is_told(page: Program) -> None:
    assert relevant(page, "the of and") == ()
    assert relevant(page, "quantum chromodynamics") == ()
    assert relevant(Program(name="x"), "anything at all") == ()


def test_a_program_that_does_not_answer_is_not_asked_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def silent(name: str, *_others: object, **_more: object) -> str:
        asked.append(name)
        raise TookTooLong("It did not answer.")

    monkeypatch.setattr(pages, "help_text", silent)
    monkeypatch.setattr(pages, "man_page", lambda *_others, **_more: "")
    for _ in range(2):
        assert Programs(Cache(tmp_path)).get("env").origin == ""
    assert asked == ["env"]


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(TookTooLong):
        pages._output(["sh", "-c", "sleep 60 & wait"], 0.2, 80)
