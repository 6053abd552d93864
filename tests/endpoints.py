"""A place that speaks as OpenAI's does, as well or as badly as a test wants: a real HTTP server on this machine."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Asked = dict[str, Any]
Answer = AsyncGenerator[bytes, None]
"""Pieces of an HTTP response, written as they are; ending it closes the connection."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class Place:
    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)
    """The bodies of all requests."""
    heads: list[str] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    """When a client went away before it had everything, on the loop's clock."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError), closing(writer):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(int(line.split(":")[1]) for line in head.lower().splitlines() if line.startswith("content-length"))
            body = await reader.readexactly(length)
            self.heads.append(head)
            self.asked.append(json.loads(body))
            await self._write(writer, reader, self.answer(self.asked[-1]))

    async def _write(self, writer: asyncio.StreamWriter, reader: asyncio.StreamReader, answer: Answer) -> None:
        async def write() -> None:
            async for piece in answer:
                writer.write(piece)
                await writer.drain()

        writing = asyncio.ensure_future(write())
        gone = asyncio.ensure_future(reader.read(1))
        await asyncio.wait([writing, gone], return_when=asyncio.FIRST_COMPLETED)
        if not writing.done():
            self.closed.append(asyncio.get_running_loop().time())
        for task in (writing, gone):
            task.cancel()
        await asyncio.wait([writing, gone])


@contextmanager
def open_place(answer: Callable[[Asked], Answer]) -> Iterator[Place]:
    """In a thread of its own, so that it also answers other processes."""
    place, ready, ended = Place(answer), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        server = await asyncio.start_server(place.serve, "127.0.0.1", 0)
        place.port = server.sockets[0].getsockname()[1]
        ready.set()
        await ended.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # sockets are closed by then

    thread = threading.Thread(target=loop.run_until_complete, args=[run()], daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield place
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def event(content: str = "", **fields: Any) -> bytes:
    """One event of a reply."""
    delta = {"content": content} if content else fields.pop("delta", {})
    choice = {"index": 0, "delta": delta, "finish_reason": None, **fields}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def saying(*pieces: str, pause_s: float = 0.0, first_s: float = 0.0) -> Callable[[Asked], Answer]:
    """A good reply, in these pieces."""

    async def answer(_asked: Asked) -> Answer:
        yield HEAD
        await asyncio.sleep(first_s)
        for piece in pieces:
            yield event(piece)
            await asyncio.sleep(pause_s)
        yield b'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}\n\n'
        yield DONE

    return answer


def status(code: int, body: str = "", **headers: str) -> Callable[[Asked], Answer]:
    async def answer(_asked: Asked) -> Answer:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        yield f"HTTP/1.1 {code} X\r\nContent-Length: {len(body.encode())}\r\nConnection: close\r\n{lines}\r\n{body}".encode()

    return answer


def raw(*parts: bytes, pause_s: float = 0.0) -> Callable[[Asked], Answer]:
    """Whatever bytes."""

    async def answer(_asked: Asked) -> Answer:
        for part in parts:
            yield part
            await asyncio.sleep(pause_s)

    return answer


def in_turn(*answers: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Each request gets the next one; the last one stays."""
    left = list(answers)

    def answer(asked: Asked) -> Answer:
        return (left.pop(0) if len(left) > 1 else left[0])(asked)

    return answer
