"""Many clients at one address: what the remote backend adds to a request, and whether memory stays flat.

    python -m bench.remote [--clients 1000] [--seconds 60] [--quick] [--json]

A place in a process of its own answers as a loaded GPU server might: a first token after a time drawn from a log-normal
distribution (median 0.35 s), then a token each 20 ms (log-normal likewise), 12 to 48 of them. Each client is a `RemoteBackend`
with its own connection, as each shell would be: redaction and the log of what was sent included. It asks, reads the reply, and
thinks for a while (exponential). The overhead of a request is the time it took less the time the place took by its plan, which
both sides draw from the request's seed; it holds the client's work, both kernels, the place's own lateness, and the wait for
whoever else this one process serves. `alone` is one client, in turn with a bare socket that reads the same replies and does
nothing with them: `added_ms` is what the backend takes beyond that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.remote import RemoteBackend
from aishell.backends.openai.sent import SentLog
from aishell.config.settings import RemoteSettings
from aishell.core.types import Message, Prompt, Request, Usage
from aishell.planner import prompt as prompts
from aishell.wiring.remote import redactor
from bench.common import machine, options, percentiles, report

_WORDS = "list the files here that changed today and are larger than a megabyte, newest first"


def plan(seed: int) -> tuple[float, list[float]]:
    """When the first token comes, and each further one, in seconds from the request."""
    chance = random.Random(seed)
    at = chance.lognormvariate(-1.05, 0.5)
    times = [at]
    for _ in range(chance.randint(12, 48)):
        at += chance.lognormvariate(-3.9, 0.3)
        times.append(at)
    return times[0], times


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of the place, kept alive."""
    clock = asyncio.get_running_loop().time
    piece = (
        f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': ' word'}, 'finish_reason': None}]})}\n\n".encode()
    )
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            began = clock()
            seed = json.loads(await reader.readexactly(length))["seed"]
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for at in plan(seed)[1]:
                await asyncio.sleep(max(0.0, began + at - clock()))
                writer.write(chunk)
            writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def _place() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def place() -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "bench.remote", "--place"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.kill()


def asked(seed: int) -> Prompt:
    """A plan's prompt, about 1,300 tokens, with words of its own."""
    prompt = prompts.plan(Request(text=f"{_WORDS} ({seed})", cwd="/srv/data"), max_tokens=256, piped_bytes=0)
    *before, last = prompt.messages
    return Prompt(messages=(*before, Message(role=last.role, content=last.content)), max_tokens=256, seed=seed)


async def overhead(backend: RemoteBackend, seed: int) -> float:
    """Of one request, in seconds."""
    prompt = asked(seed)
    began, usage = time.perf_counter(), None
    async with aclosing(backend.stream(prompt)) as items:
        async for item in items:
            usage = item if isinstance(item, Usage) else usage
    took = time.perf_counter() - began
    assert usage
    assert usage.reply_tokens == len(plan(seed)[1])
    return took - plan(seed)[1][-1]


async def bare(url: str, seed: int) -> float:
    """The same of a socket that sends such a request and only reads."""
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    body = json.dumps({"seed": seed, "text": "x" * 6000}).encode()
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    await reader.readuntil(b"0\r\n\r\n")
    took = time.perf_counter() - began
    writer.close()
    return took - plan(seed)[1][-1]


async def in_turn(url: str, folder: Path, seconds: float) -> tuple[list[float], list[float]]:
    """Overheads of the backend and of the bare socket, for the same replies."""
    ours, theirs = [], []
    (backend,) = Crowd(url, folder, 1, 0.0).clients
    until, seed = time.monotonic() + seconds, 0
    await overhead(backend, seed)  # which imports and connects
    while time.monotonic() < until:
        seed += 1
        ours.append(await overhead(backend, seed))
        theirs.append(await bare(url, seed))
    await backend.close()
    return ours, theirs


class Crowd:
    def __init__(self, url: str, folder: Path, clients: int, think_s: float) -> None:
        keep, redact = SentLog(folder / "sent.jsonl").write, redactor(RemoteSettings())
        where = Endpoint(name="bench", url=url, model="m", timeout_s=60.0)
        self.clients = [RemoteBackend(where, redact=redact, keep=keep) for _ in range(clients)]
        self._think_s = think_s
        self.overheads: list[float] = []
        self.resident: list[int] = []

    async def run(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        watching = asyncio.ensure_future(self._watch())
        await asyncio.gather(*(self._one(number, backend, until) for number, backend in enumerate(self.clients)))
        watching.cancel()
        for backend in self.clients:
            await backend.close()

    async def _one(self, number: int, backend: RemoteBackend, until: float) -> None:
        chance = random.Random(number)
        thinks = chance.uniform(0, self._think_s)
        while time.monotonic() + thinks < until:
            await asyncio.sleep(thinks)
            self.overheads.append(await overhead(backend, chance.randrange(1 << 30)))
            thinks = chance.expovariate(1 / self._think_s) if self._think_s else 0.0

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.resident.append(_resident())


def _ms(seconds: list[float]) -> dict[str, float]:
    return {name: round(1000 * value, 2) for name, value in percentiles(seconds).items() if name != "n"}


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure(url: str, clients: int, seconds: float, think_s: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(url, Path(folder), clients, think_s)
        used, began = time.process_time(), time.monotonic()
        asyncio.run(crowd.run(seconds))
        used, took = time.process_time() - used, time.monotonic() - began
    third = max(1, len(crowd.resident) // 3)
    return {
        "clients": clients,
        "requests": len(crowd.overheads),
        "requests_per_s": round(len(crowd.overheads) / took, 1),
        "overhead_ms": _ms(crowd.overheads),
        "cpu_ms_per_request": round(1000 * used / len(crowd.overheads), 2),
        "resident_mb_after_a_third": round(max(crowd.resident[:third]) / 1e6, 1),
        "resident_mb_at_the_end": round(max(crowd.resident[-third:]) / 1e6, 1),
    }


def main() -> int:
    parser = options(str(__doc__))
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--think", type=float, default=20.0, metavar="S", help="seconds between a client's requests, on average"
    )
    parser.add_argument("--place", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.place:
        asyncio.run(_place())
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * chosen.clients + 256)), hard))
    clients, seconds = (200, 20.0) if chosen.quick else (chosen.clients, chosen.seconds)
    with place() as url:
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs = asyncio.run(in_turn(url, Path(folder), 15.0 if chosen.quick else 60.0))
        added = [one - other for one, other in zip(ours, theirs, strict=True)]
        alone = {"overhead_ms": _ms(ours), "bare_ms": _ms(theirs), "added_ms": _ms(added), "requests": len(ours)}
        many = measure(url, clients, seconds, chosen.think)
    report({"machine": machine(), "alone": alone, "many": many}, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
