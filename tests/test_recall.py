"""`aishell recall` with the real command: what is found, told to a person, to a pipe and to a program."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.cli.sources import open_sources
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.memory import Run as Ran
from aishell.memory.store import Store
from tests.conftest import Run

WORDS = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": "/nowhere"}
"""No engine: full text alone, which is what a first search of a fresh machine has."""

Remember = Callable[..., None]


@pytest.fixture
def remember(home: Path) -> Remember:
    store = Store(home / ".local/state/aishell/memory/memory.db", redact=str)

    def record(command: str, intent: str = "", *, age_days: float = 0.0, status: int = 0, cwd: str = "") -> None:
        began = time.time() - 86_400 * age_days
        store.record(Ran(command=command, intent=intent, time=began, exit_status=status, cwd=cwd or str(home)))

    return record


@pytest.fixture
def recall(aishell: Run) -> Callable[..., list[str]]:
    def found(*arguments: str, cwd: Path | None = None) -> list[str]:
        return aishell("recall", *arguments, env=WORDS, cwd=cwd).stdout.splitlines()

    return found


def test_what_ran_is_found_by_the_words_that_led_to_it(remember: Remember, recall: Callable[..., list[str]]) -> None:
    remember("ffmpeg -i a.mkv -vf scale=-2:720 b.mp4", "make the video smaller")
    remember("du -sh *", "how large is everything here")
    assert recall("smaller", "videos") == ["ffmpeg -i a.mkv -vf scale=-2:720 b.mp4"]
    assert recall("that ffmpeg thing") == ["ffmpeg -i a.mkv -vf scale=-2:720 b.mp4"]


def test_filters_are_exact(remember: Remember, recall: Callable[..., list[str]], home: Path) -> None:
    (home / "x").mkdir()
    remember("make deploy", age_days=30, cwd=str(home / "x"))
    remember("make deploy-fast", status=2)
    assert recall("deploy", "--ok") == ["make deploy"]
    assert recall("deploy", "--since", "7d") == ["make deploy-fast"]
    assert recall("deploy", "--here", cwd=home / "x") == ["make deploy"]
    assert len(recall("deploy")) == 2
    assert recall("deploy", "--only", "notes") == []
    assert recall("--limit", "1") == ["make deploy-fast"]  # without words: what was used last


def test_a_program_gets_an_object_a_line(remember: Remember, aishell: Run, home: Path) -> None:
    remember("make deploy", "put it on the server")
    done = aishell("recall", "--json", "deploy", env=WORDS)
    (found,) = map(json.loads, done.stdout.splitlines())
    assert (found["kind"], found["text"], found["intent"]) == ("command", "make deploy", "put it on the server")
    assert (found["exit_status"], found["cwd"], found["trust"], found["runs"]) == (0, str(home), "own", 1)
    assert "words: deploy" in found["why"]


def test_nothing_found_is_status_1_and_a_sentence(aishell: Run) -> None:
    done = aishell("recall", "anything", env=WORDS)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing like that" in done.stderr
    assert aishell("recall", "--since", "soon", "x", env=WORDS).returncode == 64


def test_in_a_session_recall_is_a_word_of_its_own(remember: Remember, aishell: Run) -> None:
    remember("make deploy")
    assert aishell(input="recall deploy\n", env=WORDS).stdout == "make deploy\n"
    assert "No closing quotation" in aishell(input="recall 'deploy\n", env=WORDS).stderr


def test_a_memory_that_cannot_be_read_stops_recall_and_nothing_else(aishell: Run, home: Path) -> None:
    memory = home / ".local/state/aishell/memory"
    memory.parent.mkdir(parents=True)
    memory.symlink_to("/tmp")
    done = aishell("recall", "x", env=WORDS)
    assert done.returncode == 74
    assert "symbolic link" in done.stderr
    ran = aishell(input="!echo works\n!echo again\n", env=WORDS)
    assert ran.stdout == "works\nagain\n"
    assert ran.stderr.count("symbolic link") == 1


def test_the_history_search_of_the_prompt_finds_by_the_words_that_led_to_a_command(
    remember: Remember, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember("ffmpeg -i a.mkv -vf scale=-2:720 b.mp4", "make the video smaller")
    monkeypatch.setenv("AISHELL_MODEL_BACKEND", "scripted")
    search = open_sources(Paths.from_environment({"HOME": str(home)}), Settings()).by_meaning
    assert search

    async def found() -> list[str]:
        return list(await search("a smaller video"))

    assert asyncio.run(found()) == ["ffmpeg -i a.mkv -vf scale=-2:720 b.mp4"]
