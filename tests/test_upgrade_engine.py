"""An engine of another version that still runs when a shell of this one comes: it is replaced, and never in the way."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aishell.backends import brief, state, wire
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import ModelUnavailable
from tests.conftest import ROOT
from tests.engines import reply, using

_EARLIER = """
import json, socket, struct, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as asked:
        connection.sendall(struct.pack(">I", len(sys.argv[2])) + sys.argv[2].encode())
        while len(head := asked.read(4)) == 4:
            print(asked.read(struct.unpack(">I", head)[0]).decode(), flush=True)
"""
"""Greets as it is told to, does not know the words of today, and says what it hears."""


@contextmanager
def earlier(place: Place, greeting: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """At `place`, as an engine is found there: a socket, and a file that says which process it is."""
    place.make()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place.socket))
        listener.listen()
        hello = json.dumps({"type": "hello", **greeting})
        command = [sys.executable, "-c", _EARLIER, str(listener.fileno()), hello]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], stdout=subprocess.PIPE, text=True)
    known = state.State.of(process.pid, 2048, reduced=False)
    place.state.write_text(json.dumps({"pid": known.pid, "born": known.born, "of_then": True}))
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "greeting",
    [{"version": 1}, {"version": 4, "fingerprint": "f", "pid": 1}, {"version": wire.VERSION, "fingerprint": "f", "pid": 1}],
)
def test_it_is_told_to_end_and_another_answers(spec: LlamaSpec, place: Place, greeting: dict[str, Any]) -> None:
    with earlier(place, greeting) as old:
        shell = EngineBackend(spec, place=place)

        async def use() -> None:
            text, said = await reply(shell)
            assert text
            assert said == []

        using([shell], use)
        assert old.poll() is None  # those whom it serves are not left alone
        assert old.stdout
        assert json.loads(old.stdout.readline()) == {"type": "stop", "now": False}
        last = state.read(place.state)
        assert last
        assert last.pid not in (old.pid, 1)


def test_what_is_asked_at_each_key_is_not_asked_of_it(place: Place) -> None:
    with earlier(place, {"version": wire.VERSION - 1}) as old:
        assert brief.ask(place, "suggest", 5.0, text="ma") is None
        old.kill()
        assert old.stdout
        assert old.stdout.read() == ""


def test_a_session_whose_version_is_gone_from_the_disk_says_so(
    spec: LlamaSpec, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "aishell", tmp_path / "aishell", ignore=shutil.ignore_patterns("__pycache__"))
    spoken = tmp_path / "aishell/backends/wire.py"
    spoken.write_text(spoken.read_text().replace(f"VERSION = {wire.VERSION}", f"VERSION = {wire.VERSION + 1}"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    shell = EngineBackend(spec, place=place)

    async def use() -> None:
        with pytest.raises(ModelUnavailable, match="The engine is of another version of aishell") as told:
            await reply(shell)
        assert told.value.hint == "A new session is of that, too."

    using([shell], use)
