"""The first half minute of a new person, with a real fetch from a server of our own, and what goes wrong in it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from textual.widgets import Button, ProgressBar

from aishell.assets.catalog import Asset, Source
from aishell.config.paths import Paths
from aishell.ui.widgets.welcome import Welcome
from tests.screening import Person, at_screen, text
from tests.stage import on_loop

DATA = random.Random(7).randbytes(600_000)


class Slow(ThreadingHTTPServer):
    """Sends half of the file, and the rest when it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Half)
        self.rest = threading.Event()


class _Half(BaseHTTPRequestHandler):
    server: Slow

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA[:300_000])
        self.server.rest.wait(30)
        self.wfile.write(DATA[300_000:])

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Slow]:
    with Slow() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.rest.set()
        running.shutdown()


def offered(home: Path, *, url: str, sha256: str) -> Path:
    """Puts a "model" into the catalog of whoever lives there; where it will lie."""
    asset = Asset(
        id="small", kind="knowledge", title="small", licence="x", size=len(DATA), sha256=sha256, file_name="small.bin",
        sources=(Source(url=url),),
    )  # fmt: skip
    folder = Paths.from_environment({"HOME": str(home)}).assets
    folder.mkdir(parents=True)
    (folder / "added.json").write_text(json.dumps([asdict(asset)]))
    return folder / "small" / "small.bin"


FETCHING = {"AISHELL_MODEL_BACKEND": "engine", "AISHELL_MODEL_USE": "small"}


def press(person: Person, button: str) -> None:
    person.blocks(Welcome)[0].query_one(button, Button).press()


@on_loop
async def test_the_model_is_fetched_with_progress_while_the_shell_works_and_then_words_do(tmp_path: Path, server: Slow) -> None:
    address = f"http://127.0.0.1:{server.server_address[1]}/small.bin"
    file = offered(tmp_path / "home", url=address, sha256=hashlib.sha256(DATA).hexdigest())
    script = ("list", "echo from-words")
    async with at_screen(tmp_path / "home", script, new=True, model=file.exists, settings=FETCHING) as person:
        await person.until(lambda: person.blocks(Welcome))
        assert not file.parent.exists()  # nothing before the person says so
        press(person, "#fetch")
        bar = person.blocks(Welcome)[0].query_one(ProgressBar)
        await person.until(lambda: bar.progress >= 250_000)
        assert bar.display
        assert text(await person.runs("echo meanwhile")) == "meanwhile\n"
        server.rest.set()
        await person.until(lambda: person.status.model == "script")
        assert file.read_bytes() == DATA
        assert not person.blocks(Welcome)[0].has_class("-fetching")
        assert text(await person.runs("list what is in here please")) == "from-words\n"


@on_loop
async def test_a_fetch_that_fails_says_why_and_can_be_tried_again(tmp_path: Path, server: Slow) -> None:
    server.rest.set()
    address = f"http://127.0.0.1:{server.server_address[1]}/small.bin"
    file = offered(tmp_path / "home", url=address, sha256="0" * 64)
    async with at_screen(tmp_path / "home", new=True, model=file.exists, settings=FETCHING) as person:
        await person.until(lambda: person.blocks(Welcome))
        press(person, "#fetch")
        fetch = person.blocks(Welcome)[0].query_one(".fetch")
        await person.until(lambda: not fetch.display)
        await person.until(lambda: fetch.display)
        assert not file.exists()
        assert person.status.model == ""


@on_loop
async def test_a_history_that_was_refused_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".bash_history").write_text("make old-thing\n")
    async with at_screen(tmp_path / "home", new=True) as person:
        await person.until(lambda: person.blocks(Welcome))
        press(person, "#no-import")
        await person.pilot.pause()
        assert "old-thing" not in text(await person.runs("recall old-thing"))
        assert os.environ["HOME"] == str(tmp_path / "home")


@on_loop
async def test_a_model_that_is_in_no_catalog_is_told_and_the_shell_works(tmp_path: Path) -> None:
    wrong = {"AISHELL_MODEL_BACKEND": "engine", "AISHELL_MODEL_USE": "smal"}
    async with at_screen(tmp_path / "home", new=True, model=False, settings=wrong) as person:
        await person.until(lambda: "no model 'smal' in the catalog" in person.notices())
        assert text(await person.runs("echo works")) == "works\n"
