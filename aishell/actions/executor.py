"""Runs approved steps: through pipes, in a process group of their own, with bounded capture and a time limit.

What was judged is what runs: `bash --norc --noprofile`, no history expansion, without the variables and exported functions
that could make bash do something else.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass
from typing import Literal

from aishell.actions import confine
from aishell.actions.capture import Capture
from aishell.actions.environment import clean_environment, seal
from aishell.actions.terminal import Foreground
from aishell.core.errors import EXIT_NOT_RUNNABLE, EXIT_TIMED_OUT, ConsentMissing
from aishell.core.types import ApprovedStep, Captured, Feed, Finished, Outcome, Printed

_CHUNK = 1 << 16
_GRACE_S = 2.0
_DRAIN_S = 0.5
BASH = ("bash", "--norc", "--noprofile", "+H", "-c")

_STATUS: dict[int, Literal["done", "interrupted"]] = {0: "done", 130: "interrupted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    keep_bytes: int = 256 << 10
    """Of each stream, in memory."""
    spill_bytes: int = 256 << 20
    """Of each stream, on disk."""
    spill_folder: str = "/tmp"


async def execute(
    approved: ApprovedStep, limits: Limits, *, feed: Feed | None, timeout_s: float
) -> AsyncGenerator[Printed | Finished, None]:
    """Run one step; its output as it arrives, then the Outcome. `timeout_s` 0: no limit.

    Closing it ends the whole process group. Without `feed` the command reads what this process reads, and owns the terminal.
    What the policy approved, since it only reads, is confined to reading. Raises ConsentMissing when it is not what was approved.
    """
    with confine.scratch_folder() if approved.by == "policy" else nullcontext() as scratch:
        async with aclosing(_execute(approved, limits, feed=feed, timeout_s=timeout_s, scratch=scratch)) as items:
            async for item in items:
                yield item


async def _execute(
    approved: ApprovedStep, limits: Limits, *, feed: Feed | None, timeout_s: float, scratch: str | None
) -> AsyncGenerator[Printed | Finished, None]:
    began = time.monotonic()
    try:
        process = _start(approved, _sealed_environment(approved), piped=feed is not None, scratch=scratch)
    except OSError as error:
        yield _not_started(approved, error)
        return
    captures = {name: Capture(limits.keep_bytes, limits.spill_bytes, limits.spill_folder) for name in ("stdout", "stderr")}
    code = None
    with Foreground(process.pid, wanted=feed is None) as foreground:
        run = _Run(process, foreground)
        tasks = run.begin(feed, timeout_s)
        try:
            async with aclosing(run.output()) as output:
                async for printed in output:
                    captures[printed.stream].feed(printed.data)
                    yield printed
            code = await run.exit_code()
        finally:
            if code is None or run.timed_out:  # what a finished command left in the background was meant to stay
                run.end()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    yield Finished(
        outcome=Outcome(
            step=approved.step,
            status="timed out" if run.timed_out else _STATUS.get(code, "failed"),
            exit_code=EXIT_TIMED_OUT if run.timed_out else code,
            stdout=captures["stdout"].done(),
            stderr=captures["stderr"].done(),
            elapsed=time.monotonic() - began,
        )
    )


def _sealed_environment(approved: ApprovedStep) -> dict[str, str]:
    """What the command is given. Raises ConsentMissing when that, the folder or the command is not what was approved."""
    environment = clean_environment(os.environ, approved.withheld)
    if seal(approved.step.action.command, approved.cwd, environment) != approved.seal:
        raise ConsentMissing(
            "The command, its folder or its environment has changed since it was approved.", hint="Nothing has run; ask again."
        )
    return environment


def _start(approved: ApprovedStep, environment: dict[str, str], *, piped: bool, scratch: str | None) -> subprocess.Popen[bytes]:
    """Confined to reading when there is a `scratch` folder, or none could be made (""). Raises OSError."""
    command = approved.step.action.command

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*BASH, command],
            cwd=approved.cwd,
            env={**environment, **({"TMPDIR": scratch} if scratch else {})},
            stdin=subprocess.PIPE if piped else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    return start() if scratch is None else confine.start_confined(start, command=command, scratch=scratch)


class _Run:
    """One process with its two output pipes."""

    def __init__(self, process: subprocess.Popen[bytes], foreground: Foreground) -> None:
        self._process = process
        self._foreground = foreground
        self.timed_out = False

    def begin(self, feed: Feed | None, timeout_s: float) -> list[asyncio.Task[None]]:
        """What goes on beside the output: the time limit, and the input."""
        tasks = [asyncio.create_task(self.limit(timeout_s))]
        return [*tasks, asyncio.create_task(self.feed(feed))] if feed else tasks

    async def output(self) -> AsyncGenerator[Printed, None]:
        """Until both pipes end, or shortly after the process does: a daemon it left may hold them open for ever."""
        queue: asyncio.Queue[Printed | None] = asyncio.Queue(8)  # bounded: a slow reader slows the command down
        readers = [
            asyncio.create_task(self._read("stdout", self._process.stdout, queue)),
            asyncio.create_task(self._read("stderr", self._process.stderr, queue)),
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

    async def _read(self, stream: Literal["stdout", "stderr"], pipe: object, queue: asyncio.Queue[Printed | None]) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_CHUNK)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while data := await reader.read(_CHUNK):
                await queue.put(Printed(stream=stream, data=data))
            await queue.put(None)
        finally:
            transport.close()

    async def limit(self, timeout_s: float) -> None:
        """End the group when its time is over, whether or not it still writes."""
        try:
            async with asyncio.timeout(timeout_s or None):
                await self.exit_code()
        except TimeoutError:
            self.timed_out = True
            self._signal(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(_GRACE_S):
                    await self.exit_code()
            self._signal(signal.SIGKILL)

    async def _watch(self, queue: asyncio.Queue[Printed | None]) -> None:
        await self.exit_code()
        await asyncio.sleep(_DRAIN_S)
        while not queue.empty():  # noqa: ASYNC110 - output still arrives and is taken: let it
            await asyncio.sleep(_DRAIN_S)
        await queue.put(Printed(stream="stdout", data=b""))

    async def exit_code(self) -> int:
        """The shell's way of saying it: 128 + n for a signal."""
        pause = 0.001
        while (code := self._process.poll()) is None:
            self._foreground.follow_stop()
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        return code if code >= 0 else 128 - code

    async def feed(self, feed: Feed) -> None:
        """Give the command its input, however much it wants of it."""
        pipe = self._process.stdin
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

    def end(self) -> None:
        """Nothing of the group survives."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.1)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


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


def _not_started(approved: ApprovedStep, error: OSError) -> Finished:
    text = f"cannot run in {approved.cwd}: {error.strerror}\n".encode()
    nothing = Captured(head=b"", tail=b"", total=0)
    told = Captured(head=text, tail=b"", total=len(text))
    outcome = Outcome(
        step=approved.step, status="failed", exit_code=EXIT_NOT_RUNNABLE, stdout=nothing, stderr=told, elapsed=0.0
    )
    return Finished(outcome=outcome)
