"""The real terminal handed to a program on the pseudo-terminal, and taken back as it was, whatever happens."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import subprocess
import termios
import threading
import tty
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType

from aishell.actions.shell.child import Child, settle
from aishell.core.shell import Ended, Event, Left, Printed, Screen
from aishell.core.text import LEAVE, RESET

_KEYS = 1 << 12
# Reads until we are no more, or say that all is well. It has a session of its own, so that no signal to our group reaches it,
# and it may set a terminal whose foreground it is not in.
_KEEPER = 'read -r said; [ "$said" ] || { printf %s "$2"; stty "$1" <&1; }'

_Old = Callable[[int, FrameType | None], object] | int | None


class Passthrough:
    """While inside, `stdin` is raw, its bytes are `child`'s, and so is its size.

    It is put back at the end, on SIGTERM and SIGHUP before they do what they did before, and by a small process that waits for
    our end, should that be SIGKILL.
    """

    def __init__(self, stdin: int, stdout: int, child: Child) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._child = child
        self._alternate = False
        """A program has had the alternate screen."""
        self._old: dict[int, _Old] = {}

    def __enter__(self) -> Passthrough:
        try:
            self._before = termios.tcgetattr(self._stdin)
        except termios.error as error:
            raise OSError(*error.args) from error
        self._keeper = self._keep()
        if threading.current_thread() is threading.main_thread():  # elsewhere no signal can be caught
            for number, caught in (
                (signal.SIGWINCH, self._resized),
                (signal.SIGTERM, self._ended),
                (signal.SIGHUP, self._ended),
            ):
                self._old[number] = signal.signal(number, caught)
        tty.setraw(self._stdin, termios.TCSADRAIN)
        self._fit()
        return self

    def __exit__(self, *_: object) -> None:
        self._put_back()
        for number, old in self._old.items():
            signal.signal(number, old if old is not None else signal.SIG_DFL)
        assert self._keeper.stdin is not None
        with suppress(OSError):
            self._keeper.stdin.write(b"well\n")
            self._keeper.stdin.close()
        self._keeper.wait()

    async def carry(self, following: Callable[[], Awaitable[Event | None]], *, screen: bool) -> Event | None:
        """Bytes both ways, until the event that ends it: the program's or the shell's end, or that of the alternate screen.

        `screen`: whether the alternate screen is on already. None when the events are over.
        """
        loop = asyncio.get_running_loop()
        keys = asyncio.create_task(self._keys())
        self._alternate = screen
        with ThreadPoolExecutor(1) as pen:  # the real terminal may be slow, or stopped: the loop must not wait for it
            try:
                while event := await following():
                    match event:
                        case Printed(data=data):
                            await loop.run_in_executor(pen, self._show, data)
                        case Screen(on=on):
                            if self._alternate and not on:
                                break
                            self._alternate = on
                        case Ended() | Left():
                            break
            finally:
                keys.cancel()
                with suppress(asyncio.CancelledError):
                    await keys
                await loop.run_in_executor(pen, self._show, self._reset())  # it may have died, or forgotten something
        return event

    async def _keys(self) -> None:
        """From the person to the program. What the program does not take yet is left where it is."""
        loop = asyncio.get_running_loop()
        while True:
            typed: asyncio.Future[None] = loop.create_future()
            loop.add_reader(self._stdin, settle, typed)
            try:
                await typed
            finally:
                loop.remove_reader(self._stdin)
            try:
                data = os.read(self._stdin, _KEYS)
            except OSError:
                data = b""
            if not data:  # the terminal has gone, and SIGHUP is on its way
                return
            await self._child.write(data)

    def _reset(self) -> bytes:
        """The cursor goes back to where it was on the ordinary screen, too, where the program may have failed to put it."""
        return f"{LEAVE if self._alternate else ''}{RESET}".encode()

    def _show(self, data: bytes) -> None:
        with suppress(OSError):
            while data:
                data = data[os.write(self._stdout, data) :]

    def _fit(self) -> None:
        with suppress(OSError):
            rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(self._stdin, termios.TIOCGWINSZ, bytes(8)))
            if rows and columns:
                self._child.resize(rows, columns)

    def _put_back(self) -> None:
        with suppress(termios.error):
            termios.tcsetattr(self._stdin, termios.TCSADRAIN, self._before)

    def _resized(self, number: int, frame: FrameType | None) -> None:
        self._fit()
        self._pass_on(number, frame)

    def _ended(self, number: int, frame: FrameType | None) -> None:
        self._put_back()
        self._show(self._reset())
        self._pass_on(number, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        """To whoever has caught the signal before us."""
        old = self._old.get(number)
        if callable(old):
            old(number, frame)
        elif old == signal.SIG_DFL and number != signal.SIGWINCH:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def _keep(self) -> subprocess.Popen[bytes]:
        """The process that puts the terminal back after us."""
        modes = subprocess.run(["stty", "-g"], stdin=self._stdin, capture_output=True, text=True, check=False).stdout.strip()
        return subprocess.Popen(
            ["sh", "-c", _KEEPER, "sh", modes, RESET],
            stdin=subprocess.PIPE,
            stdout=self._stdin,
            start_new_session=True,
        )
