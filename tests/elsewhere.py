"""Models outside of the process that asks: servers of others, another aishell, a place that fails; all of them real."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from urllib.request import urlopen

import pytest

from aishell.backends.spec import WAITING
from tests.endpoints import HEAD, Answer, Asked, Place, event, open_place, raw, status, through
from tools import llama_server

AISHELL = [sys.executable, "-m", "aishell"]
PLACES = ("here", "llama-server", "llama_cpp.server", "another aishell", "flaky")
SERVERS = ("llama-server", "llama_cpp.server")
_PYTHON_SERVER = ("uvicorn", "fastapi", "sse_starlette", "starlette_context", "pydantic_settings", "yaml")

TROUBLES = (
    raw(b""),
    status(429, "", Retry_After="0.01"),
    status(500, "<html>oops</html>"),
    raw(HEAD, event("rm -rf /"), pause_s=30.0),
    raw(HEAD, event("rm -rf /"), b"data: {garbage\n\n"),
    raw(HEAD, b"data: " + b"x" * 3_000_000),
    raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    raw(HEAD, *[b": still here\n\n"] * 400, pause_s=0.01),
)
"""Dropped, busy, broken, silent in the middle, garbled, without bounds, no HTTP at all, and alive without a word."""


def in_circles(*answers: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Each request gets the next one."""
    turns = cycle(answers)
    return lambda asked: next(turns)(asked)


@dataclass(slots=True, kw_only=True)
class Elsewhere:
    """A model as the settings of an aishell name it."""

    settings: str
    places: dict[str, Place] = field(default_factory=dict)
    """What listens on the way to it, and hears everything."""

    def heard(self) -> str:
        """All that was sent anywhere."""
        asked = (json.dumps(body, ensure_ascii=False) for place in self.places.values() for body in place.asked)
        return "\n".join((*(head for place in self.places.values() for head in place.heads), *asked))


@contextmanager
def served(environment: Mapping[str, str], *arguments: str) -> Iterator[tuple[str, Path, subprocess.Popen[str]]]:
    """`aishell serve`; its address and the file of its token."""
    process = subprocess.Popen([*AISHELL, "serve", "--openai", *arguments], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = process.stdout.readline().split(" at ")[1].strip()
        token = Path(process.stdout.readline().removeprefix("token in ").strip())
        yield address, token, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@contextmanager
def server(place: str, model: Path, *, context: int = 1024, threads: int = 1) -> Iterator[str]:
    """llama.cpp's own server, or the one of its Python package; its address. Skips where that is not installed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (_own if place == "llama-server" else _python)(model, port, context, threads)
    process = subprocess.Popen(command, env={**os.environ, **WAITING}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert process.poll() is None
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/v1/models"):  # it listens before it has its model
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()  # asked to end, the Python one first computes what it is at, which nobody waits for
        process.wait(20)


def _own(model: Path, port: int, context: int, threads: int) -> list[str]:
    found = shutil.which("llama-server") or str(llama_server.cached())
    if not Path(found).exists():
        pytest.skip("there is no llama-server; `make llama-server` builds one")
    where = ["-m", str(model), "--host", "127.0.0.1", "--port", str(port)]
    return [found, *where, "-c", str(4 * context), "-t", str(threads)]  # for the four that it computes at once


def _python(model: Path, port: int, context: int, threads: int) -> list[str]:
    if not all(find_spec(name) for name in _PYTHON_SERVER):
        pytest.skip("what llama_cpp.server needs is not installed")
    server = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1", "--port", str(port)]
    # by itself it breaks a reply off when the next request comes, also one of the same shell
    return [*server, "--n_ctx", str(context), "--n_threads", str(threads)]


def settings(use: str, places: Mapping[str, Place], timeouts: Mapping[str, float], more: str = "") -> str:
    """TOML: these places in their order, of the model `use`; `more`: lines for each of them."""
    tables = (
        f'[remote.{name}]\nurl = "{place.url}"\nmodel = "{use}"\ntimeout_s = {timeouts[name]}\ncontext_tokens = 4096\n{more}'
        for name, place in places.items()
    )
    return f'[model]\nbackend = "remote"\nremote = "{" ".join(places)}"\nuse = "{use}"\n{"".join(tables)}'


@contextmanager
def model_at(place: str, name: str, file: Path, environment: Mapping[str, str]) -> Iterator[Elsewhere]:
    """One of PLACES, with that model of the catalog; `environment`: of the other aishell, whose engine it is."""
    if place == "here":
        yield Elsewhere(settings=f'[model]\nuse = "{name}"\n')
        return
    with ExitStack() as opened:
        if place in SERVERS:
            good = through(opened.enter_context(server(place, file, context=4096, threads=2)))
        else:
            address, token, _ = opened.enter_context(served({**environment, "AISHELL_MODEL_USE": name}))
            good = through(address, token.read_text())
        places = {"flaky": opened.enter_context(open_place(in_circles(*TROUBLES)))} if place == "flaky" else {}
        places["good"] = opened.enter_context(open_place(good))
        more = "at_once = 1\n" if place == "llama_cpp.server" else ""
        yield Elsewhere(settings=settings(name, places, {"flaky": 1.0, "good": 100.0}, more), places=places)
