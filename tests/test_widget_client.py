"""The client of a shell's key: it speaks as the engine does, looks where the rest of aishell looks, and waits for nobody."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.backends import wire
from aishell.backends.launch import Place
from aishell.config.paths import Paths
from aishell.integrate import client

CLIENT = [sys.executable, "-I", "-S", client.__file__]
ASKED = "gi\x1e\x1e0\x1els\x1e"


def _runs(runtime: Path, *options: str, asked: str = ASKED, home: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    variables = {"XDG_RUNTIME_DIR": str(runtime), "HOME": str(home), "PATH": os.environ["PATH"]}
    told = [*CLIENT, *options, "/history"]
    return subprocess.run(told, input=asked, env=variables, capture_output=True, text=True, check=False, timeout=20)


class Engine:
    """A socket in an engine's place, which gives one answer to whoever asks."""

    def __init__(self, place: Place, answer: dict[str, object] | None, hello: dict[str, object] | None = None) -> None:
        place.make()
        self.heard: list[wire.Frame] = []
        self._answer = answer
        self._hello = hello or {"type": "hello", "version": wire.VERSION}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(place.socket))
        self._listener.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(wire.pack(self._hello))
                (length,) = wire.HEADER.unpack(connection.recv(wire.HEADER.size) or b"\0\0\0\0")
                if not length:
                    continue
                self.heard.append(wire.unpack(connection.recv(length)))
                if self._answer is None:
                    time.sleep(2)
                else:
                    connection.sendall(wire.pack({"type": "working", "id": 1}) + wire.pack(self._answer))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as folder:
        yield Path(folder)


def test_it_speaks_the_same_version_and_looks_in_the_same_place(runtime: Path) -> None:
    assert client.VERSION == wire.VERSION
    assert client.LONGEST_FRAME == wire.LONGEST_FRAME
    for variables in ({"XDG_RUNTIME_DIR": str(runtime)}, {"XDG_RUNTIME_DIR": "/gone"}, {"XDG_RUNTIME_DIR": "relative"}, {}):
        assert client.runtime(variables) == str(Paths.from_environment({"HOME": "/", **variables}).runtime)


@pytest.mark.parametrize("long", ["", "x" * 90])
def test_an_engine_is_found_where_the_others_find_it_also_when_the_path_is_too_long(runtime: Path, long: str) -> None:
    folder = runtime / long / "aishell"
    place = Place(folder, "0123456789ab")
    engine = Engine(place, None)
    try:
        assert str(place.socket) in client.sockets(str(folder))
    finally:
        engine.close()
        place.socket.unlink()


def test_lines_come_best_first_and_what_a_line_would_not_show_is_left_out(runtime: Path) -> None:
    lines = [{"line": "git größe\nx", "ghost": False}, {"line": "git \x1b[2J"}, {"line": "git\u202e"}, {"line": "git status"}]
    engine = Engine(Place(runtime / "aishell", "0123456789ab"), {"type": "suggest", "id": 1, "ready": True, "lines": lines})
    done = _runs(runtime)
    assert (done.stdout, done.returncode) == ("git größe\nx\x1egit status\x1e", 0)
    (request,) = engine.heard
    assert {name: request[name] for name in ("text", "cursor", "status", "previous", "file")} == {
        "text": "gi",
        "cursor": 2,
        "status": 0,
        "previous": ["ls"],
        "file": "/history",
    }
    engine.close()


def test_only_what_may_be_shown_unasked_and_begins_as_the_line_stands_behind_it(runtime: Path) -> None:
    lines = [{"line": "git push", "ghost": False}, {"line": "ls", "ghost": True}, {"line": "git log", "ghost": True}]
    engine = Engine(Place(runtime / "aishell", "0123456789ab"), {"type": "suggest", "id": 1, "ready": True, "lines": lines})
    assert _runs(runtime, "--ghost").stdout == "git log\x1e"
    engine.close()


@pytest.mark.parametrize(
    ("answer", "hello", "status"),
    [
        ({"type": "error", "id": 1, "message": "no", "hint": ""}, None, client.REFUSED),
        ({"type": "suggest", "id": 1, "ready": False, "lines": []}, None, client.NOT_READY),
        (None, None, client.TOO_LATE),
        ({"type": "suggest", "id": 1, "ready": True, "lines": []}, {"type": "hello", "version": 1}, client.TOO_LATE),
    ],
)
def test_whatever_is_wrong_with_an_engine_has_a_status_and_no_line(
    runtime: Path, answer: dict[str, object] | None, hello: dict[str, object] | None, status: int
) -> None:
    engine = Engine(Place(runtime / "aishell", "0123456789ab"), answer, hello)
    done = _runs(runtime)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", status)
    engine.close()


def test_a_folder_that_others_can_enter_has_no_engine(runtime: Path) -> None:
    engine = Engine(Place(runtime / "aishell", "0123456789ab"), {"type": "suggest", "id": 1, "ready": True, "lines": []})
    (runtime / "aishell").chmod(0o755)
    assert _runs(runtime).returncode == client.NO_ENGINE
    engine.close()


def test_without_an_engine_it_says_so_and_begins_to_start_one_once(runtime: Path, tmp_path: Path) -> None:
    assert _runs(runtime, home=tmp_path).returncode == client.NO_ENGINE
    assert not (runtime / "aishell").exists()
    settings = tmp_path / ".config/aishell"
    settings.mkdir(parents=True)
    (settings / "aishell.toml").write_text('[model]\nbackend = "scripted"\n')  # which has no engine to start
    assert _runs(runtime, "--start", home=tmp_path).returncode == client.NO_ENGINE
    mark = runtime / "aishell" / "asked-to-start"
    first = mark.stat().st_mtime_ns
    assert (runtime / "aishell").stat().st_mode & 0o777 == 0o700
    assert _runs(runtime, "--start", home=tmp_path).returncode == client.NO_ENGINE
    assert mark.stat().st_mtime_ns == first


def test_it_needs_nothing_that_takes_time_to_import() -> None:
    told = [sys.executable, "-X", "importtime", *CLIENT[1:], "/history"]
    done = subprocess.run(told, input=ASKED, env={"XDG_RUNTIME_DIR": "/gone"}, capture_output=True, text=True, check=False)
    imported = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    assert "json" in imported
    assert not {"aishell", "asyncio", "subprocess", "pathlib", "typing", "dataclasses", "hashlib"} & imported
