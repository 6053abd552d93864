"""What the web door costs: a key there and back, much output, and memory. `python -m bench.web_door [--quick] [--json]`.

A real door with a real pseudo-terminal behind it, asked as a browser asks. The program is `cat`, so that a key is nothing but
the way there and back; the same without a door, on the pseudo-terminal alone, is the floor.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from aiohttp import ClientSession, ClientWebSocketResponse

from aishell.actions.shell.child import Child
from aishell.cli.web.door import Door
from aishell.cli.web.serve import Start, serve
from aishell.ui.words import speak

_MB = 1 << 20
_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "TERM": "xterm"}


async def _times(send: Callable[[str], Awaitable[None]], receive: Callable[[], Awaitable[object]], count: int) -> list[float]:
    """Milliseconds from a key to its echo."""
    found = []
    for _ in range(count):
        began = time.perf_counter()
        await send("x")
        await receive()
        found.append((time.perf_counter() - began) * 1000)
    return found


async def _alone(count: int) -> list[float]:
    child = Child(["cat"], _ENVIRONMENT, "/", rows=24, columns=80)
    found = await _times(lambda key: child.write(key.encode()), lambda: child.read(None), count)
    await child.hang_up(1.0)
    return found


async def _with_door(command: list[str], use: Callable[[ClientWebSocketResponse], Awaitable[list[float]]]) -> list[float]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        door = Door("127.0.0.1", listener.getsockname()[1])
        start = Start(command=command, environment=_ENVIRONMENT, folder="/")
        serving = asyncio.ensure_future(serve(listener, door, start, speak("en")))
        async with ClientSession() as browser:
            cookie = (await browser.get(door.address, allow_redirects=False)).cookies["aishell"].value
            headers = {"Origin": door.origin, "Cookie": f"aishell={cookie}"}
            async with browser.ws_connect(f"{door.origin}/ws", headers=headers) as page:
                found = await use(page)
        serving.cancel()
        await asyncio.wait([serving])
    return found


def _keys(count: int) -> Callable[[ClientWebSocketResponse], Awaitable[list[float]]]:
    async def use(page: ClientWebSocketResponse) -> list[float]:
        return await _times(lambda key: page.send_str(json.dumps(["stdin", key])), page.receive_bytes, count)

    return use


async def _all(page: ClientWebSocketResponse) -> list[float]:
    """Seconds and bytes until the program is over."""
    began, size = time.perf_counter(), 0
    async for message in page:
        size += len(message.data)
    return [time.perf_counter() - began, size]


def main() -> int:
    made = argparse.ArgumentParser(prog="bench.web_door")
    made.add_argument("--quick", action="store_true")
    made.add_argument("--json", action="store_true")
    asked = made.parse_args()
    count, megabytes = (200, 10) if asked.quick else (2000, 100)
    alone = asyncio.run(_alone(count))
    through = asyncio.run(_with_door(["cat"], _keys(count)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, size = asyncio.run(_with_door(["head", "-c", str(megabytes * _MB), "/dev/zero"], _all))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "load": round(os.getloadavg()[0], 2),
        "key_alone_ms": [round(statistics.median(alone), 3), round(statistics.quantiles(alone, n=20)[-1], 3)],
        "key_through_the_door_ms": [round(statistics.median(through), 3), round(statistics.quantiles(through, n=20)[-1], 3)],
        "output_mb": round(size / _MB, 1),
        "output_mb_a_second": round(size / _MB / seconds, 1),
        "memory_grew_mb": round((after - before) / 1024, 1),
    }
    print(json.dumps(figures) if asked.json else "\n".join(f"{name:<26}{value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
