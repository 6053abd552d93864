"""A command under way: its output as it arrives, bounded; its input; its time limit. Whatever kind of child it is."""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import IO, Literal, Protocol

from aishell.actions.capture import Capture, Limits
from aishell.core.errors import EXIT_TIMED_OUT
from aishell.core.types import Feed, Outcome, Printed, Step

_CHUNK = 1 << 18
_PIPE = 1 << 20
"""Bytes a pipe holds: with the usual 64 KB a fast writer and we take turns sleeping (5 GB take 13 s, with this 8 to 9)."""
_GRACE_S = 2.0
_DRAIN_S = 0.5
_STATUS: dict[int, Literal["done", "interrupted"]] = {0: "done", 130: "interrupted"}


class Child(Protocol):
    """A process group, or a command that is tried. The streams are ours, not the child's."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None:
        """Its exit code, 128 + n when signal n ended it; None while it runs. Never blocks."""
        ...

    def ask_to_end(self) -> None: ...

    def kill(self) -> None:
        """It and all that it started, at once."""
        ...

    def end(self) -> None:
        """Nothing of it survives; it may first be asked, for a moment."""
        ...


async def follow(
    child: Child, step: Step, limits: Limits, *, feed: Feed | None, timeout_s: float
) -> AsyncGenerator[Printed | Outcome, None]:
    """Output as it arrives, then the Outcome. Closing it ends the child. `timeout_s` 0: no limit."""
    began = time.monotonic()
    captures = {name: Capture(limits) for name in ("stdout", "stderr")}
    run = _Followed(child)
    tasks = run.begin(feed, timeout_s)
    code: int | None = None
    try:
        async with aclosing(run.output()) as output:
            async for printed in output:
                captures[printed.stream].feed(printed.data)
                yield printed
        code = await run.exit_code()
    finally:
        if code is None or run.timed_out:  # what a finished command left in the background was meant to stay
            child.end()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    yield Outcome(
        step=step,
        status="timed out" if run.timed_out else _STATUS.get(code, "failed"),
        exit_code=EXIT_TIMED_OUT if run.timed_out else code,
        stdout=captures["stdout"].done(),
        stderr=captures["stderr"].done(),
        elapsed=time.monotonic() - began,
    )


class _Followed:
    """A child with its pipes."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.timed_out = False

    def begin(self, feed: Feed | None, timeout_s: float) -> list[asyncio.Task[None]]:
        """What goes on beside the output: the time limit, and the input."""
        tasks = [asyncio.create_task(self.limit(timeout_s))]
        return [*tasks, asyncio.create_task(self.feed(feed))] if feed else tasks

    async def output(self) -> AsyncGenerator[Printed, None]:
        """Until both pipes end, or shortly after the process does: a daemon it left may hold them open for ever."""
        queue: asyncio.Queue[Printed | None] = asyncio.Queue(8)  # bounded: a slow reader slows the command down
        readers = [
            asyncio.create_task(self._read("stdout", self._child.stdout, queue)),
            asyncio.create_task(self._read("stderr", self._child.stderr, queue)),
        ]
        watcher = asyncio.create_task(self._watch(queue))
        open_pipes = len(readers)
        try:
            while open_pipes:
                item = await queue.get()
                if item is None:
                    open_pipes -= 1
                elif item.data:
                    yield item
                else:
                    break  # from the watcher: nothing more is worth waiting for
        finally:
            for task in (*readers, watcher):
                task.cancel()
            await asyncio.gather(*readers, watcher, return_exceptions=True)

    async def _read(
        self, stream: Literal["stdout", "stderr"], pipe: IO[bytes] | None, queue: asyncio.Queue[Printed | None]
    ) -> None:
        loop = asyncio.get_running_loop()
        assert pipe is not None
        reader = asyncio.StreamReader(limit=_CHUNK)
        with suppress(OSError, AttributeError):  # more than the system lets a user have; or not Linux
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while data := await reader.read(_CHUNK):
                await queue.put(Printed(stream=stream, data=data))
            await queue.put(None)
        finally:
            transport.close()

    async def limit(self, timeout_s: float) -> None:
        """End it when its time is over, whether or not it still writes."""
        try:
            async with asyncio.timeout(timeout_s or None):
                await self.exit_code()
        except TimeoutError:
            self.timed_out = True
            self._child.ask_to_end()
            with suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_S):
                    await self.exit_code()
            self._child.kill()

    async def _watch(self, queue: asyncio.Queue[Printed | None]) -> None:
        await self.exit_code()
        await asyncio.sleep(_DRAIN_S)
        while not queue.empty() or self._readable():  # noqa: ASYNC110 - output still arrives, or a busy machine has kept us
            await asyncio.sleep(_DRAIN_S)  # from reading it: let it
        await queue.put(Printed(stream="stdout", data=b""))

    def _readable(self) -> bool:
        """Whether there is something, or an end, to be read."""
        pipes = [pipe for pipe in (self._child.stdout, self._child.stderr) if pipe and not pipe.closed]
        return bool(pipes) and bool(select.select(pipes, [], [], 0)[0])

    async def exit_code(self) -> int:
        pause = 0.001
        while (code := self._child.poll()) is None:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        return code

    async def feed(self, feed: Feed) -> None:
        """Give the command its input, however much it wants of it."""
        pipe = self._child.stdin
        assert pipe is not None
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, pipe)
        writer = asyncio.StreamWriter(transport, protocol, None, loop)
        try:
            with suppress(OSError):  # a command may stop reading whenever it likes
                data = feed.head
                while data:
                    writer.write(data)
                    await writer.drain()
                    data = await _next_input(feed.descriptor) if feed.descriptor >= 0 else b""
        finally:
            writer.close()


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def _next_input(descriptor: int) -> bytes:
    """The next bytes of our own input, waited for without blocking the loop; a plain file is always ready."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_reader(descriptor, _resolve, ready)
    except OSError:  # epoll refuses plain files
        return os.read(descriptor, _CHUNK)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _CHUNK)
