"""One short question to an engine that is already there, without an event loop: for what is asked on each key.

Nothing is started, nothing is waited for beyond the time given, and whatever goes wrong is no answer.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from aishell.backends import wire

if TYPE_CHECKING:
    from aishell.backends.launch import Place


def ask(place: Place, kind: str, timeout_s: float, **fields: object) -> wire.Frame | None:
    """The answer to a request that has one frame, such as `nearest`; None when there is no engine, or one of another version,
    or it answers with an error, or not in time."""
    until = time.monotonic() + timeout_s
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(place.socket))
            if not wire.same_user(connection):
                return None
            hello = _frame(connection, until)
            if hello["type"] != "hello" or hello.get("version") != wire.VERSION:
                return None
            connection.sendall(wire.pack({**fields, "type": kind, "id": 1}))
            while (answer := _frame(connection, until))["type"] == "working":
                pass
            return None if answer["type"] == "error" else answer
    except (OSError, wire.BadFrame):
        return None


def _frame(connection: socket.socket, until: float) -> wire.Frame:
    return wire.unpack(_exactly(connection, wire.body_length(_exactly(connection, wire.HEADER.size, until)), until))


def _exactly(connection: socket.socket, count: int, until: float) -> bytes:
    """Raises OSError when the time is over or the other side has closed."""
    parts: list[bytes] = []
    while count:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(min(count, 1 << 16))
        if not part:
            raise ConnectionResetError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
