"""What is a fault of aishell's own: the person is told in a sentence, the details stay here, and what can go on goes on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from aishell.cli.sources import open_sources
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.memory import place
from aishell.memory.connection import connect, reading
from aishell.memory.earlier import earlier
from aishell.suggest.menu.gathering import Gathering
from aishell.suggest.suggester import Suggester
from aishell.suggesting import _examples
from tests import test_terminal
from tests.prompting import driven
from tests.test_terminal import Person, Script

_BROKEN = """
import sys
from aishell.ui.keyed import Keyed
async def broken(self):
    word = "hunt" + "er22"
    raise RuntimeError("it is --password=" + word)
Keyed.action_clear = Keyed.action_help = broken
from aishell.cli import main
sys.exit(main([]))
"""


def test_a_memory_that_another_process_is_making_is_none_yet(tmp_path: Path) -> None:
    file = tmp_path / "memory" / "memory.db"
    with reading(file, patience_s=0.1) as db:
        assert db is None
    place.prepare(file)
    place.make(file)
    with reading(file, patience_s=0.1) as db:
        assert db is None
    assert earlier(file) == []
    assert _examples(file, "ls") == ()
    made = connect(file)
    made.execute("PRAGMA user_version = 4000")
    made.close()
    assert earlier(file) == []
    assert _examples(file, "ls") == ()


@driven
async def test_suggestions_that_fail_are_off_and_the_shell_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("cat src/ma")

    told: list[str] = []
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    sources = open_sources(Paths.from_environment({"HOME": str(tmp_path)}), Settings(), told.append)
    assert sources.suggest
    sources.prepare()
    monkeypatch.setattr(Suggester, "suggest", broken)
    async with asyncio.timeout(20):
        while not told:
            assert [one async for one in sources.suggest("cat", 3, "/srv")] == []
    assert [one async for one in sources.suggest("cat", 3, "/srv")] == []
    assert sources.at_once("cat", "/srv") == ""
    assert len(told) == 1
    assert "there are none, until aishell starts again: KeyError: 'cat src/ma'. The details are in" in told[0]
    assert "in broken" in (tmp_path / "state" / "aishell" / "crash.log").read_text()


def test_completion_that_fails_knows_names_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise UnicodeError("a branch of somebody's")

    told: list[str] = []
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "notes.txt").touch()
    completer = open_sources(Paths.from_environment({"HOME": str(tmp_path)}), Settings(), told.append).completer
    monkeypatch.setattr(Gathering, "__call__", broken)
    for _ in range(2):
        assert [each.label for each in completer.complete("cat no", 6, str(tmp_path)).candidates] == ["notes.txt"]
    assert len(told) == 1
    assert "knows names only, until aishell starts again: UnicodeError" in told[0]


def test_a_screen_that_fails_says_so_in_a_sentence(
    environment: dict[str, str], script: Script, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_terminal, "AISHELL", [sys.executable, "-c", _BROKEN])
    someone = Person([], {**environment, **script({}), "TERM": "xterm-256color"}, home)
    someone.sees("F1 help")
    someone.types("\x1bOP")
    assert someone.status() == 70
    end = someone.screen.rpartition("\x1b[?1049l")[2]
    assert "a fault of our own: RuntimeError: it is --password=" in end
    assert "hunter22" not in (log := Paths.from_environment({"HOME": str(home)}).state / "crash.log").read_text()
    assert "in broken" in log.read_text()
    assert "locals" not in end
