"""A server as a child process: a process group and an environment of its own, and an end in any case."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from asyncio import StreamReader
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import anyio

from aishell.core.errors import ServerUnavailable
from aishell.core.text import one_line
from aishell.core.tools import Server
from aishell.mcp.streams import LONGEST, Course, Streams, paired

_INHERITED = ("PATH", "HOME", "LANG")
_GRACE_S = 1.0
"""To end by itself once nothing more will be asked of it, and again once it has been told to."""
_PDEATHSIG = 1
_LAST = 2000
"""Bytes of what it said last on standard error."""


def environment(server: Server, ours: Mapping[str, str]) -> dict[str, str]:
    """What the server is given: no tokens of the person's, unless their settings say so."""
    return {name: ours[name] for name in _INHERITED if name in ours} | dict(server.env)


@asynccontextmanager
async def started(server: Server, course: Course) -> AsyncGenerator[Streams, None]:
    """The server, ready to be talked to. Raises ServerUnavailable."""
    try:
        process = await asyncio.create_subprocess_exec(
            *server.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment(server, os.environ),
            start_new_session=True,
            limit=LONGEST,
            preexec_fn=_end_with_us(),
        )
    except OSError as error:
        why = error.strerror or str(error)
        raise ServerUnavailable(
            f"The server {server.name} cannot be started: {server.command[0]}: {why}.", hint="`aishell config edit`: [mcp]."
        ) from error
    assert process.stdin
    assert process.stdout
    assert process.stderr
    said: deque[int] = deque(maxlen=_LAST)
    listening = asyncio.ensure_future(_listen(process.stderr, said))
    try:
        async with paired(process.stdout, process.stdin, course) as streams:
            yield streams
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(process)
        if course.ended and not course.wrong:
            course.wrong = f"it has ended{_last(said)}"
        listening.cancel()


async def _listen(errors: StreamReader, said: deque[int]) -> None:
    """Read on, so that it can go on; keep the end."""
    while data := await errors.read(1 << 16):
        said.extend(data)


def _last(said: deque[int]) -> str:
    lines = bytes(said).decode("utf-8", "replace").strip().splitlines()
    return f": {one_line(lines[-1], 160)}" if lines else ""


async def _stop(process: Process) -> None:
    """The end of its input, then a request, then the end of its whole group."""
    assert process.stdin
    process.stdin.close()
    for number in (0, signal.SIGTERM, signal.SIGKILL):
        if number:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)
            break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # whom it has left behind
    process._transport.close()  # type: ignore[attr-defined]  # nothing public lets go of pipes that a grandchild holds


def _end_with_us() -> Callable[[], object]:
    """Between fork and exec: the kernel ends the server when this process is gone, however it went."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(_PDEATHSIG, signal.SIGKILL)
