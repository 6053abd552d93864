"""What a server sends as events, one JSON object each: bounded, whatever it sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

LONGEST_LINE = 1 << 20
"""Bytes. With chances of 20 tokens a piece takes 3 KB."""
LONGEST_REPLY = 32 << 20

_LINGER_S = 0.2

Event = dict[str, Any]


class Garbled(Exception):
    """What came is no stream of events, or more than anybody could want. `str` says what it is."""


async def events(chunks: AsyncIterator[bytes], first_s: float = inf, all_s: float = inf) -> AsyncGenerator[Event, None]:
    """The `data:` of each event up to [DONE] or the end. Raises Garbled.

    `first_s`, `all_s`: seconds for the first event, and for all: signs of life alone could go on for ever.
    """
    left, total = b"", 0
    until, end = monotonic() + first_s, monotonic() + all_s
    async for chunk in chunks:
        total += len(chunk)
        if monotonic() > min(until, end):
            raise Garbled("an answer that does not come to its end")
        if total > LONGEST_REPLY:
            raise Garbled(f"more than {LONGEST_REPLY >> 20} MB for one reply")
        *lines, left = (left + chunk).replace(b"\r\n", b"\n").split(b"\n")
        if len(left) > LONGEST_LINE:
            raise Garbled("an event without an end")
        for line in lines:
            if line.strip() == b"data: [DONE]":
                await _to_the_end(chunks)
                return
            if line.startswith(b"data:"):
                until = inf
                yield _event(line[5:])
    if left.startswith(b"data:") and left.strip() != b"data: [DONE]":
        yield _event(left[5:])


async def _to_the_end(chunks: AsyncIterator[bytes]) -> None:
    """A connection whose answer was read to its end can be used again; some places do not come to it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            async for _chunk in chunks:
                pass


def _event(data: bytes) -> Event:
    return parsed(data, "an event")


def parsed(data: bytes, what: str) -> Event:
    """Raises Garbled."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise Garbled(f"{what} that is not JSON") from None
    if not isinstance(event, dict):
        raise Garbled(f"{what} that is no object")
    return event


async def whole(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """The first `most` bytes of what comes."""
    found = b""
    async for chunk in chunks:
        found += chunk
        if len(found) >= most:
            break
    return found[:most]
