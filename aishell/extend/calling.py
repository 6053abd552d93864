"""Another program, run once: given some bytes, heard out for a while, and gone afterwards with all that it has started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aishell.core.errors import ExtensionFailed
from aishell.core.text import one_line

_MOST = 256 << 10
"""Bytes that it may print."""
_STRAGGLING_S = 0.2
"""For what is still in the pipes once it has ended."""
_CHUNK = 16 << 10


@dataclass(slots=True, kw_only=True)
class Called:
    """What came of it."""

    status: int = 0
    """Negative: the signal that ended it."""
    out: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)

    @property
    def last(self) -> str:
        """The last line of its errors."""
        lines = self.errors.decode("utf-8", "replace").strip().splitlines()
        return one_line(lines[-1], 160) if lines else ""


def call(
    argv: Sequence[str], *, given: bytes, seconds: float, folder: str, environment: Mapping[str, str] | None = None
) -> Called:
    """Blocks for `seconds` at most. Raises ExtensionFailed when it cannot be started, takes longer, or prints without end."""
    try:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ExtensionFailed(f"{argv[0]} cannot be started: {why}.") from error
    try:
        return _heard(process, given, seconds, argv[0])
    finally:
        _end(process)


def _heard(process: subprocess.Popen[bytes], given: bytes, seconds: float, name: str) -> Called:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    found, until = Called(), time.monotonic() + seconds
    with selectors.DefaultSelector() as ready:
        for pipe, into in ((process.stdout, found.out), (process.stderr, found.errors)):
            ready.register(pipe, selectors.EVENT_READ, into)
        os.set_blocking(process.stdin.fileno(), False)
        ready.register(process.stdin, selectors.EVENT_WRITE, None)
        rest = memoryview(given)
        while ready.get_map():
            if process.poll() is not None:
                until = min(until, time.monotonic() + _STRAGGLING_S)
                _kill(process.pid)  # what it has left behind would keep the pipes open
            for key, _ in ready.select(0.05):
                if key.data is None:
                    rest = _feed(process, rest)
                    if not rest:
                        ready.unregister(key.fileobj)
                        process.stdin.close()
                elif not _take(key.fd, key.data):
                    ready.unregister(key.fileobj)
                if len(found.out) > _MOST or len(found.errors) > _MOST:
                    raise ExtensionFailed(f"{name} printed more than {_MOST >> 10} KB.")
            if time.monotonic() > until:
                break
    try:
        found.status = process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise ExtensionFailed(f"{name} took longer than {seconds:g} s.") from None
    return found


def _feed(process: subprocess.Popen[bytes], rest: memoryview) -> memoryview:
    """What is still to be given."""
    assert process.stdin
    try:
        return rest[process.stdin.write(rest[:_CHUNK]) or 0 :]  # None: the pipe is full
    except BrokenPipeError:  # it does not want it
        return rest[:0]


def _take(descriptor: int, into: bytearray) -> bool:
    """Whether there may be more."""
    data = os.read(descriptor, _CHUNK)
    into += data
    return bool(data)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill(process.pid)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(OSError):  # it was still to be flushed
                pipe.close()
    process.wait()
