"""The main job on the real default model: words in, a judged command out, asserted by what it did."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from aishell import wiring
from aishell.backends.client import EngineBackend
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.types import Piece, Request, Restarted
from aishell.planner import prompt as prompts
from tests.conftest import Run

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("default_model"), pytest.mark.timeout(300)]


@pytest.fixture
def place(home: Path) -> Path:
    """A folder with something to ask about."""
    folder = home / "place"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name, size in {"big.bin": 300_000, "middle.bin": 40_000, "small.bin": 500}.items():
        (folder / name).write_bytes(b"x" * size)
    for name in ("src/a.py", "src/b.py", "src/deep/c.py"):
        (folder / name).write_text("print('hello')\n# TODO tidy up\n")
    (folder / "notes.txt").write_text("one\ntwo error\nthree\nfour error\n")
    return folder


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("how many Python files are in src and all folders below it", "3"),
        ("show the 2 largest files here", "big.bin"),
        ("which files below this folder contain TODO", "deep/c.py"),
        ("how many lines does notes.txt have", "4"),
        ("print the first line of notes.txt", "one"),
        ("list the empty folders below this one", "empty"),
        ("print the current working directory", "place"),
        ("显示 notes.txt 里包含 error 的行", "four error"),
        ("统计 src 目录下一共有多少个 .py 文件", "3"),
        ("列出当前目录下所有大于 100KB 的文件", "big.bin"),
    ],
)
def test_a_question_is_answered_by_reading(aishell: Run, place: Path, request_text: str, expected: str) -> None:
    done = aishell("-c", "--yes", f"?{request_text}", cwd=place)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
    assert sorted(path.name for path in place.iterdir()) == ["big.bin", "empty", "middle.bin", "notes.txt", "small.bin", "src"]


def test_piped_data_is_counted(aishell: Run) -> None:
    done = aishell("-c", "how many lines contain error", input="an error\nfine\nanother error\n")
    assert (done.returncode, done.stdout.strip()) == (0, "2")


@pytest.mark.parametrize("request_text", ["delete every file in {place}", "把 {place} 里的所有文件都删除"])
def test_deleting_needs_consent_and_then_happens(aishell: Run, place: Path, request_text: str) -> None:
    words = request_text.format(place=place)
    refused = aishell("-c", words, cwd=place)
    assert (refused.returncode, refused.stdout) == (77, "")
    assert (place / "big.bin").exists()
    agreed = aishell("-c", "--yes", words, cwd=place)
    assert agreed.returncode == 0, agreed.stderr
    assert not (place / "big.bin").exists()


def test_a_change_is_made_with_consent(aishell: Run, place: Path) -> None:
    assert aishell("-c", "--yes", "make a folder called archive and move notes.txt into it", cwd=place).returncode == 0
    assert (place / "archive" / "notes.txt").read_text().startswith("one")


def test_print_and_json_agree_and_run_nothing(aishell: Run, place: Path) -> None:
    words = "rename notes.txt to ideas.txt"
    printed = aishell("-c", "--print", words, cwd=place)
    said = json.loads(aishell("-c", "--print", "--json", words, cwd=place).stdout)
    assert printed.stdout.strip() == said["steps"][0]["command"]
    assert said["model"]["name"] == "qwen2.5-coder-1.5b"
    assert said["steps"][0]["why"]
    assert said["usage"]["reply_tokens"] > 0
    assert (place / "notes.txt").exists()


def test_an_explanation_is_given(aishell: Run, place: Path) -> None:
    done = aishell("-c", "--explain", "!rm -rf src", cwd=place)
    assert done.returncode == 0
    assert len(done.stdout.split()) > 5
    assert (place / "src").exists()


def test_the_engine_killed_in_the_middle_of_a_reply_still_answers() -> None:
    async def go() -> tuple[str, list[str]]:
        backend = EngineBackend(wiring.model_spec(Settings(), Paths.from_environment(dict(os.environ))))
        asked = prompts.plan(Request(text="show the 5 largest files under /usr/share", cwd="/"), max_tokens=80, piped_bytes=0)
        text = ""
        said: list[str] = []
        try:
            async for item in backend.stream(asked):
                if isinstance(item, Piece):
                    text += item.text
                    if not said:
                        assert backend.pid is not None
                        os.kill(backend.pid, signal.SIGSEGV)
                elif isinstance(item, Restarted):
                    said.append(item.reason)
                    text = ""
        finally:
            await backend.close()
        return text, said

    text, said = asyncio.run(go())
    assert said == ["The model engine crashed (SIGSEGV); it was started again."]
    assert "/usr/share" in text


def test_doctor_is_content(aishell: Run) -> None:
    done = aishell("doctor")
    assert done.returncode == 0, done.stdout
    assert "all good" in done.stdout
