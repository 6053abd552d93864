"""Messages of the protocol over pipes, a line each: bounded, so that nobody fills the memory, and never blocking a thread."""

from __future__ import annotations

import asyncio
import logging
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import mcp_types
from mcp.shared.message import SessionMessage

LONGEST = 4 << 20
"""Bytes of one message."""
_MOST = 64 << 20
"""Bytes of one connection to a server of somebody else's."""

Streams = tuple[Any, Any]
"""What the SDK calls the read and the write stream."""


@dataclass(slots=True, kw_only=True)
class Course:
    """What became of a connection."""

    most: int = _MOST
    """Bytes that may come; 0: no limit."""
    wrong: str = ""
    """Why it was ended from here, as the end of a sentence."""
    ended: bool = False
    """The peer has closed it."""


def quiet() -> None:
    """The SDK's log goes nowhere: it would put what a peer says on the terminal."""
    log = logging.getLogger("mcp")
    log.addHandler(logging.NullHandler())
    log.propagate = False


@asynccontextmanager
async def paired(reader: StreamReader, writer: StreamWriter, course: Course) -> AsyncGenerator[Streams, None]:
    """The two streams of a session, over a pipe in each direction. What is no message is passed over."""
    into, received = anyio.create_memory_object_stream[Any](0)
    sent, out_of = anyio.create_memory_object_stream[Any](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_receive, reader, into, course)
        tasks.start_soon(_send, writer, out_of, into)
        try:
            yield received, sent
        finally:
            tasks.cancel_scope.cancel()
            for stream in (into, received, sent, out_of):
                stream.close()


async def _receive(reader: StreamReader, into: Any, course: Course) -> None:
    total = 0
    async with into:
        while True:
            try:
                line = await reader.readline()
            except ValueError:  # the reader's own limit
                course.wrong = f"it sends a message of more than {LONGEST >> 20} MB"
                return
            total += len(line)
            if course.most and total > course.most:
                course.wrong = f"it sends more than {course.most >> 20} MB"
                return
            if not line:
                course.ended = True
                return
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                continue  # a server that prints its log to the wrong stream
            try:
                await into.send(SessionMessage(message))
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return


async def _send(writer: StreamWriter, out_of: Any, into: Any) -> None:
    async with out_of:
        async for item in out_of:
            text: str = item.message.model_dump_json(by_alias=True, exclude_unset=True)
            try:
                writer.write(f"{text}\n".encode())
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError):
                into.close()  # whoever waits for an answer hears that there will be none
                return
