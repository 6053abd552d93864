"""The process of a plugin that stays: lines to it and from it, each within a time and a size."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aishell.core.errors import ExtensionFailed
from aishell.core.text import one_line

LONGEST_LINE = 8 << 20
"""Bytes: 64 vectors of 4,096 numbers."""
_LAST = 2000
"""Bytes of what it printed last."""
_CHUNK = 64 << 10
_LOOK_S = 0.1
"""How soon a limit that another thread has set is met."""
_INSIDE = Path(__file__).with_name("inside.py")

Until = Callable[[], float]
"""A time of the monotonic clock; it may change while one waits."""


class Broken(ExtensionFailed):
    """The process is of no use any more; `str` says what it did, without a subject."""


class Silent(Broken):
    """It said nothing until then."""


class Child:
    """Used by one thread, but for `stop`. What it prints is read and forgotten, but for the end."""

    def __init__(self, value: str) -> None:
        """`value`: module:function. Does not wait until it is loaded. Raises Broken."""
        self._writing = threading.Lock()
        self._heard = bytearray()
        self._printed = bytearray()
        requests, self._to = os.pipe()
        self._from, answers = os.pipe()
        try:
            self._process = subprocess.Popen(
                (sys.executable, "-P", str(_INSIDE), value, str(requests), str(answers)),  # -P: not from where one is
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(requests, answers),
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            self._let_go()
            raise Broken(f"cannot be started: {error.strerror}") from error
        finally:
            os.close(requests)
            os.close(answers)
        os.set_blocking(self._to, False)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def say(self, line: Mapping[str, Any], until: Until) -> None:
        """Raises Broken."""
        rest = memoryview(json.dumps(line).encode() + b"\n")
        with self._writing, selectors.DefaultSelector() as ready:
            ready.register(self._to, selectors.EVENT_WRITE)
            while rest:
                if not ready.select(_LOOK_S):
                    self._in_time(until)
                    continue
                try:
                    rest = rest[os.write(self._to, rest[:_CHUNK]) :]
                except BrokenPipeError:
                    raise self._end() from None

    def stop(self, number: int) -> None:
        """What is asked for is not wanted any more. From any thread; where it cannot be told, the time will end it."""
        if self._writing.acquire(blocking=False):
            with suppress(OSError):
                if self._to >= 0:
                    os.write(self._to, json.dumps({"stop": number}).encode() + b"\n")
            self._writing.release()

    def hear(self, until: Until) -> dict[str, Any]:
        """The next line. Raises Broken."""
        assert self._process.stdout
        looked = 0
        with selectors.DefaultSelector() as ready:
            ready.register(self._from, selectors.EVENT_READ, self._heard)
            ready.register(self._process.stdout, selectors.EVENT_READ, self._printed)
            while (at := self._heard.find(b"\n", looked)) < 0:
                looked = len(self._heard)
                for key, _ in ready.select(_LOOK_S):
                    data = os.read(key.fd, _CHUNK)
                    key.data.extend(data)
                    if not data and key.fd == self._from:
                        raise self._end()
                    if not data:
                        ready.unregister(key.fileobj)
                del self._printed[:-_LAST]
                if len(self._heard) > LONGEST_LINE:
                    raise Broken(f"said more than {LONGEST_LINE >> 20} MB at once")
                self._in_time(until)
        line, self._heard = bytes(self._heard[:at]), self._heard[at + 1 :]
        return _object(line)

    def kill(self) -> None:
        """With all that it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._let_go()

    def _let_go(self) -> None:
        """Of the pipes; a `stop` that comes later must not write into what has their numbers then."""
        with self._writing:
            for descriptor in (self._to, self._from):
                if descriptor >= 0:
                    os.close(descriptor)
            self._to = self._from = -1

    def _in_time(self, until: Until) -> None:
        if time.monotonic() > until():
            raise Silent("was silent for too long")

    def _end(self) -> Broken:
        """Why it says nothing any more."""
        assert self._process.stdout
        try:
            status = self._process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            return Broken("closed its end of the pipe")
        os.set_blocking(self._process.stdout.fileno(), False)
        with suppress(OSError):
            while data := os.read(self._process.stdout.fileno(), _CHUNK):
                self._printed.extend(data)
        lines = bytes(self._printed[-_LAST:]).decode("utf-8", "replace").strip().splitlines()
        return Broken(f"ended with status {status}{f': {one_line(lines[-1], 160)}' if lines else ''}")


def _object(line: bytes) -> dict[str, Any]:
    """Raises Broken."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Broken("said what is no answer")
    return found
