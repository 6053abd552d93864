"""The engine's process and socket, as one shell holds them: started or found, and its end told in words."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from aishell.backends import launch, state
from aishell.backends.launch import Place
from aishell.backends.spec import EngineSpec


class Died(Exception):
    """The engine process ended, or was ended because it hung."""


class Hold:
    """Blocking, and brief: it starts processes and never waits for a model."""

    def __init__(self, spec: EngineSpec, place: Place | None, log: Path | None) -> None:
        self._spec = spec
        self.place = place
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        """If it was started here."""
        self._left: list[subprocess.Popen[bytes]] = []
        """Engines started here that are not talked to any more; they may still run, for others."""
        self.socket: socket.socket | None = None
        self.pid: int | None = None
        """Of the engine, once it is known."""

    def start(self) -> None:
        """Find the engine, or begin loading the model. Raises ModelUnavailable."""
        if self.socket is not None:
            return
        if self.place:
            self._take(launch.find_or_start(self.place, self._spec, self._log))
            return
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = launch.spawn(self._spec, ["--connection", str(theirs.fileno())], theirs, self._log)
        self.socket = ours
        self.pid = self._process.pid

    def renew(self, unwanted: int) -> None:
        """Another engine in the place of the one with this process number. Raises ModelUnavailable."""
        assert self.place
        self._take(launch.renew(self.place, self._spec, self._log, unwanted))

    def _take(self, found: launch.Found) -> None:
        self.socket, process = found
        if process:
            self.let_go()
            self._process = process

    def gone(self) -> bool:
        """Whether the engine has closed the connection, also when the event loop has not heard of it yet."""
        try:
            return self.socket is None or self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def death(self) -> Died:
        """The engine's end in words; the next request starts another."""
        status: int | None = None
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                status = self._process.wait(1.0)
        elif self.place and (last := state.read(self.place.state)) and state.memory_kills() > last.kills:
            status = -signal.SIGKILL
        self.let_go()
        if status is None:
            return Died("closed its connection")
        if status == -signal.SIGKILL:
            return Died("was killed, most likely because memory ran out")
        if status < 0:
            return Died(f"crashed ({signal.Signals(-status).name})")
        return Died(f"ended with status {status}")

    def end_hung(self) -> None:
        """End an engine that does not answer, so that the next request starts another."""
        last = state.read(self.place.state) if self.place else None
        if self._process:
            self.kill()
        elif last and last.lives():  # never a process that only has the same number
            with suppress(OSError):
                os.kill(last.pid, signal.SIGKILL)

    def let_go(self) -> None:
        if self._process:
            self._left.append(self._process)
        self._process = None
        self._left = [process for process in self._left if process.poll() is None]  # which also buries the dead

    def close(self) -> None:
        """A shared engine goes on; one of its own ends."""
        if not self.place:
            self.kill()
        self.let_go()
        for process in self._left:
            process.returncode = 0  # it goes on without us, which Popen would warn about

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
