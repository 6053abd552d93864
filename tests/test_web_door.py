"""The web door: who is let in, real requests, and a person in a real browser."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aishell.cli import web
from aishell.cli.web.door import Door
from aishell.core.errors import UsageError
from tests.conftest import AISHELL

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
served = pytest.mark.skipif(not find_spec("textual_serve"), reason="without the extra `web`")
browsed = pytest.mark.skipif(not (CHROMIUM and find_spec("playwright")), reason="no Chromium, or no playwright, here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running `aishell web`, not visited yet."""

    process: subprocess.Popen[str]
    address: str

    @property
    def authority(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def path(self) -> str:
        return f"/?{urlsplit(self.address).query}"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers and text. In the names of headers `_` stands for `-`."""
        with closing(http.client.HTTPConnection(self.authority, timeout=20)) as line:
            line.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()

    def cookie(self) -> str:
        return self.get(self.path)[1]["Set-Cookie"].partition(";")[0]

    def session(self, **headers: str) -> http.client.HTTPConnection:
        """A websocket, asked for; what is answered is still to be read."""
        line = http.client.HTTPConnection(self.authority, timeout=20)
        line.request("GET", "/ws?width=80&height=24", headers={**UPGRADE, **headers})
        return line

    def children(self) -> list[str]:
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()


@pytest.fixture
def door(environment: dict[str, str], script: Callable[..., dict[str, str]], home: Path) -> Iterator[Served]:
    own = {**environment, **script({"file": "touch made.txt", "": "ls"}), "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen([*AISHELL, "web"], cwd=home, env=own, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield Served(process=process, address=process.stdout.readline().strip())
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    process.stdout.close()


def until(there: Callable[[], object]) -> None:
    ends = time.monotonic() + 20
    while not there():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_token_is_worth_a_cookie_once() -> None:
    door = Door("127.0.0.1", 8000)
    token = urlsplit(door.address).query.removeprefix("token=")
    assert door.admit("") is door.admit(f"{token}x") is door.admit("é") is None
    assert not door.knows("")
    cookie = door.admit(token)
    assert cookie
    assert cookie != token
    assert door.admit(token) is None
    assert [door.knows(one) for one in (cookie, token, "", "é")] == [True, False, False, False]
    assert "token" not in door.address


@pytest.mark.parametrize(
    ("hosts", "origins", "sites", "page", "socket"),
    [
        (["127.0.0.1:8000"], [], [], True, False),
        (["127.0.0.1:8000"], ["http://127.0.0.1:8000"], ["same-origin"], True, True),
        (["127.0.0.1:8000"], [], ["none"], True, False),
        (["127.0.0.1:8000"], [], ["cross-site"], False, False),
        (["127.0.0.1:8000"], ["http://127.0.0.1:8000"], ["same-site"], False, False),
        (["127.0.0.1:8000"], ["http://127.0.0.1:8001"], [], False, False),
        (["127.0.0.1:8000"], ["https://127.0.0.1:8000"], [], False, False),
        (["127.0.0.1:8000"], ["http://127.0.0.1:8000", "http://evil"], [], False, False),
        (["127.0.0.1:8000"], ["null"], [], False, False),
        (["evil:8000"], ["http://evil:8000"], ["same-origin"], False, False),
        (["127.0.0.1:8000", "evil"], [], [], False, False),
        (["127.0.0.1"], [], [], False, False),
        ([], [], [], False, False),
    ],
)
def test_only_our_own_page_and_the_address_line_are_ours(
    hosts: list[str], origins: list[str], sites: list[str], page: bool, socket: bool
) -> None:
    door = Door("127.0.0.1", 8000)
    assert [door.is_ours(hosts, origins, sites, socket=one) for one in (False, True)] == [page, socket]


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_EXTRA", "a_package_that_nobody_has")
    with pytest.raises(UsageError) as told:
        web.run([])
    assert "aishell-terminal[web]" in told.value.hint


@served
@pytest.mark.parametrize("address", ["0.0.0.0", "10.1.2.3", "::", "somewhere", "::ffff:10.0.0.1"])
def test_it_listens_where_no_other_machine_comes_or_nowhere(address: str) -> None:
    with pytest.raises(UsageError, match="other machines|no IP address"):
        web.run(["--address", address])


@served
def test_without_the_token_there_is_nothing_but_403(door: Served) -> None:
    for path in ("/", "/?token=", "/?token=x", "/page.js", "/static/js/textual.js", "/static/", "/ws", "/nothing"):
        status, headers, text = door.get(path)
        assert (status, "Set-Cookie" in headers) == (403, False), path
        assert len(text) < 200
    with closing(door.session(Origin=f"http://{door.authority}", Cookie="aishell=x")) as line:
        assert line.getresponse().status == 403
    assert door.children() == []


@served
def test_no_other_origin_and_no_other_name_comes_in_and_none_uses_the_token_up(door: Served) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert door.get(door.path, **headers)[0] == 403
    status, found, _ = door.get(door.path)
    assert (status, found["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(found["Set-Cookie"].split("; "))
    cookie = found["Set-Cookie"].partition(";")[0]
    assert door.get(door.path)[0] == 403  # once
    status, found, text = door.get("/", Cookie=cookie)
    assert status == 200
    assert "frame-ancestors 'none'" in found["Content-Security-Policy"]
    assert "unsafe-eval" not in found["Content-Security-Policy"]
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
    assert door.get("/nothing", Cookie=cookie)[0] == 404
    assert door.get("/static/../serve.py", Cookie=cookie)[0] == 404
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": f"http://{door.authority}", "Host": "evil.example"}):
        with closing(door.session(Cookie=cookie, **headers)) as line:
            assert line.getresponse().status == 403, headers
    assert door.children() == []


@served
def test_one_page_has_a_session_and_its_end_is_the_sessions(door: Served) -> None:
    own = {"Cookie": door.cookie(), "Origin": f"http://{door.authority}"}
    with closing(door.session(**own)) as first:
        assert b" 101 " in first.sock.recv(200)
        until(door.children)
        with closing(door.session(**own)) as second:
            assert second.getresponse().status == 409
        assert len(door.children()) == 1
    until(lambda: not door.children())
    with closing(door.session(**own)) as again:
        assert b" 101 " in again.sock.recv(200)
        until(door.children)
        (child,) = door.children()
        door.process.send_signal(signal.SIGTERM)
        assert door.process.wait(20) == 128 + signal.SIGTERM
        assert not Path(f"/proc/{child}").exists()


class Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
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
def test_other_pages_of_the_same_browser_do_not_get_in(door: Served, chromium: Any, elsewhere: str) -> None:
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
    page.goto(elsewhere)
    opened = "new Promise(say => {{ const s = new WebSocket('ws://{}/ws'); s.onopen = () => say(1); s.onerror = () => say(0) }})"
    assert page.evaluate(opened.format(door.authority)) == 0
    read = "fetch('http://{}/', {{credentials: 'include'}}).then(() => 1, () => 0)"
    assert page.evaluate(read.format(door.authority)) == 0
    assert page.goto(rebound.partition("?")[0]).status == 403
    assert door.children() == []
    assert [one["httpOnly"] for one in context.cookies()] == [True]
