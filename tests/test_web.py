"""A page from the public internet and from nowhere else: real sockets, a real server on this machine."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aishell.actions import parse
from aishell.actions.risk import Rules
from aishell.actions.web import Page, fetch, public
from aishell.cli.fetch import lines
from aishell.config.paths import shipped
from aishell.core.errors import AishellError, UsageError
from aishell.core.types import Tier

PAGES = {
    "/plain": ("text/plain", b"hello\n"),
    "/page": ("text/html", b"<title>T</title><script>evil()</script><h1>Head</h1><p>one <b>two</b></p>"),
    "/image": ("image/png", b"\x89PNG"),
    "/long": ("text/plain", b"x" * 5000),
}


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        kind, body = PAGES.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def get(url: str, most_bytes: int = 1000) -> Page:
    return fetch(url, most_bytes=most_bytes, seconds=5, allowed=lambda address: str(address) == "127.0.0.1")


@pytest.mark.parametrize(
    "text",
    "127.0.0.1 10.1.2.3 192.168.0.1 172.16.0.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 :: fe80::1 "
    "fc00::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: ff02::1".split(),
)
def test_no_address_inside_the_machine_or_its_network_is_public(text: str) -> None:
    assert not public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are(text: str) -> None:
    assert public(ipaddress.ip_address(text))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "0", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_nothing_is_fetched_from_this_machine_however_it_is_written(server: str, name: str) -> None:
    port = server.rpartition(":")[2]
    with pytest.raises(AishellError, match=r"inside this machine|no machine|no address"):
        fetch(f"http://{name}:{port}/plain", most_bytes=1000, seconds=5)


def test_a_redirection_is_checked_like_the_page_itself(server: str) -> None:
    assert get(f"{server}/to?/plain").data == b"hello\n"
    with pytest.raises(UsageError, match="inside this machine"):
        get(f"{server}/to?http://127.0.0.2/secret")
    with pytest.raises(UsageError, match="no address"):
        get(f"{server}/to?file:///etc/passwd")
    with pytest.raises(AishellError, match="on and on"):
        get(f"{server}/to?/to?/to?/to?/to?/to?/to?/plain")


def test_only_text_comes_and_only_so_much(server: str) -> None:
    with pytest.raises(UsageError, match="no text"):
        get(f"{server}/image")
    page = get(f"{server}/long")
    assert (len(page.data), page.complete) == (1000, False)
    with pytest.raises(AishellError, match="404"):
        get(f"{server}/nothing")


def test_a_page_is_read_without_what_nobody_sees(server: str) -> None:
    assert list(lines(get(f"{server}/page"))) == ["T", "\nHead", "one two"]


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(AishellError, match="does not give the page"):
            fetch(url, most_bytes=10, seconds=0.3, allowed=lambda _address: True)


@pytest.mark.parametrize("url", ["ftp://example.org/", "http://", "example.org", "http://u:p@example.org/", "http://a b/"])
def test_what_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        fetch(url, most_bytes=10, seconds=1)


def test_the_judge_asks_about_it_and_names_the_machine() -> None:
    verdict = Rules.from_file(shipped("policy.toml")).judge(parse.inspect("aishell fetch 'https://example.org/x'"), "/")
    assert (verdict.tier, verdict.network, verdict.hosts) == (Tier.ASK, True, ("example.org",))
