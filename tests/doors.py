"""A running `aishell web`, and what visits it."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
served = pytest.mark.skipif(not find_spec("textual_serve"), reason="without the extra `web`")


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

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers and text. In the names of headers `_` stands for `-`."""
        with closing(http.client.HTTPConnection(self.authority, timeout=20)) as line:
            line.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
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


def until(there: Callable[[], object]) -> None:
    ends = time.monotonic() + 20
    while not there():
        assert time.monotonic() < ends
        time.sleep(0.05)
