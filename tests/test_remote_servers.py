"""A server that others wrote, over a real model: skipped where none is installed."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from aishell import wiring
from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.remote import RemoteBackend
from aishell.config.paths import Paths
from aishell.config.settings import MemorySettings, ModelSettings, RemoteSettings, Settings
from aishell.core.types import Message
from tests.asking import ASKED, clean, heard, unkept
from tests.endpoints import HEAD, event, in_turn, open_place, raw, status

_PYTHON_SERVER = ("uvicorn", "fastapi", "sse_starlette", "starlette_context", "pydantic_settings", "yaml")


def command(model: Path, port: int) -> list[str]:
    """llama.cpp's own server, or the one of its Python package."""
    if found := shutil.which("llama-server"):
        return [found, "-m", str(model), "--host", "127.0.0.1", "--port", str(port), "-c", "1024", "-t", "1"]
    if all(find_spec(name) for name in _PYTHON_SERVER):
        server = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1"]
        return [*server, "--port", str(port), "--n_ctx", "1024", "--n_threads", "1"]
    pytest.skip("neither llama-server nor what llama_cpp.server needs is installed")


@pytest.fixture(scope="module")
def address(tiny_model: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(command(tiny_model, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert process.poll() is None
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(20)


def test_the_engine_of_this_machine_answers_for_a_place_that_fails(tiny_model: Path, environment: dict[str, str]) -> None:
    paths = Paths.from_environment(environment)
    with open_place(in_turn(status(500), status(429, Retry_After="0.01"), raw(HEAD, event("half"), b"data: {x\n\n"))) as place:
        wanted = Settings(
            model=ModelSettings(backend="remote", remote="office local", use=str(tiny_model), context_tokens=1024),
            memory=MemorySettings(embedder="none", multilingual="none"),
            remote={"office": RemoteSettings(url=place.url, model="m")},
        )
        text, usage, said = asyncio.run(heard(wiring.open_backend(wanted, paths), ASKED))
        assert len(place.asked) == 3
    assert said[-1].endswith("Going on with the model on this machine.")
    assert text
    assert "half" not in text
    assert usage.prompt_tokens > 10


def test_a_server_of_llama_cpp_answers_in_pieces_by_schema_and_goes_on_from_a_beginning(address: str) -> None:
    async def go() -> list[str]:
        model = RemoteBackend(Endpoint(name="o", url=address, model="m"), redact=clean, keep=unkept)
        schema = '{"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"]}'
        short = replace(ASKED, messages=(Message(role="user", content="Say hello."),))
        asked = (short, replace(short, grammar=schema, max_tokens=40), replace(short, begin="Hello, my name is", weigh=True))
        return [(await heard(model, prompt))[0] for prompt in asked]

    plain, strict, begun = asyncio.run(go())
    assert plain
    assert json.loads(strict)["a"] in ("x", "y")
    assert begun
