"""A command under a monitor, as its caller sees it: start, wait, end. Safe beside threads and event loops."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, NoReturn

from aishell.actions.dryrun.monitor import NOT_RUN, Command, Wires, detach, report
from aishell.core.errors import AishellError, TrialUnavailable

Stopped = Literal["", "killed", "time", "disk"]
"""Why a command was ended before its own end; empty: it was not."""

_LAST_WORDS = 4096


class Running:
    """One started command. Nothing it started outlives it."""

    def __init__(self, pid: int, alive: int, result: int) -> None:
        self._pid = pid
        self._alive = alive
        self._result = result
        self._code: int | None = None
        self.stopped: Stopped = ""
        self.descriptor = os.pidfd_open(pid)
        """Readable when all is over: for an event loop's add_reader."""

    def exit_code(self) -> int | None:
        """None while it runs; then 128 + n when signal n ended it. Does not block."""
        if self._code is None and os.waitpid(self._pid, os.WNOHANG)[0]:
            said = os.read(self._result, _LAST_WORDS)
            if said:
                words = json.loads(said)
                self._code, self.stopped = words["exit_code"], words["why"]
            else:  # the monitor itself was killed
                self._code, self.stopped = 137, "killed"
            for descriptor in (self._alive, self._result, self.descriptor):
                if descriptor >= 0:
                    os.close(descriptor)
            self._alive = -1
        return self._code

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit code; None when it still runs after `timeout_s`."""
        if self._code is None:
            select.select([self.descriptor], [], [], timeout_s)
        return self.exit_code()

    def kill(self) -> None:
        """End it and everything it started; returns when all of it is gone."""
        if self._code is None and self._alive >= 0:
            os.close(self._alive)
            self._alive = -1
        self.wait()


def launch(command: Command, state: int, child: Callable[[Wires], NoReturn]) -> Running:
    """Run `child` in a fork, which makes itself the monitor of `command`. Returns when the command has begun.

    Raises TrialUnavailable with the kernel's reason; AishellError when it is the command that cannot run.
    """
    ends: list[int] = []
    try:
        for _ in range(3):
            ends += os.pipe()
        (alive, keep_alive, error, tell_error, result, tell_result) = ends
        wires = Wires(alive=alive, error=tell_error, result=tell_result, state=state)
        pid = os.fork()
    except OSError as failure:
        _close(*ends)
        raise TrialUnavailable(f"No process can be started: {failure.strerror}.") from failure
    if pid == 0:
        report(wires, lambda: _in_child(command, wires, child))
    _close(alive, tell_error, tell_result)
    try:
        failed = _all_of(error)
        running = Running(pid, keep_alive, result)
        if failed:
            running.wait()
            if failed.startswith(NOT_RUN):
                raise AishellError(f"The command cannot run: {_text(failed[len(NOT_RUN) :])}.")
            raise TrialUnavailable(f"This machine does not allow a trial run: {_text(failed)}.")
        return running
    finally:
        _close(error)


def _in_child(command: Command, wires: Wires, child: Callable[[Wires], NoReturn]) -> NoReturn:
    used = (command.stdin, command.stdout, command.stderr, wires.alive, wires.error, wires.result, wires.state)
    detach(tuple(descriptor for descriptor in used if descriptor >= 0))
    child(wires)


def _text(said: bytes) -> str:
    return said.decode("utf-8", "replace")


def _all_of(descriptor: int) -> bytes:
    """Until its other ends are closed."""
    parts = []
    while data := os.read(descriptor, _LAST_WORDS):
        parts.append(data)
    return b"".join(parts)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)
