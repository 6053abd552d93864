"""`aishell mcp`, driven by the SDK's own client over pipes: real commands, real trials, a model that says what it is told."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets
from aishell.actions.dryrun.trial import Sandbox
from aishell.config.load import write_private
from tests.conftest import AISHELL, ROOT, Run
from tests.endpoints import open_place, saying

mcp = pytest.importorskip("mcp")
WHERE = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3
NETWORK = "curl -s --max-time 1 http://127.0.0.1:1/"
TOOLS = "plan run explain recall classify sentiment entities translate summarize extract".split()


class Host:
    """The other end: calls tools, and asks its person, who says what `answers` says."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.asked: list[str] = []

    async def __call__(self, tool: str, **given: Any) -> dict[str, Any]:
        result = await self.client.call_tool(tool, given)
        assert not result.is_error, result.content[0].text
        assert json.loads(result.content[0].text) == result.structured_content
        return dict(result.structured_content)

    async def refused(self, tool: str, **given: Any) -> str:
        result = await self.client.call_tool(tool, given)
        assert result.is_error
        return str(result.content[0].text)


Play = Callable[[Host], Awaitable[None]]
Talk = Callable[..., list[str]]


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """The SDK may lie beside the shared packages; what servers offer is kept apart from the person's own."""
    return environment | {"PYTHONPATH": WHERE, "XDG_CACHE_HOME": f"{environment['HOME']}/.cache"}


@pytest.fixture
def place(home: Path) -> Path:
    folder = home / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def talk(environment: dict[str, str], place: Path) -> Talk:
    """Play a host against the real server; what its person was asked."""

    def run(play: Play, *, answers: Sequence[str] = (), mode: str = "auto", env: dict[str, str] | None = None) -> list[str]:
        asked: list[str] = []

        async def asks(_context: Any, params: Any) -> Any:
            asked.append(params.message)
            answer = answers[len(asked) - 1]
            return mcp.types.ElicitResult(action=answer, content={"run": True} if answer == "accept" else None)

        async def whole() -> None:
            server = mcp.StdioServerParameters(
                command=sys.executable, args=["-m", "aishell", "mcp"], env=environment | (env or {}), cwd=place
            )
            async with mcp.Client(server, mode=mode, elicitation_callback=asks if answers else None) as client:
                await play(Host(client))

        asyncio.run(whole())
        return asked

    return run


@pytest.fixture
def _tries(tmp_path: Path) -> None:
    if not Sandbox(Sets(Places(primary=tmp_path / "undo"), Keep())).dry:
        pytest.skip("this machine cannot try a command without its effects")


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_what_only_reads_runs_at_once_and_what_reaches_further_asks_a_person(talk: Talk, mode: str, place: Path) -> None:
    (place / "a.txt").write_text(f"one\x1b[2J\nexport GITHUB_TOKEN={TOKEN}\n" + "x" * 200_000)

    async def play(host: Host) -> None:
        tools = (await host.client.list_tools()).tools
        assert [tool.name for tool in tools] == TOOLS
        assert all(tool.input_schema["type"] == "object" and tool.description for tool in tools)
        found = await host("run", command="cat a.txt")
        assert (found["tier"], found["status"], found["exit_code"]) == ("READ", "done", 0)
        assert found["stdout"].startswith("one")
        assert "\x1b" not in found["stdout"]
        assert TOKEN not in json.dumps(found)
        assert len(found["stdout"]) < 17_000
        assert (await host("run", command="ls nowhere"))["status"] == "failed"
        for status, code in (("refused", None), ("refused", None), ("failed", 7)):
            asked = await host("run", command=NETWORK, why="to look\x1b[2J")
            assert (asked["tier"], asked["status"], asked.get("exit_code")) == ("ASK", status, code)
            assert asked["reasons"] == ["it uses the network: curl"]

    messages = talk(play, answers=["decline", "cancel", "accept"], mode=mode)
    assert len(messages) == 3
    for message in messages:
        assert NETWORK in message
        assert "to look" in message
        assert "\x1b" not in message


@pytest.mark.usefixtures("_tries")
def test_what_changes_files_is_tried_and_becomes_real_by_a_second_call_only(talk: Talk, place: Path, aishell: Run) -> None:
    async def play(host: Host) -> None:
        first = await host("run", command="echo 1 > a.txt")
        assert (first["tier"], first["status"], first["tried"]["added"]) == ("DRY", "tried", 1)
        assert first["tried"]["changes"] == [{"kind": "added", "path": str(place / "a.txt")}]
        second = await host("run", command="echo 2 > b.txt")
        assert "no such trial" in await host.refused("run", commit=first["token"])
        assert os.listdir(place) == []
        done = await host("run", commit=second["token"])
        assert (done["status"], done["undo"]["number"]) == ("done", 1)
        assert (place / "b.txt").read_text() == "2\n"
        assert "no such trial" in await host.refused("run", commit=second["token"])
        failed = await host("run", command="mkdir x && cp none x")
        assert (failed["status"], "token" in failed) == ("failed", False)

    talk(play)
    assert [path.name for path in place.iterdir()] == ["b.txt"]
    assert aishell("undo", cwd=place).returncode == 0
    assert list(place.iterdir()) == []
    entries = [json.loads(line) for line in aishell("audit", "--json", "--last", "50").stdout.splitlines()]
    assert {entry["origin"] for entry in entries} == {"mcp"}
    assert [entry["by"] for entry in entries if entry["command"] == "echo 2 > b.txt"] == ["host", ""]
    assert aishell("recall", "echo").returncode == 1  # the memory is the person's


def test_no_argument_gets_around_the_gate(talk: Talk, place: Path, home: Path) -> None:
    async def play(host: Host) -> None:
        assert (await host("run", command="rm -rf ~"))["status"] == "refused"
        assert "host cannot ask" in (await host("run", command=NETWORK))["why"]
        for command in ("aishell mcp", "ls; curl x.org", "ls $(curl x.org)", "l\u200bs", "\u202els", "sudo ls"):
            assert (await host("run", command=command))["status"] == "refused", command
        assert "no folder" in await host.refused("run", command="ls", cwd="place")
        assert "no folder" in await host.refused("run", command="ls", cwd=f"{place}\n/etc")
        for given in ({}, {"command": 3}, {"command": "ls", "yes": True}, {"command": "x" * 20_000}, {"commit": "\u00e9"}):
            await host.refused("run", **given)
        assert "no tool" in await host.refused("rm")
        assert "parsed" in await host.refused("explain", command="ls '")

    talk(play)
    assert home.is_dir()


@pytest.mark.usefixtures("_tries")
def test_a_host_hears_how_far_it_is_and_can_cancel(talk: Talk) -> None:
    reports: list[str] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        reports.append(message or "")

    async def play(host: Host) -> None:
        loop = "for i in 1 2 3; do echo $i; sleep 0.4; done"
        await host.client.call_tool("run", {"command": loop}, progress_callback=progress)
        assert any("bytes of output" in report for report in reports)
        call = asyncio.ensure_future(host("run", command="sleep 61.25; touch x"))
        while not _running("61.25"):
            await asyncio.sleep(0.05)
        call.cancel()
        await asyncio.wait([call])
        until = time.monotonic() + 20
        while _running("61.25") and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert not _running("61.25")
        assert (await host("run", command="echo still here"))["stdout"] == "still here\n"

    talk(play)


def _running(seconds: str) -> bool:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if file.read_bytes() == f"sleep\0{seconds}\0".encode():
                return True
        except OSError:
            continue
    return False


@pytest.mark.usefixtures("_tries")
def test_words_become_a_command_with_its_trial_that_the_host_may_put_in_place(
    talk: Talk, place: Path, script: Callable[..., dict[str, str]]
) -> None:
    said = {"folder": "mkdir new", "list": "ls -l"}

    async def play(host: Host) -> None:
        reads = await host("plan", words="list the files in detail")
        assert (reads["command"], reads["tier"], reads["status"]) == ("ls -l", "READ", "proposed")
        plan = await host("plan", words="make a folder called new")
        assert (plan["command"], plan["tier"], plan["tried"]["added"]) == ("mkdir new", "DRY", 1)
        assert not (place / "new").exists()
        await host("run", commit=plan["token"])
        assert (place / "new").is_dir()

    talk(play, env=script(said))


def test_commands_are_explained_memories_recalled_and_texts_worked_on(
    talk: Talk, aishell: Run, script: Callable[..., dict[str, str]]
) -> None:
    aishell("memory", "note", f"the backup disk is called tortoise, its key is {TOKEN}")

    async def play(host: Host) -> None:
        told = await host("explain", command="ls -l")
        assert [part["text"] for part in told["parts"]] == ["ls", "-l"]
        found = (await host("recall", words="backup disk"))["found"]
        assert "tortoise" in found[0]["text"]
        assert TOKEN not in json.dumps(found)
        translated = await host("translate", text="Good morning", to="zh")
        assert translated["translate"]["text"] == "早上好"
        schema = {"properties": {"name": {"type": "string"}}}
        filled = await host("extract", text="Ada was here", schema=schema)
        assert filled["extract"]["values"] == {"name": "Ada"}
        assert "not understood" in await host.refused("extract", text="x", schema={"properties": {"a": {"type": "date"}}})
        assert "language" in await host.refused("translate", text="x", to="klingon")

    talk(play, env=script({"morning": "早上好", "Ada": '{"name": "Ada"}'}))


@pytest.mark.usefixtures("_tries")
def test_every_tool_that_is_listed_can_be_called(talk: Talk, tmp_path: Path) -> None:
    text = "Ada Lovelace was happy in London. She met Charles. They talked about engines. It rained."
    given: dict[str, dict[str, Any]] = {
        **{tool: {"words": "list the files in detail"} for tool in ("plan", "recall")},
        **{tool: {"command": "echo hi"} for tool in ("run", "explain")},
        **{tool: {"text": text} for tool in ("sentiment", "entities", "summarize")},
        "classify": {"text": text, "labels": ["people", "weather"]},
        "translate": {"text": text, "to": "zh"},
        "extract": {"text": text, "schema": {"properties": {"name": {"type": "string"}}}},
    }
    says = {"You sort": '{"answer": "people"}', "sentiment": '{"answer": "positive"}', "form": '{"name": "Ada Lovelace"}'}
    says |= {"list the names": '{"people": ["Ada Lovelace"], "places": ["London"]}', "command": "ls -l", "": "It rained."}
    (tmp_path / "lines.json").write_text(json.dumps([{"when": "", "told": told, "say": say} for told, say in says.items()]))

    async def play(host: Host) -> None:
        assert sorted(tool.name for tool in (await host.client.list_tools()).tools) == sorted(given)
        found = {tool: await host(tool, **given[tool]) for tool in given}
        assert (found["plan"]["command"], found["run"]["stdout"], found["explain"]["tier"]) == ("ls -l", "hi\n", "READ")
        assert [found[tool][tool]["label"] for tool in ("classify", "sentiment")] == ["people", "positive"]
        assert [one["name"] for one in found["entities"]["entities"]["found"]] == ["Ada Lovelace", "London"]
        assert all(found[tool][tool]["text"] for tool in ("translate", "summarize"))
        assert (found["recall"]["found"], found["extract"]["extract"]["values"]) == ([], {"name": "Ada Lovelace"})

    talk(play, env={"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(tmp_path / "lines.json")})


def test_after_a_secret_was_read_no_text_goes_to_another_machine(talk: Talk, home: Path) -> None:
    (home / ".ssh").mkdir()
    (home / ".ssh" / "id_rsa").write_text("a key, as far as names tell")
    with open_place(saying('{"answer": "positive"}')) as place:
        table = f'[remote.office]\nurl = "{place.url}"\nmodel = "m"\n'
        write_private(home / ".config" / "aishell" / "aishell.toml", f'[model]\nbackend = "remote"\nremote = "office"\n{table}')

        async def play(host: Host) -> None:
            assert (await host("sentiment", text="all is well"))["sentiment"]["label"] == "positive"
            assert (before := len(place.asked))
            assert (await host("run", command="cat ~/.ssh/id_rsa"))["status"] == "done"
            assert "model" in await host.refused("sentiment", text="what the key says")
            assert len(place.asked) == before

        talk(play, answers=["accept"], env={"AISHELL_MODEL_USE": "no-such-model"})


def test_the_server_ends_with_its_host_and_says_nothing_to_a_person(aishell: Run) -> None:
    done = aishell("mcp", input="{}\nnonsense\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_our_client_and_our_server_understand_each_other(aishell: Run, home: Path) -> None:
    folder = home / ".config" / "aishell"
    folder.mkdir(parents=True, mode=0o700)
    env = f"{{ PYTHONPATH = {json.dumps(WHERE)} }}"
    (folder / "aishell.toml").write_text(f"[mcp.self]\ncommand = {json.dumps([*AISHELL, 'mcp'])}\nenv = {env}\n")
    asked = aishell("mcp", "call", "self", "run", json.dumps({"command": NETWORK}))
    assert json.loads(asked.stdout)["status"] == "refused"
    kept = json.loads((home / ".cache/aishell/mcp/self.json").read_text())
    assert [tool["name"] for tool in kept["tools"]] == TOOLS
