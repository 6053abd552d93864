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
_SIGNALLED = 128
"""Above it a signal has ended or stopped a program, which had no time to tidy up."""
_BEGINS_S = 2.0
"""A line that has not begun after so long, or does not say so, is given keys nevertheless. On a busy machine a shell may take a
while to begin, and keys that come before are its line editor's."""
# Reads until we are no more, or say that all is well. It has a session of its own, so that no signal to our group reaches it,
# and it may set a terminal whose foreground it is not in.
_KEEPER = 'read -r said; [ "$said" ] || { printf %s "$2"; stty "$1" <&1; }'

_Old = Callable[[int, FrameType | None], object] | int | None


def gives_back(*, screen: bool) -> Callable[[Event], bool]:
    """What ends the loan to a program on the whole screen, which may be on already: its end, or that of its screen."""

    def ends(event: Event) -> bool:
        nonlocal screen
        was, screen = screen, event.on if isinstance(event, Screen) else screen
        return isinstance(event, Ended | Left) or (was and not screen)

    return ends


class Passthrough:
    """While inside, `stdin` is raw, its bytes are `child`'s, and so is its size.

    It is put back at the end, on SIGTERM and SIGHUP before they do what they did before, and by a small process that waits for
    our end, should that be SIGKILL.
    """

    def __init__(self, stdin: int, stdout: int, child: Child, *, kept: bool = False) -> None:
        """`kept`: somebody else's process looks after the terminal, should this one be killed."""
        self.within_row = False
        """The last that was written is not the end of a row."""
        self._kept = kept
        self._typing: asyncio.Task[None] | None = None
        self._news: asyncio.Future[None] | None = None
        self._held = False
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
        self._keeper = None if self._kept else self._keep()
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
        if self._keeper:
            assert self._keeper.stdin is not None
            with suppress(OSError):
                self._keeper.stdin.write(b"well\n")
                self._keeper.stdin.close()
            self._keeper.wait()

    async def carry(
        self,
        following: Callable[[], Awaitable[Event | None]],
        ends: Callable[[Event], bool],
        *,
        screen: bool = False,
        first: Callable[[], bytes] | None = None,
    ) -> Event | None:
        """Bytes both ways, until the event that ends it; None when they are over. `screen`: the alternate one is on already.

        `first` gives what has been typed already for a line that has just been handed in. That and the keys are for its
        programs and not for the shell's own editor: somebody says when it may `begin`.
        """
        loop = asyncio.get_running_loop()
        late = loop.call_later(_BEGINS_S if first else 0.0, self.begin, first)
        untidy, self._alternate = not first, screen
        with ThreadPoolExecutor(1) as pen:  # the real terminal may be slow, or stopped: the loop must not wait for it
            try:
                while event := await following():
                    over, untidy = ends(event), untidy or isinstance(event, Left)
                    match event:
                        case Printed(data=data):
                            await loop.run_in_executor(pen, self._show, data)
                            self.within_row = not data.endswith(b"\n")
                        case Screen(on=on):
                            untidy = untidy or not on
                            self._alternate = on or over  # one that ends it has moved the cursor, perhaps wrongly
                        case Ended(exit_status=status):
                            untidy = untidy or status > _SIGNALLED
                    if over:
                        break
            except BaseException:
                untidy = True
                raise
            finally:
                late.cancel()
                await self._stop()
                if untidy:  # it may have died, or forgotten something
                    await loop.run_in_executor(pen, self._show, self._reset())
        return event

    def begin(self, first: Callable[[], bytes] | None) -> None:
        """Keys may go to the program, behind what `first` gives."""
        if not self._typing or self._typing.done():
            self._held = False
            self._typing = asyncio.create_task(self._keys(first() if first else b""))

    async def hold(self) -> None:
        """Keys stay where they are from now on; returns when the program has all of those before them."""
        self._held = True
        if self._news:
            settle(self._news)
        if self._typing:
            await self._typing

    async def _stop(self) -> None:
        typing, self._typing = self._typing, None
        if typing:
            typing.cancel()
            with suppress(asyncio.CancelledError):
                await typing

    async def _keys(self, data: bytes) -> None:
        """`data`, and keys from the person, to the program. What the program does not take yet is left where it is."""
        await self._child.write(data)
        while await self._may_type():
            try:
                data = os.read(self._stdin, _KEYS)
            except OSError:
                data = b""
            if not data:  # the terminal has gone, and SIGHUP is on its way
                return
            await self._child.write(data)

    async def _may_type(self) -> bool:
        """Whether there are keys to read; False, at once, when they are held."""
        if not self._held:
            loop = asyncio.get_running_loop()
            self._news = loop.create_future()
            loop.add_reader(self._stdin, settle, self._news)
            try:
                await self._news
            finally:
                loop.remove_reader(self._stdin)
        return not self._held

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
