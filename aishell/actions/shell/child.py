"""A program on a pseudo-terminal: its bytes, who reads them, how it waits, and its end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import platform
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

_CHUNK = 1 << 16
"""Bytes given at once, at most. The kernel gives 4 KB a read; to gather them saves the rest of the way as often."""
_START = 'cd -- "$1" && shift && exec "$@"'
_READ = {"x86_64": "0", "aarch64": "63"}.get(platform.machine())
"""The number of the system call `read`, as /proc/PID/syscall shows it."""
_NEVER_RESET = (signal.SIGKILL, signal.SIGSTOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the terminal stands."""

    by: int
    """The process group in its foreground, 0 when there is none."""
    echo: bool
    raw: bool
    blocked: bool
    """The foreground group's leader is seen to wait for a line."""


def _inherited() -> list[int]:
    """Descriptors that whoever started us has left open, and that a shell would hand on to all it starts."""
    found = []
    for number in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # the one that lists them
            if number > 2 and os.get_inheritable(number):
                found.append(number)
    return found


def settle(future: asyncio.Future[None]) -> None:
    """It has happened; to say so twice does no harm."""
    if not future.done():
        future.set_result(None)


class Child:
    """A program that leads a session of its own, with a new pseudo-terminal as its terminal. Needs a running event loop.

    Nothing is read that is not asked for: a program whose output is not taken waits. Raises OSError when it cannot be started.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], cwd: str, *, rows: int, columns: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._master, slave = os.openpty()
        try:
            os.set_blocking(self._master, False)
            self._slave = os.ttyname(slave)
            self.resize(rows, columns)
            # The leader of a session that opens a terminal gets it as its own. Signals that we ignore it would ignore for ever.
            self.pid = os.posix_spawn(
                "/bin/sh",
                ["sh", "-c", _START, "sh", cwd, *arguments],
                {**environment, "PWD": cwd},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, self._slave, os.O_RDWR, 0),
                    (os.POSIX_SPAWN_DUP2, 0, 1),
                    (os.POSIX_SPAWN_DUP2, 0, 2),
                    *((os.POSIX_SPAWN_CLOSE, number) for number in _inherited()),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=[number for number in signal.valid_signals() if number not in _NEVER_RESET],
            )
        except OSError:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self.status: int | None = None
        """Its exit status, 128 + n when signal n ended it; None while it runs."""
        self._woken: asyncio.Future[None] | None = None
        self._turn = asyncio.Lock()
        self._pidfd = os.pidfd_open(self.pid)
        self._loop.add_reader(self._pidfd, self._over)

    def _over(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.status = code if code >= 0 else 128 - code
        self._wake()

    def _wake(self) -> None:
        if self._woken:
            settle(self._woken)

    async def read(self, timeout_s: float | None) -> bytes | None:
        """What has been written; None when that is nothing for so long; b"" when the program is over and all is read."""
        await asyncio.sleep(0)  # others want their turn, however much arrives
        data = self._take()
        if data is None and self.status is None and self._master >= 0:
            await self._something(timeout_s)
            data = self._take()
        return b"" if data is None and self.status is not None else data

    def _take(self) -> bytes | None:
        """What can be read without waiting; None when that is nothing."""
        taken: list[bytes] = []
        size = 0
        with suppress(OSError):  # nothing there, or nobody any more who could write
            while size < _CHUNK and self._master >= 0:
                taken.append(os.read(self._master, _CHUNK))
                size += len(taken[-1])
        return b"".join(taken) if taken else None

    async def _something(self, timeout_s: float | None) -> None:
        self._woken = self._loop.create_future()
        self._loop.add_reader(self._master, self._wake)
        timer = self._loop.call_later(timeout_s, self._wake) if timeout_s is not None else None
        try:
            await self._woken
        finally:
            self._woken = None
            if timer:
                timer.cancel()
            if self._master >= 0:
                self._loop.remove_reader(self._master)

    async def write(self, data: bytes) -> None:
        """Type `data`. Waits as long as the program's input is full; does nothing when it is over."""
        async with self._turn:
            while data and self._master >= 0 and self.status is None:
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    await self._room()
                except OSError:
                    return

    async def _room(self) -> None:
        """Returns when the terminal takes more, and every now and then, since the program may end without reading."""
        room: asyncio.Future[None] = self._loop.create_future()
        timer = self._loop.call_later(0.1, settle, room)
        self._loop.add_writer(self._master, settle, room)
        try:
            await room
        finally:
            timer.cancel()
            if self._master >= 0:
                self._loop.remove_writer(self._master)

    def resize(self, rows: int, columns: int) -> None:
        """The terminal's size; its foreground gets SIGWINCH when that is new."""
        if self._master >= 0:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def key(self, which: int) -> bytes:
        """The key that stands for `which`: termios.VINTR, VSUSP, VEOF."""
        return bytes(termios.tcgetattr(self._master)[6][which]) if self._master >= 0 else b""

    def reading(self) -> Reading:
        """A look at the terminal; takes some 20 microseconds."""
        try:
            modes = termios.tcgetattr(self._master)[3]
            group = os.tcgetpgrp(self._master)
        except (OSError, termios.error):
            return Reading(by=0, echo=True, raw=False, blocked=False)
        raw = not modes & termios.ICANON
        return Reading(by=group, echo=bool(modes & termios.ECHO), raw=raw, blocked=not raw and self._blocked(group))

    def sleeps(self) -> bool:
        """Whether the program waits for something, rather than for its turn on a busy machine."""
        try:
            with open(f"/proc/{self.pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] == "S"
        except OSError:
            return True

    def _blocked(self, pid: int) -> bool:
        try:
            with open(f"/proc/{pid}/syscall") as file:
                call, descriptor = file.read().split()[:2]
            return call == _READ and os.readlink(f"/proc/{pid}/fd/{int(descriptor, 16)}") == self._slave
        except (OSError, ValueError):  # not ours to see, running, or gone
            return False

    async def hang_up(self, grace_s: float) -> None:
        """What the end of a terminal does: SIGHUP for the program and its foreground; SIGKILL when it does not heed that."""
        if self._master >= 0:
            self._wake()
            self._loop.remove_reader(self._master)
            self._loop.remove_writer(self._master)
            os.close(self._master)
            self._master = -1
        ends = time.monotonic() + grace_s
        killed = False
        while self.status is None:
            if time.monotonic() > ends and not killed:
                killed = True
                os.kill(self.pid, signal.SIGKILL)
            await asyncio.sleep(0.002)
