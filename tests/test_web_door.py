"""The web door: who is let in, with real requests."""

from __future__ import annotations

import re
import signal
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aishell.cli import web
from aishell.cli.web.door import Door
from aishell.core.errors import UsageError
from tests.doors import Served, served, until


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


def test_a_session_is_told_of_the_terminal_in_the_browser_and_keeps_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "SSH_TTY", "KITTY_WINDOW_ID", "SSH_AUTH_SOCK", "EDITOR"):
        monkeypatch.setenv(name, "x")
    made = web._environment()
    assert {"SSH_AUTH_SOCK", "EDITOR", "PATH"} <= set(made)
    assert not {"TMUX", "SSH_TTY", "KITTY_WINDOW_ID"} & set(made)
    assert made["TERM"] == "xterm-256color"


@served
@pytest.mark.parametrize("address", ["0.0.0.0", "10.1.2.3", "::", "somewhere", "::ffff:10.0.0.1"])
def test_it_listens_where_no_other_machine_comes_or_nowhere(address: str) -> None:
    with pytest.raises(UsageError, match=r"other machines|no IP address"):
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
    assert [door.get(door.path, method)[0] for method in ("HEAD", "POST", "OPTIONS")] == [403, 403, 403]
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
