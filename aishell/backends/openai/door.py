"""An HTTP/1.1 server for few and known clients: one request a connection, bounded in size, number and time. h11 reads HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import h11

_HEAD_BYTES = 16 << 10
_READ = 64 << 10
_LINGER_S = 1.0
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}
_REASONS |= {408: "Request Timeout", 413: "Content Too Large", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    clients: int = 32
    body_bytes: int = 4 << 20
    request_s: float = 15.0
    """For a client to say what it wants."""
    write_s: float = 30.0
    """For a client to take what it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Exception):
    status: int
    said: str

    def table(self) -> dict[str, Any]:
        return {"error": {"message": self.said, "type": "invalid_request_error" if self.status < 500 else "server_error"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    pieces: AsyncGenerator[bytes, None]
    kind: str = "application/json"
    """Its media type."""


Respond = Callable[[Request], "Response"]
"""Raises Refusal."""


def plainly(value: Any) -> Response:
    """One JSON value as a response."""

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield json.dumps(value).encode()

    return Response(pieces=pieces())


@dataclass(slots=True, kw_only=True)
class Door:
    """Answers whoever knows the token."""

    respond: Respond
    token: str
    limits: Limits = field(default_factory=Limits)
    _clients: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, listening: socket.socket, ready: Callable[[], None]) -> None:
        """Until it is cancelled; then nobody is left connected."""
        unix = listening.family == socket.AF_UNIX
        start = asyncio.start_unix_server if unix else asyncio.start_server
        server = await start(self._client, sock=listening, limit=_READ)
        try:
            ready()
            await asyncio.Event().wait()
        finally:
            server.close()
            for task in self._clients:
                task.cancel()
            await asyncio.gather(*self._clients, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        try:
            await self._one(connection, reader, writer)
        except (OSError, TimeoutError, h11.ProtocolError):
            pass  # it went away, was too slow, or speaks something else
        finally:
            writer.transport.abort() if self._stuck(writer) else writer.close()

    @staticmethod
    def _stuck(writer: asyncio.StreamWriter) -> bool:
        """Whether it has not taken what it was given: closing would wait for it."""
        return writer.transport.get_write_buffer_size() > 0

    async def _one(self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            response = self.respond(await self._asked(connection, reader))
        except Refusal as refusal:
            await self._write(connection, writer, plainly(refusal.table()), refusal.status)
            await self._rest(reader)
            return
        writing = asyncio.ensure_future(self._write(connection, writer, response, 200))
        gone = asyncio.ensure_future(reader.read(1))  # nothing more is to come: an answer nobody waits for ends
        try:
            await asyncio.wait([writing, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writing, gone):
                task.cancel()
            await asyncio.wait([writing, gone])
        if not writing.cancelled():
            writing.result()

    async def _rest(self, reader: asyncio.StreamReader) -> None:
        """Read what a refused client still sends, for a moment: to close at once would reset what it was told."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while await reader.read(_READ):
                    pass

    async def _asked(self, connection: h11.Connection, reader: asyncio.StreamReader) -> Request:
        """Raises Refusal."""
        if len(self._clients) > self.limits.clients:
            raise Refusal(status=503, said=f"There are {self.limits.clients} clients already.")
        try:
            async with asyncio.timeout(self.limits.request_s):
                return await self._request(connection, reader)
        except TimeoutError:
            raise Refusal(status=408, said="The request took too long to come.") from None
        except h11.RemoteProtocolError as error:
            raise Refusal(status=400, said=f"That is no HTTP: {error}") from None

    async def _request(self, connection: h11.Connection, reader: asyncio.StreamReader) -> Request:
        """Raises Refusal, TimeoutError, h11.RemoteProtocolError."""
        head: h11.Request | None = None
        body = b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = await reader.read(_READ)
                if not data:
                    raise ConnectionResetError
                connection.receive_data(data)
            elif isinstance(event, h11.Request):
                head = event
                self._admit(event)  # before its body is read
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
                if len(body) > self.limits.body_bytes:
                    raise Refusal(status=413, said=f"A request may have {self.limits.body_bytes >> 20} MB.")
            elif isinstance(event, h11.EndOfMessage) and head:
                return Request(method=head.method.decode(), path=head.target.decode("latin-1").partition("?")[0], body=body)
            else:
                raise ConnectionResetError

    def _admit(self, head: h11.Request) -> None:
        """Raises Refusal for whoever does not know the token."""
        fields = dict(head.headers)
        if not secrets.compare_digest(fields.get(b"authorization", b""), f"Bearer {self.token}".encode()):
            raise Refusal(status=401, said="Authorization: Bearer TOKEN is missing or wrong.")

    async def _write(self, connection: h11.Connection, writer: asyncio.StreamWriter, response: Response, status: int) -> None:
        if connection.our_state is not h11.IDLE and connection.our_state is not h11.SEND_RESPONSE:
            raise ConnectionResetError
        headers = [("Content-Type", response.kind), ("Connection", "close"), ("Cache-Control", "no-store")]
        await self._send(connection, writer, h11.Response(status_code=status, headers=headers, reason=_REASONS[status]))
        async with aclosing(response.pieces) as pieces:
            async for piece in pieces:
                await self._send(connection, writer, h11.Data(data=piece))
        await self._send(connection, writer, h11.EndOfMessage())

    async def _send(self, connection: h11.Connection, writer: asyncio.StreamWriter, event: h11.Event) -> None:
        writer.write(connection.send(event) or b"")
        async with asyncio.timeout(self.limits.write_s):
            await writer.drain()


def listen_port(port: int) -> socket.socket:
    """On this machine's own address only; 0: a free port. Raises OSError."""
    listening = socket.create_server(("127.0.0.1", port))
    listening.setblocking(False)
    return listening


def listen_path(path: str) -> socket.socket:
    """A Unix socket for this user alone; one that nobody listens at any more is replaced. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as probe, suppress(ConnectionRefusedError, FileNotFoundError):
        probe.connect(path)
        raise FileExistsError(17, "another program listens there", path)
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listening.bind(path)
        listening.listen()
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    listening.setblocking(False)
    return listening
