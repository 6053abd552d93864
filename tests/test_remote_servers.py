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

from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.remote import RemoteBackend
from aishell.core.types import Message
from tests.asking import ASKED, clean, heard, unkept

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
