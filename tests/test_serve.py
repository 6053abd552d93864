"""This machine's model at an address: who may ask, in what form, how much and how long, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from aishell.backends.openai.door import Door, Limits, listen_path, listen_port
from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.remote import RemoteBackend
from aishell.backends.openai.serving import Serving
from aishell.backends.scripted import Line, ScriptedBackend
from tests.asking import ASKED, clean, heard, unkept
from tests.conftest import AISHELL, Run
from tests.elsewhere import served

TOKEN = {"Authorization": "Bearer t0ken"}
CHAT = "/v1/chat/completions"
SAYS = ScriptedBackend((Line(when="slow", say="one two three", delay_s=20.0), Line(when="", say="well, hello")))


@asynccontextmanager
async def door(limits: Limits | None = None, backend: ScriptedBackend = SAYS) -> AsyncGenerator[int, None]:
    """A door in this process, over a script; its port."""
    listening = listen_port(0)
    opened = Door(respond=Serving(backend, "m").respond, token="t0ken", limits=limits or Limits())
    serving = asyncio.ensure_future(opened.serve(listening, lambda: None))
    try:
        yield listening.getsockname()[1]
    finally:
        serving.cancel()
        await asyncio.wait([serving])


def asking(text: str = "hi", **fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **fields}


async def post(port: int, body: Any, path: str = CHAT, headers: dict[str, str] | None = None) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
        return await client.post(f"http://127.0.0.1:{port}{path}", json=body, headers=TOKEN if headers is None else headers)


def answer(body: Any, limits: Limits | None = None, **others: Any) -> httpx2.Response:
    async def go() -> httpx2.Response:
        async with door(limits) as port:
            return await post(port, body, **others)

    return asyncio.run(go())


def test_a_completion_has_the_form_clients_know() -> None:
    found = answer(asking()).json()
    assert found["object"] == "chat.completion"
    message = {"role": "assistant", "content": "well, hello"}
    assert found["choices"] == [{"index": 0, "message": message, "finish_reason": "stop"}]
    assert found["usage"]["completion_tokens"] == 2


def test_a_stream_has_the_form_clients_know() -> None:
    lines = answer(asking(stream=True, stream_options={"include_usage": True})).text.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    events = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in events[:-1]) == "well, hello"
    assert events[-1]["usage"]["total_tokens"] == 3
    assert events[-2]["choices"][0]["finish_reason"] == "stop"


def test_parts_schemas_stops_and_a_begun_reply_reach_the_model() -> None:
    backend = ScriptedBackend((Line(when="", say="x"),))

    async def go() -> None:
        async with door(backend=backend) as port:
            schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
            parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
            turns = [("developer", "c"), ("user", parts), ("assistant", "{")]
            messages = [{"role": role, "content": content} for role, content in turns]
            more = {"stop": "q", "max_tokens": 9, "temperature": 0.5, "seed": 3, "response_format": schema}
            assert (await post(port, {"messages": messages, **more})).status_code == 200

    asyncio.run(go())
    (heard_,) = backend.heard
    assert [(one.role, one.content) for one in heard_.messages] == [("system", "c"), ("user", "ab")]
    assert (heard_.begin, heard_.stop, heard_.max_tokens, heard_.temperature, heard_.seed) == ("{", ("q",), 9, 0.5, 3)
    assert json.loads(heard_.grammar) == {"type": "object"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer t0kem"}, {"Authorization": "t0ken"}])
def test_without_the_token_nothing_is_answered(headers: dict[str, str]) -> None:
    for body in (asking(), asking("x" * 1_000_000)):
        found = answer(body, headers=headers)
        assert found.status_code == 401
        assert "hello" not in found.text


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"messages": []},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"messages": [{"role": "assistant", "content": "x"}]},
        asking(max_tokens="many"),
        asking(temperature=-1),
        asking(logprobs=True, top_logprobs=2),
        asking(logprobs=True, top_logprobs=21, max_tokens=1),
        asking(tools=[{}]),
        asking(response_format={"type": "json_schema"}),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(body: Any) -> None:
    found = answer(body)
    assert found.status_code == 400
    assert found.json()["error"]["message"]


def test_other_paths_are_not_there_and_the_model_is_listed() -> None:
    async def go() -> tuple[int, Any]:
        async with door() as port, httpx2.AsyncClient(trust_env=False) as client:
            listed = await client.get(f"http://127.0.0.1:{port}/v1/models", headers=TOKEN)
            return (await post(port, {}, "/v1/embeddings")).status_code, listed.json()["data"][0]["id"]

    assert asyncio.run(go()) == (404, "m")


def test_a_body_that_is_too_long_is_refused() -> None:
    assert answer(asking("x" * 5000), Limits(body_bytes=4000)).status_code == 413


def test_more_clients_than_there_is_room_for_are_refused_and_then_let_in() -> None:
    async def go() -> list[int]:
        async with door(Limits(clients=1)) as port:
            slow = asyncio.ensure_future(post(port, asking("slow")))
            await asyncio.sleep(0.2)
            refused = await post(port, asking())
            slow.cancel()  # the client goes away, and its place is free
            await asyncio.wait([slow])
            while (after := await post(port, asking())).status_code == 503:
                await asyncio.sleep(0.02)
            return [refused.status_code, after.status_code]

    assert asyncio.run(go()) == [503, 200]


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01\x02\x00", b"A" * 100_000])
def test_whoever_says_nothing_or_nonsense_is_let_go(sent: bytes) -> None:
    async def go() -> bytes:
        async with door(Limits(request_s=0.2)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.write_eof() if sent == b"" else None
            found = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return found

    found = asyncio.run(go())
    assert found == b"" or found.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400"))


def test_a_client_that_takes_nothing_is_let_go() -> None:
    backend = ScriptedBackend((Line(when="", say=f"{'x' * 50_000} " * 400),))

    async def go() -> None:
        async with door(Limits(write_s=0.2, clients=1), backend) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            body = json.dumps(asking(stream=True)).encode()
            head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t0ken\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await reader.read(100)
            while (await post(port, [])).status_code == 503:  # until the place is free
                await asyncio.sleep(0.05)
            writer.transport.abort()

    asyncio.run(asyncio.wait_for(go(), 20))


def test_a_socket_is_the_users_alone_and_never_another_programs(tmp_path: Path) -> None:
    path = tmp_path / "s"
    first = listen_path(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(OSError, match="another program"):
        listen_path(str(path))
    first.close()
    listen_path(str(path)).close()  # nobody listens there any more
    path.unlink()
    path.write_text("precious")
    with pytest.raises(OSError, match="in use"):
        listen_path(str(path))
    assert path.read_text() == "precious"


# ---- the command


def test_it_ends_when_it_is_told_to_and_leaves_nothing(environment: dict[str, str], script: Any, tmp_path: Path) -> None:
    with served({**environment, **script({"": "hello"})}, "--socket", str(tmp_path / "s")) as (address, token, process):
        assert address == f"unix:{tmp_path / 's'}"
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        assert len(token.read_text()) > 40
    assert process.returncode == 128 + signal.SIGTERM
    assert not token.exists()
    assert not (tmp_path / "s").exists()


def remote(home: Path, address: str) -> None:
    """Settings of a second aishell, which asks the first."""
    file = home / ".config" / "aishell" / "aishell.toml"
    file.parent.mkdir(parents=True, mode=0o700)
    table = f'[remote.other]\nurl = "{address}"\nmodel = "m"\nkey = "OTHER"\n'
    file.write_text(f'[model]\nbackend = "remote"\nremote = "other"\n{table}')
    file.chmod(0o600)


def on_terminal(environment: dict[str, str], *arguments: str) -> str:
    """What the command says to a person."""
    ours, theirs = os.openpty()
    try:
        subprocess.run(
            [*AISHELL, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=theirs, check=True, timeout=60
        )
        return os.read(ours, 1 << 16).decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_one_aishell_asks_another_and_no_secret_leaves(
    aishell: Run, environment: dict[str, str], script: Any, home: Path, tmp_path: Path
) -> None:
    first = {**environment, **script({"": "ls -l\n```"})}
    secret = "ghp_" + "a1B2" * 9
    with served(first, "--socket", str(tmp_path / "s")) as (address, token, _process):
        remote(home, address)
        env = {"OTHER": token.read_text()}
        done = aishell("-c", "--print", "--json", f"show the files of the token {secret}", env=env)
        local = aishell("-c", "--local", "--print", "show the files", env={**env, "AISHELL_MODEL_USE": "no-such-model"})
        seen = on_terminal({**environment, **env}, "-c", "--print", "show the files")
        sent = aishell("sent", "--json", env=env)
        shown = aishell("sent", "--text", env=env)
    said = json.loads(done.stdout)
    assert said["steps"][0]["command"] == "ls -l", done.stderr
    assert said["model"] == {"name": "m", "backend": "remote", "host": str(tmp_path / "s")}
    assert f"the model is at {tmp_path / 's'}" in seen
    assert secret not in sent.stdout + shown.stdout
    entries = [json.loads(line) for line in sent.stdout.splitlines()]
    assert entries
    assert any("GitHub token" in entry["redacted"] for entry in entries)
    assert env["OTHER"] not in sent.stdout
    assert "show the files of the token [redacted" in shown.stdout
    assert local.returncode == 69
    assert len(entries) == sum("bytes" in line for line in shown.stdout.splitlines() if line.startswith("20"))


def test_the_engine_of_this_machine_is_served(environment: dict[str, str], tiny_model: Path) -> None:
    async def go(address: str, token: str) -> tuple[Any, ...]:
        async def known() -> str:
            return token

        where = Endpoint(name="o", url=address, model="m", key=known, timeout_s=60.0)
        model = RemoteBackend(where, redact=clean, keep=unkept)
        plain = await heard(model, ASKED)
        schema = '{"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}'
        strict = await heard(model, replace(ASKED, grammar=schema))
        among = await heard(model, replace(ASKED, among=("yes", "no")))
        said = await heard(model, replace(ASKED, weigh=True, max_tokens=8))
        again = await heard(model, replace(ASKED, expected=said[0]))
        return plain, strict, among, said, again

    small = {"AISHELL_MODEL_USE": str(tiny_model), "AISHELL_MODEL_CONTEXT_TOKENS": "1024", "AISHELL_MEMORY_EMBEDDER": "none"}
    with served({**environment, **small}) as (address, token, _process):
        plain, strict, among, said, again = asyncio.run(go(address, token.read_text()))
    assert plain[0]
    assert plain[1].prompt_tokens > 10
    assert json.loads(strict[0])["a"] in ("x", "y")
    assert len(among[1].weights) in (0, 2)  # a small model may have neither among the likeliest
    assert again[0] == ""
    assert len(said[1].weights) > 4
    assert again[1].weights[:-1] == pytest.approx(said[1].weights[:-1], abs=0.05)  # computed together, and one by one
    assert again[1].tokens[:-1] == said[1].tokens[:-1]
