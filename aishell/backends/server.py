"""The engine's door: frames from clients to jobs, and what comes of them back. One event loop; nothing is computed here."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict
from typing import Any

from aishell.backends import wire
from aishell.backends.job import Item, Job
from aishell.backends.spec import LlamaSpec
from aishell.backends.state import rss_bytes
from aishell.backends.worker import Worker
from aishell.core.errors import AishellError
from aishell.core.types import Piece

_SIGN_OF_LIFE_S = 2.0
_BEHIND = 64 << 10
"""Bytes not taken by a reader from which on nothing more is computed for it."""
_PATIENCE_S = 120.0
"""A reader that takes nothing for this long is given up."""

Service = Callable[[wire.Frame], Awaitable[wire.Frame]]
"""From a request to its answer, without their types and ids. May raise AishellError."""


class Server:
    def __init__(self, spec: LlamaSpec, *, fingerprint: str, private: bool) -> None:
        self._spec = spec
        self._fingerprint = fingerprint
        self._private = private
        self._loop = asyncio.get_running_loop()
        self._loaded = asyncio.Event()
        self.ended = asyncio.Event()
        self.worker = Worker(spec, self._tell_ready)
        self._services: Mapping[str, Service] = {}
        self.clients: dict[int, Client] = {}
        self._number = 0
        self._started = time.time()
        self._beat: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._retiring = False
        self._listener: asyncio.Server | None = None

    def offer(self, services: Mapping[str, Service]) -> None:
        """Answer these kinds of request too, whatever the model does; what is offered as `status` is added to our own."""
        self._services = services

    async def listen(self, listener: socket.socket) -> None:
        listener.listen(128)  # again, so that the peer's credentials that clients see are this process's
        self._listener = await asyncio.start_unix_server(self.connected, sock=listener, limit=wire.LONGEST_FRAME)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it goes away."""
        if not wire.same_user(writer.get_extra_info("socket")):
            writer.close()
            return
        self._number += 1
        client = self.clients[self._number] = Client(self, self._number, writer)
        client.send({"type": "hello", "version": wire.VERSION, "fingerprint": self._fingerprint, "pid": os.getpid()})
        try:
            while True:
                header = await reader.readexactly(wire.HEADER.size)
                frame = wire.unpack(await reader.readexactly(wire.body_length(header)))
                await self._take(client, frame)
        except (OSError, asyncio.IncompleteReadError):
            pass
        except wire.BadFrame as error:
            client.send({"type": "error", "id": 0, "message": f"The engine does not understand: {error}.", "hint": ""})
        finally:
            client.gone()
            del self.clients[client.number]
            self.rest()
            if self._private:
                self.ended.set()

    async def _take(self, client: Client, frame: wire.Frame) -> None:
        kind, number = frame["type"], frame.get("id", 0)
        if not isinstance(number, int):
            raise wire.BadFrame("a request's id is a number")
        if kind == "stop":
            self._retire(now=bool(frame.get("now")))
            return
        if kind == "cancel":
            client.cancel(number)
            return
        client.pending.add(number)
        self.rest()
        if kind == "generate":
            client.generate(number, wire.prompt_from_wire(frame.get("prompt")))
        elif kind in ("describe", "tokenize", "status") or kind in self._services:
            client.answering(self._answer(client, number, frame))
        else:
            client.finish(number, {"type": "error", "message": f"The engine knows no request {kind!r}.", "hint": ""})

    async def _answer(self, client: Client, number: int, frame: wire.Frame) -> None:
        kind = frame["type"]
        if kind in self._services:
            about = self.status() if kind == "status" else {}
            try:
                client.finish(number, {**about, **await self._services[kind](frame), "type": kind})
            except AishellError as error:
                client.finish(number, _error(error))
            return
        if kind == "status":
            client.finish(number, {"type": "status", **self.status()})
            return
        await self._loaded.wait()
        model = self.worker.model
        if self.worker.failure or model is None:
            client.finish(number, _error(self.worker.failure or AishellError("The model is not loaded.")))
        elif kind == "describe":
            client.finish(number, {"type": "info", "info": asdict(model.info())})
        else:
            client.finish(number, {"type": "tokens", "tokens": model.tokenize(str(frame.get("text", "")))})

    def status(self) -> dict[str, Any]:
        """What `aishell engine status` shows."""
        worker = self.worker
        model, runner = worker.model, worker.runner
        state = "failed" if worker.failure else "loading" if runner is None else "busy" if worker.jobs() else "idle"
        found: dict[str, Any] = {
            "pid": os.getpid(),
            "model": self._spec.name,
            "path": self._spec.path,
            "state": state,
            "up_s": round(time.time() - self._started, 1),
            "clients": len(self.clients) - 1,
            "waiting": len(worker.jobs()),
            "served": worker.served,
            "rss_bytes": rss_bytes(os.getpid()),
            "requests": list(worker.metrics),
        }
        if model and runner:
            found["info"] = asdict(model.info())
            found["said"] = model.plan.said
            found["exact_batch"] = runner.exact
            found["cache"] = {"room": model.room, "held": runner.cache.tokens(), "conversations": runner.cache.conversations()}
        return found

    # ---- rest and end

    def rest(self) -> None:
        """Start or stop the clocks: signs of life while somebody waits, the way out while nobody does."""
        waiting = any(client.pending for client in self.clients.values())
        if waiting and not self._beat:
            self._beat = self._loop.call_later(_SIGN_OF_LIFE_S, self._show_life)
        if self._idle:
            self._idle.cancel()
            self._idle = None
        if not waiting and self._retiring:
            self.ended.set()
        elif not waiting and not self._private and self._spec.idle_s > 0:
            self._idle = self._loop.call_later(self._spec.idle_s, self.ended.set)

    async def farewell(self) -> None:
        """Send what is still to be sent, to those who take it at once."""
        for client in list(self.clients.values()):
            client.close()
        await asyncio.sleep(0.05)

    def _show_life(self) -> None:
        self._beat = None
        if not self.worker.stuck():  # a computation that hangs must look dead
            for client in self.clients.values():
                for number in client.pending:
                    client.send({"type": "working", "id": number})
        if any(client.pending for client in self.clients.values()):
            self._beat = self._loop.call_later(_SIGN_OF_LIFE_S, self._show_life)

    def _tell_ready(self) -> None:
        self._loop.call_soon_threadsafe(self._on_ready)

    def _on_ready(self) -> None:
        self._loaded.set()
        if self.worker.failure:  # say so to those who wait, and let the next one try again
            sys.stderr.write(f"aishell engine: {self.worker.failure}\n")
            sys.stderr.flush()
            self._retire(now=False)

    def _retire(self, *, now: bool) -> None:
        """Take no more clients; end when nobody waits, or at once."""
        self._retiring = True
        if self._listener:
            self._listener.close()
        if now:
            self.ended.set()
        else:
            self._loop.call_later(0.2, self.rest)


class Client:
    """One connection."""

    def __init__(self, server: Server, number: int, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self.number = number
        self._writer = writer
        self._transport = writer.transport
        self._transport.set_write_buffer_limits(high=_BEHIND // 2)
        self._jobs: dict[int, Job] = {}
        self.pending: set[int] = set()
        """Requests without an end."""
        self._draining: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self._closed = False

    def send(self, frame: wire.Frame) -> None:
        if self._closed or self._transport.is_closing():
            return
        self._writer.write(wire.pack(frame))
        if self._behind() and not self._draining:
            self._draining = asyncio.ensure_future(self._drain())

    def answering(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def finish(self, number: int, frame: wire.Frame) -> None:
        if number not in self.pending:  # it was cancelled meanwhile
            return
        self.send({**frame, "id": number})
        self.pending.discard(number)
        self._jobs.pop(number, None)
        self._server.rest()

    def generate(self, number: int, prompt: Any) -> None:
        call = self._server._loop.call_soon_threadsafe

        def emit(item: Item) -> None:
            call(self._deliver, number, item)

        job = Job(prompt, emit, client=self.number, blocked=self._behind)
        self._jobs[number] = job
        self._server.worker.add(job)

    def cancel(self, number: int) -> None:
        if job := self._jobs.get(number):
            self._server.worker.cancel(job)
        elif number in self.pending:
            self.finish(number, {"type": "error", "message": "Cancelled.", "hint": ""})

    def gone(self) -> None:
        """Nobody waits for what was asked here."""
        self._closed = True
        for job in self._jobs.values():
            self._server.worker.cancel(job)
        self.pending.clear()
        self._writer.close()

    def close(self) -> None:
        self._writer.close()

    def _deliver(self, number: int, item: Item) -> None:
        if isinstance(item, Piece):
            self.send({"type": "piece", "id": number, "text": item.text})
        elif isinstance(item, Exception):
            self.finish(number, _error(item))
        else:
            self.finish(number, {"type": "usage", "usage": asdict(item)})

    def _behind(self) -> bool:
        return self._transport.get_write_buffer_size() > _BEHIND

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._writer.drain()
        except (OSError, TimeoutError):
            self._transport.abort()
        self._draining = None
        self._server.worker.nudge()


def _error(error: Exception) -> wire.Frame:
    hint = error.hint if isinstance(error, AishellError) else ""
    return {"type": "error", "message": str(error), "hint": hint}
