"""The person's shell below the line mode: a line has the real terminal while it runs, and between lines the prompt has it."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aishell.core.errors import AishellError, ShellUnavailable
from aishell.core.shell import Changed, Ended, Event, Left, Lent, Printed, Ready, Snapshot, Unfinished, Waits
from aishell.ui.line_mode.lines import Came
from aishell.ui.programs import still_running
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import OpenShell, Shell

_EXIT = re.compile(r"(?:^|[;&|({\n]|\b(?:then|else|do)\b)\s*(?:exit|logout)\b")
_SOON_S = 2.0
"""A shell that ends by itself sooner than this after its start is not started again before it is needed."""
_UNFINISHED = 2
"""The status of a line that no shell can read, as bash has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """To the person and to what follows the shell, also while a prompt stands."""

    moved: Callable[[Snapshot], None]
    """Its folder or environment may be another."""
    show: Callable[[bytes], Awaitable[object]]
    """What a program has printed."""
    tell: Callable[[str], Awaitable[object]]
    """A sentence of ours."""
    complain: Callable[[AishellError], Awaitable[object]]
    end_row: Callable[[], None]
    """The last row that was printed has no end."""


class Lane:
    """Lines go in one after the other. It has to be closed."""

    def __init__(self, open_shell: OpenShell, ways: Ways, say: Words, folder: str) -> None:
        """`folder`: where the shell begins."""
        self._open_shell = open_shell
        self._ways = ways
        self._say = say
        self._folder = folder
        self._bare = False
        self._warned = False
        """The person has been told what would end with the shell."""
        self._shell: Shell | None = None
        self._began = 0.0
        self._between: asyncio.Task[None] | None = None
        self._pull: asyncio.Future[Event | None] | None = None
        self._held = asyncio.Event()

    def start(self) -> None:
        """Have a shell, which comes to its prompt meanwhile. Raises ShellUnavailable."""
        self._shell = self._opened()
        self._watch()

    async def run(self, line: str, *, typed: bytes = b"") -> Came:
        """Run a line with the real terminal; `typed` has been typed for it already. Raises AishellError, OSError."""
        self._warned = False
        await self._hold()
        try:
            return await self._came(line, await self._lend(line, typed))
        finally:
            self._watch()

    async def leave(self, line: str, *, last: int) -> Came:
        """Likewise for a line that ends the shell. Programs that run in it are named first, and the second time end with it.

        `last`: the status of the line before, with which the shell leaves when the line names none.
        """
        names = still_running(self._shell.pid) if self._shell else ()
        if not names:
            return await self.run(line)
        if not self._warned:
            self._warned = True
            await self._ways.tell(
                self._say("Still running: {names}. Once more, and they end.", names=", ".join(dict.fromkeys(names)))
            )
            return Came(status=1)
        await self.close()
        status = line.split()[1:2]
        return Came(status=int(status[0]) & 0xFF if status and status[0].isdecimal() else last, left=True)

    async def close(self) -> None:
        """End the shell and its jobs; safe to call twice."""
        await self._hold()
        shell, self._shell = self._shell, None
        if shell:
            await shell.hang_up()

    # ---- a line

    def _opened(self) -> Shell:
        try:
            columns, rows = os.get_terminal_size(0)
        except OSError:
            columns, rows = 80, 24
        self._began = time.monotonic()
        return self._open_shell(rows=rows or 24, columns=columns or 80, cwd=self._folder, bare=self._bare, lent=True)

    async def _lend(self, line: str, typed: bytes) -> Lent:
        while True:
            self._shell = self._shell or self._opened()
            try:
                return await self._shell.lend(line, 0, 1, typed=typed)
            except ShellUnavailable as error:
                await self._without_files(error)

    async def _without_files(self, error: ShellUnavailable) -> None:
        """Start-up files keep the shell from its prompt: the next goes without. Raises ShellUnavailable when this one did."""
        self._shell = None
        if self._bare:
            raise error
        self._bare = True
        await self._ways.complain(error)

    async def _came(self, line: str, lent: Lent) -> Came:
        if lent.within_row:
            self._ways.end_row()
        match lent.over:
            case Ended(exit_status=status):
                self._follow()
            case Unfinished():
                status = _UNFINISHED
                await self._ways.tell(self._say("The shell needs more than this: {line}", line=line))
            case Left(status=status) if _EXIT.search(line):
                self._shell = None
                return Came(status=status, left=True)
            case Left(status=status):
                await self._another(status)
        return Came(status=status, unread=lent.unread)

    def _follow(self) -> None:
        if self._shell:
            self._folder = self._shell.cwd or self._folder
            self._ways.moved(self._shell.snapshot())

    async def _another(self, status: int) -> None:
        self._shell = None
        told = self._say("The shell has ended (status {status}); another one is here, in the same folder.", status=status)
        await self._ways.tell(told)
        self._shell = self._opened()

    # ---- between lines

    def _watch(self) -> None:
        if self._shell:
            self._held.clear()
            self._between = asyncio.ensure_future(self._idle())

    async def _hold(self) -> None:
        """Nobody else hears what happens."""
        self._held.set()
        if self._pull:
            self._pull.cancel()
        if self._between:
            await self._between

    async def _idle(self) -> None:
        """Until it is held, what happens at the prompt: jobs print, the shell begins or dies."""
        while self._shell and not self._held.is_set():
            self._pull = asyncio.ensure_future(self._shell.next())
            try:
                event = await self._pull
            except asyncio.CancelledError:
                if not self._held.is_set():
                    raise
                return
            except ShellUnavailable as error:
                await self._begin_bare(error)
                continue
            await self._heard(event)

    async def _begin_bare(self, error: ShellUnavailable) -> None:
        try:
            await self._without_files(error)
            self._shell = self._opened()
        except ShellUnavailable as reason:
            await self._ways.complain(reason)

    async def _heard(self, event: Event | None) -> None:
        match event:
            case Printed(data=data):
                await self._ways.show(data)
            case None | Left():
                status = event.status if event else 0
                if time.monotonic() - self._began > _SOON_S:
                    await self._another(status)
                else:
                    self._shell = None
                    await self._ways.tell(self._say("The shell ends as soon as it has begun."))
            case Ready() | Ended() | Changed():
                self._follow()
            case Waits(raw=False):
                await self._ways.tell(
                    self._say("The shell's start-up files ask for something; they get the terminal when you send a line.")
                )
