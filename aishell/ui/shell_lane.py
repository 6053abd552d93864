"""The person's shell on the screen: lines go in one after the other, and what happens becomes blocks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from aishell.core.errors import AishellError, ShellUnavailable
from aishell.core.shell import Began, Changed, Ended, Event, Left, Printed, Ready, Screen, Unfinished, Waits
from aishell.ui.calls import Calls
from aishell.ui.cut_off import as_ran
from aishell.ui.terminal.all_over import AllOver
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.words import Words
from aishell.ui.written_down import WrittenDown

if TYPE_CHECKING:
    from aishell.session import Session, Shell

_AT_ONCE = 16 << 10
"""Bytes that are taken in before others have their turn: a key is echoed within a few milliseconds while output pours in."""
_ENDS = ("exit", "logout", "quit")
_SOON_S = 2.0
"""A shell that ends by itself sooner than this after its start is not started again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line for the shell."""

    line: str
    kept: bool
    """Whether it may be remembered."""


class ShellLane:
    """`follow` it in a task of its own; `run` gives it lines at any time, and they wait for each other."""

    def __init__(
        self, session: Session, column: Column, calls: Calls, *, say: Words, folder: str, protect: frozenset[str]
    ) -> None:
        """`folder`: where the shell begins. `protect`: programs of which copies are kept from before they run."""
        self.folder = folder
        self.waiting: deque[Typed] = deque()
        self.running: CommandBlock | None = None
        """The block of the line at hand."""
        self.pid = 0
        self.leaving = False
        """The person has asked for the shell's end."""
        self._stayed = False
        """It has been asked to end just now, and has stayed, since jobs are stopped: asked once more, it goes, as any shell."""
        self._session = session
        self._column = column
        self._calls = calls
        self._say = say
        self._protect = protect
        self._shell: Shell | None = None
        self._handed: WrittenDown | None = None
        """The line that the shell is at."""
        self._all_over = AllOver()
        self._last: CommandBlock | None = None
        self._size = (0, 0)
        self._pull: asyncio.Future[Event | None] | None = None
        self._wished = False
        """The person wants the whole terminal for what runs."""

    # ---- for the screen

    @property
    def busy(self) -> bool:
        return self._handed is not None

    async def run(self, line: str, *, kept: bool) -> None:
        """Run a line now, or after those before it."""
        self.waiting.append(Typed(line=line, kept=kept))
        await self._next()

    async def write(self, data: bytes) -> None:
        if self._shell:
            await self._shell.write(data)

    async def interrupt(self) -> None:
        """Ctrl-C for what runs; what waits behind it is dropped, as in any shell."""
        self.waiting.clear()
        self._calls.changed()
        if self._shell and not self._shell.ready:
            await self._shell.interrupt()

    async def suspend(self) -> None:
        if self._shell and self.busy:
            await self._shell.suspend()

    async def hang_up(self) -> None:
        self.leaving = True
        if self._shell:
            await self._shell.hang_up()

    def wish_terminal(self) -> None:
        """Give what runs the whole terminal, or the shell itself, until its next command has ended."""
        if self._pull and not self._pull.done():
            self._wished = True
            self._pull.cancel()

    def resize(self) -> None:
        """The column has another size."""
        size = (max(1, self._column.size.height), self._column.columns)
        if size != self._size and self._column.size.width:
            self._size = size
            if self.running:
                self.running.output.text.resize(size[1], size[0])
            if self._shell:
                self._shell.resize(*size)

    # ---- from the shell

    async def follow(self) -> int:
        """Keep a shell there until the person leaves; the status it left with. Raises ShellUnavailable."""
        bare = False
        while True:
            self.resize()
            began = time.monotonic()
            rows, columns = self._size
            self._shell = self._session.open_shell(rows=rows or 24, columns=columns or 80, cwd=self.folder, bare=bare)
            self.pid = self._shell.pid
            try:
                status = await self._events(self._shell)
            except ShellUnavailable as error:
                if bare:
                    raise
                await self._column.add(NoticeBlock.of(error))
                bare = True
                continue
            if self.leaving:
                return status
            by_itself = not self.busy
            await self._died(status)
            if by_itself and time.monotonic() - began < _SOON_S:
                raise ShellUnavailable(
                    self._say("The shell ends as soon as it has begun."), hint=self._say("Words still work; F2 has more.")
                )

    async def _died(self, status: int) -> None:
        if self.running:
            self.running.ended(None, time.time() - self._handed.began if self._handed else 0.0)
            self._calls.over(self.running)
        self.running = self._handed = None
        text = self._say("The shell has ended (status {status}); another one is here, in the same folder.", status=status)
        await self._column.add(NoticeBlock(text, kind="warning"))

    async def _events(self, shell: Shell) -> int:
        while True:
            self._pull = asyncio.ensure_future(shell.next())
            try:
                event = await self._pull
            except asyncio.CancelledError:
                if not self._wished:
                    raise
                self._wished = False
                await self._give_terminal(shell)
                continue
            if event is None or isinstance(event, Left):
                return event.status if event else 0
            await self._take(event, shell)

    async def _take(self, event: Event, shell: Shell) -> None:
        match event:
            case Ready(cwd=cwd):
                self.folder = cwd
                if self.running:  # what the start-up files have printed
                    self.running.ended(None, 0.0)
                    self.running = None
                self._calls.moved(shell.snapshot())
                await self._next()
            case Began(line=line):
                await self._open(line)
            case Printed(data=data):
                await self._print(data, shell)
            case Waits():
                await self._wait(event, shell)
            case Screen(on=True):
                await self._give_terminal(shell)
            case Unfinished(line=line):
                what = self._say("The shell needs more than this: {line}", line=line)
                await self._column.add(NoticeBlock(what, kind="warning"))
                await self._end(2, 0.0)
            case Ended(exit_status=status, cwd=cwd, took_s=took_s):
                moved, self.folder = cwd != self.folder, cwd
                if moved:
                    self._calls.moved(shell.snapshot())
                await self._end(status, took_s)
            case Changed():
                self._calls.moved(shell.snapshot())

    async def _next(self) -> None:
        """Hand the shell the next line, when it can take one."""
        shell = self._shell
        if not (shell and shell.ready and self.waiting) or self.busy:
            self._calls.changed()
            return
        typed = self.waiting.popleft()
        self.leaving = typed.line.split()[:1] in [[word] for word in _ENDS]
        if self.leaving and self._stayed:
            await shell.hang_up()
            return
        self._calls.private(not typed.kept)
        handed = WrittenDown(self._session, typed.line, self.folder, kept=typed.kept, protect=self._protect)
        self._handed = handed
        self._calls.changed()
        try:
            await handed.may_run()
            self.resize()  # the line is for a window as it is now
            await shell.run("exit" if typed.line.strip() == "quit" else typed.line)
        except AishellError as error:
            self._handed = None
            await self._column.add(NoticeBlock.of(error))
            await self._next()

    async def _open(self, line: str) -> CommandBlock:
        rows, columns = self._size
        if self.running:  # the next command of several lines
            return self.running
        block = CommandBlock(line, folder=self.folder, say=self._say, columns=columns or 80, rows=rows or 24)
        self.running = self._last = block
        self._all_over = AllOver()
        await self._column.add(block)
        return block

    async def _print(self, data: bytes, shell: Shell) -> None:
        """Into the block at hand; what comes between two lines, from a job, goes below the last one."""
        block = self.running or (None if self.busy else self._last)
        block = block or await self._open(self._handed.line if self._handed else "")
        self._all_over.printed(data)
        for at in range(0, len(data), _AT_ONCE):
            block.write(data[at : at + _AT_ONCE])
            if answers := block.output.text.answers():
                await self.write(answers)
            await asyncio.sleep(0)
        await self._look_at(block, shell)

    async def _wait(self, event: Waits, shell: Shell) -> None:
        if self.busy or self.running:
            block = self.running or await self._open(self._handed.line if self._handed else "")
            block.waits(typing=True)
            self._all_over.waits(event)
            self._calls.wants_keys(block)
            await self._look_at(block, shell)

    async def _look_at(self, block: CommandBlock, shell: Shell) -> None:
        """Give it the whole terminal if it behaves as if it had it."""
        if self._all_over.seen(cursor_shown=block.output.text.cursor_shown):
            await self._give_terminal(shell)

    async def _give_terminal(self, shell: Shell) -> None:
        """The whole terminal for a program that draws all over it, until it is done with that."""
        try:
            with self._calls.whole_terminal():
                await shell.attach(0, 1)
        except (SuspendNotSupported, OSError):  # there is none to give: then the block has to do
            if self.running:
                self.running.waits(typing=True)
            return
        self._size = (0, 0)
        self.resize()

    async def _end(self, status: int, took_s: float) -> None:
        handed, self._handed = self._handed, None
        block = self.running or (await self._open(handed.line) if handed else None)
        self.running = None
        if block:
            block.ended(status, took_s)
            self._calls.over(block)
            if handed and handed.kept:
                self._calls.keep(as_ran(block), None)
        if handed:
            self._stayed, self.leaving = self.leaving, False
            await self._write_down(handed, status)
        await self._next()

    async def _write_down(self, handed: WrittenDown, status: int) -> None:
        try:
            made = await handed.changed()
            self._calls.private(not handed.kept)  # just before, since words may be under way that are not
            handed.ran(status)
        except AishellError as error:
            await self._column.add(NoticeBlock.of(error))
            return
        self._calls.remembered()
        if made:
            told = self._say(
                "{what}; `aishell undo {number}` puts back what the line names", what=made.summary(), number=made.number
            )
            await self._column.add(NoticeBlock(told))
