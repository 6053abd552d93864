"""The web door in a real browser: a person who uses it, and pages that have no business there."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.doors import Served, served, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browsed = pytest.mark.skipif(not (CHROMIUM and find_spec("playwright")), reason="no Chromium, or no playwright, here")


class Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def another_origin() -> Iterator[str]:
    """A page of another origin, on this machine as well."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}/"
        made.shutdown()


class Browser:
    """A person in front of Chromium. What is on the screen is taken from what the page is sent."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.sent = ""
        page.on("dialog", lambda dialog: dialog.accept())  # leave the page?
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            self.sent += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frame.decode("utf-8", "replace"))

    def sees(self, text: str) -> None:
        ends = time.monotonic() + 30
        while text not in self.sent:
            assert time.monotonic() < ends, self.sent
            self.page.wait_for_timeout(50)

    def sends(self, line: str) -> None:
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")


@pytest.fixture
def chromium(door: Served) -> Iterator[Any]:
    """With `evil.example` led to where the door listens."""
    from playwright.sync_api import sync_playwright

    host = urlsplit(door.address).hostname
    flags = [f"--host-resolver-rules=MAP evil.example {host}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@served
@browsed
def test_a_person_types_a_request_agrees_and_sees_what_came_of_it(
    door: Served, chromium: Any, home: Path, tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": 1000, "height": 600})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(request.url))
    person = Browser(page)
    page.goto(door.address)
    assert page.url == f"http://{door.authority}/"
    person.sees("Welcome to aishell")
    person.sees("script")
    person.sends("make a new file please")
    person.sees("touch made.txt")
    page.wait_for_timeout(500)  # until the question can have been read
    assert not (home / "made.txt").exists()
    page.keyboard.press("Enter")
    until(lambda: (home / "made.txt").exists())
    person.sees("takes it back")
    page.wait_for_timeout(500)  # until keys go to the prompt again
    person.sends("echo $((40+2))-seen")
    person.sees("42-seen")
    assert len(page.screenshot(path=tmp_path / "screen.png")) > 10_000
    assert errors == []
    person.sent = ""
    page.reload()  # another session: the first is gone, and nothing asks for the token
    person.sees("script")
    assert len(door.children()) == 1
    page.wait_for_timeout(500)
    person.sends("exit")
    page.get_by_text("The session has ended.").wait_for(timeout=20_000)
    until(lambda: not door.children())


@served
@browsed
def test_other_pages_of_the_same_browser_do_not_get_in(door: Served, chromium: Any, another_origin: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    rebound = door.address.replace(str(urlsplit(door.address).hostname), "evil.example")
    assert page.goto(rebound).status == 403
    assert context.cookies() == []
    own = context.new_page()
    assert own.goto(door.address).status == 200
    until(door.children)
    own.close()
    until(lambda: not door.children())
    page.goto(another_origin)
    opened = "new Promise(say => {{ const s = new WebSocket('ws://{}/ws'); s.onopen = s.onerror = e => say(e.type) }})"
    assert page.evaluate(opened.format(door.authority)) == "error"
    read = "fetch('http://{}/', {{credentials: 'include'}}).then(() => 1, () => 0)"
    assert page.evaluate(read.format(door.authority)) == 0
    assert page.goto(rebound.partition("?")[0]).status == 403
    assert door.children() == []
    assert [one["httpOnly"] for one in context.cookies()] == [True]
