"""Models of plugins: real processes, one of which hangs, one dies, one prints what it likes, and one says too much."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.backends.plugin import PluginBackend
from aishell.config.paths import Paths
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Message, Piece, Prompt, Usage
from aishell.wiring.extend import open_plugins
from aishell.wiring.plugged import open_speaker
from tests.conftest import ROOT
from tests.packages import lay_example, lay_models, runs

PROMPT = Prompt(messages=(Message(role="system", content="be brief"), Message(role="user", content="hello")))
Speaks = Callable[[str], PluginBackend]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    lay_example(folder)
    lay_models(folder)
    return folder


@pytest.fixture
def paths(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    return Paths.from_environment({"HOME": str(tmp_path / "home")})


@pytest.fixture
def speaks(paths: Paths) -> Iterator[Speaks]:
    opened: list[PluginBackend] = []

    def speak(name: str) -> PluginBackend:
        opened.append(open_speaker(name, paths))
        return opened[-1]

    yield speak
    for one in opened:
        asyncio.run(one.close())


async def heard(backend: PluginBackend, prompt: Prompt) -> tuple[str, Usage]:
    pieces, usage = [], None
    async with aclosing(backend.stream(prompt)) as items:
        async for item in items:
            if isinstance(item, Piece):
                pieces.append(item.text)
            elif isinstance(item, Usage):
                usage = item
    assert usage
    return "".join(pieces), usage


def told(backend: PluginBackend, asked: str = "hello", **fields: object) -> str:
    prompt = replace(PROMPT, messages=(Message(role="user", content=asked),), **fields)  # type: ignore[arg-type]
    return asyncio.run(heard(backend, prompt))[0]


def saying(*pieces: str) -> str:
    return json.dumps(pieces)


# ---- what it is told, and what comes of it


def test_what_a_plugin_prints_is_no_part_of_its_reply(speaks: Speaks) -> None:
    assert told(speaks("prints")) == "ad"


def test_a_plugin_hears_the_conversation_and_how_to_reply(speaks: Speaks) -> None:
    prompt = replace(PROMPT, begin="```sh\n", max_tokens=9, stop=("\n```",), temperature=0.3)
    text, usage = asyncio.run(heard(speaks("heard"), prompt))
    assert json.loads(text) == {
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}],
        "begin": "```sh\n",
        "max_tokens": 9,
        "stop": ["\n```"],
        "temperature": 0.3,
    }
    assert (usage.finish, usage.reply_tokens, usage.weights) == ("stop", 1, ())


@pytest.mark.parametrize(
    ("pieces", "fields", "shown"),
    [
        (["ls ", "-l\n`", "``\nmore"], {"stop": ("\n```",)}, "ls -l"),
        (["<thi", "nk>rm -rf /</think>", "\nls"], {}, "ls"),
        (["```bash\n", "ls"], {"begin": "```sh\n"}, "ls"),
        (["x" * 100, "y" * 100], {"max_tokens": 1}, "x" * 64),
        (["", "ls", ""], {}, "ls"),
    ],
)
def test_only_what_was_asked_for_is_shown(speaks: Speaks, pieces: list[str], fields: dict[str, object], shown: str) -> None:
    assert told(speaks("says"), saying(*pieces), **fields) == shown


def test_a_schema_is_said_in_words_and_a_reply_that_does_not_follow_it_is_asked_for_once_more(speaks: Speaks) -> None:
    schema = '{"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}'
    assert told(speaks("second"), grammar=schema) == '{"a": "y"}'
    asked = told(speaks("heard"), grammar='{"type": "object"}')
    assert json.loads(asked)["messages"][-1]["content"].endswith('by this schema: {"type": "object"}')


def test_another_beginning_is_another_temperature(speaks: Speaks) -> None:
    assert json.loads(told(speaks("heard"), branch=1))["temperature"] == 0.8


def test_chances_are_not_told_and_nobody_is_asked_for_them(speaks: Speaks) -> None:
    hangs = speaks("hangs")
    for asked in (replace(PROMPT, expected="ls"), replace(PROMPT, among=("yes", "no"))):
        text, usage = asyncio.run(heard(hangs, asked))
        assert (text, usage.weights) == ("", ())


def test_it_is_told_by_its_name_and_what_its_module_says(speaks: Speaks) -> None:
    info = asyncio.run(speaks("pid").describe())
    assert (info.name, info.backend, info.context_tokens, info.details) == ("pid", "plugin", 777, {"plugin": "models 1.0"})


def test_it_is_loaded_once_for_many_replies(speaks: Speaks) -> None:
    backend = speaks("pid")
    assert len({told(backend) for _ in range(3)}) == 1
    assert told(backend) != str(os.getpid())


def test_two_replies_at_a_time_take_turns(speaks: Speaks) -> None:
    backend = speaks("says")

    async def both() -> list[tuple[str, Usage]]:
        prompts = [replace(PROMPT, messages=(Message(role="user", content=saying(*text)),)) for text in ("abc", "xyz")]
        return await asyncio.gather(*(heard(backend, prompt) for prompt in prompts))

    assert [text for text, _ in asyncio.run(both())] == ["abc", "xyz"]


# ---- one that does not do as it should


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hangs", "was silent for 0.5 s"),
        ("dies", "ended with status 3: out of luck"),
        ("floods", "said more than 8 MB at once"),
        ("garbles", "said what is no answer"),
        ("gone", "ended with status 1: ModuleNotFoundError: No module named 'nosuch'"),
    ],
)
def test_one_that_breaks_is_ended_and_left_alone_until_the_person_says_so(
    speaks: Speaks, paths: Paths, name: str, why: str
) -> None:
    with pytest.raises(ModelUnavailable) as first:
        told(speaks(name))
    assert str(first.value) == f"The plugin {name} {why}. It was ended, and is not used again."
    assert f"aishell extend enable {name}" in first.value.hint
    with pytest.raises(ModelUnavailable, match=f"The plugin {name} is left alone: The plugin {name} {why}."):
        told(speaks(name))
    assert open_plugins(paths).enable(name)
    with pytest.raises(ModelUnavailable, match="It was ended"):
        told(speaks(name))


def test_one_that_fails_once_answers_the_next_time(speaks: Speaks) -> None:
    backend = speaks("fails")
    first = told(backend)
    with pytest.raises(ModelUnavailable) as failure:
        told(backend, "fail")
    assert "ValueError: no" in str(failure.value)
    assert "\x1b" not in str(failure.value)
    assert told(backend) == first


def test_what_is_no_text_is_no_reply(speaks: Speaks) -> None:
    with pytest.raises(ModelUnavailable, match="gives what is no text"):
        told(speaks("numbers"))


def test_a_name_that_no_package_has_is_told_with_those_there_are(speaks: Speaks) -> None:
    with pytest.raises(ModelUnavailable) as failure:
        speaks("nosuch")
    assert "rules" in failure.value.hint


def test_one_that_was_ended_between_two_replies_is_started_anew(speaks: Speaks) -> None:
    backend = speaks("pid")
    first = told(backend)
    os.kill(int(first), signal.SIGKILL)
    os.waitid(os.P_PID, int(first), os.WEXITED | os.WNOWAIT)  # all its threads have ended, and nobody has asked yet
    assert told(backend) != first


# ---- its end


async def begun(backend: PluginBackend, until: Callable[[], bool] = lambda: True) -> str:
    """The first piece of an endless reply, which is then, or from something on, not wanted any more."""
    async with aclosing(backend.stream(replace(PROMPT, messages=(Message(role="user", content="go on"),)))) as items:
        item = await anext(items)
        async with asyncio.timeout(30):
            while not until():
                await asyncio.sleep(0.01)
    assert isinstance(item, Piece)
    return item.text


def test_a_reply_that_is_not_wanted_any_more_ends_and_the_next_comes_from_the_same_process(speaks: Speaks) -> None:
    backend = speaks("pid")
    assert {asyncio.run(begun(backend)) for _ in range(3)} == {told(backend)}


def test_one_that_does_not_stop_is_ended_and_not_blamed(speaks: Speaks, site: Path) -> None:
    backend = speaks("deaf")
    first = asyncio.run(begun(backend, (site / "models.py.asleep").exists))
    assert not runs(first)
    assert told(backend) != first


def test_a_request_cancelled_while_it_waits_leaves_the_plugin_ready(speaks: Speaks) -> None:
    backend = speaks("pid")

    async def cancelled() -> str:
        task = asyncio.ensure_future(heard(backend, replace(PROMPT, messages=(Message(role="user", content="go on"),))))
        await asyncio.sleep(0.2)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return (await heard(backend, PROMPT))[0]

    assert asyncio.run(cancelled()) == told(backend)


def test_closing_it_ends_a_reply_under_way(speaks: Speaks) -> None:
    backend = speaks("pid")

    async def closed() -> str:
        async with aclosing(backend.stream(replace(PROMPT, messages=(Message(role="user", content="go on"),)))) as items:
            item = await anext(items)
            await backend.close()
            await backend.close()
        assert isinstance(item, Piece)
        return item.text

    assert not runs(asyncio.run(closed()))


def test_a_plugin_ends_with_the_process_that_asked_it(site: Path, tmp_path: Path) -> None:
    code = """
import asyncio, os, sys
from tests.test_plugged_models import PROMPT, heard
from aishell.config.paths import Paths
from aishell.wiring.plugged import open_speaker
print(asyncio.run(heard(open_speaker("pid", Paths.from_environment({"HOME": sys.argv[1]})), PROMPT))[0], flush=True)
os.kill(os.getpid(), 9)
"""
    path = f"{ROOT}{os.pathsep}{site}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    pid = done.stdout.strip()
    assert done.returncode == -signal.SIGKILL, done.stderr
    until = time.monotonic() + 30
    while runs(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not runs(pid)
