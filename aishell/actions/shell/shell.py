"""A person's own shell: lines go in whole, and what happens comes out as events."""

from __future__ import annotations

import math
import shutil
import termios
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping

from aishell.actions.shell.child import Child
from aishell.actions.shell.course import Course
from aishell.actions.shell.door import Door, Kind, Prompts, StartUp
from aishell.actions.shell.marks import Splitter
from aishell.actions.shell.passthrough import Passthrough, gives_back
from aishell.actions.shell.watch import Watch, image, interactive_shell
from aishell.core.errors import ShellUnavailable, UsageError
from aishell.core.shell import Began, Ended, Event, Left, Lent, Ready, Snapshot, Unfinished

_GRACE_S = 2.0
_FLUSH_S = 0.03
"""A mark's first half is given out as it is when the other half has not come after so long."""
_DRAWN_S = 0.3
"""How long a prompt may take to be drawn by a shell that does nothing else. Then somebody else has set it, without our mark."""
_TAKEN_S = 3.0
"""How long a line may take to be taken by one. Then its editor keeps it for a reason that we do not know."""
_DEAF_S = 2.0
"""How long the echo of what we have typed may take."""
_LOST_S = {"handed": _TAKEN_S, "ended": _DRAWN_S}
_END_OF_TYPED = b"\xff"
"""In no UTF-8 text, and so nothing that a person types."""
_KEYS: dict[Kind, bytes] = {"bash": b"\x1b[633;1~\x1b[633;2~", "zsh": b"\x1b[633;1~"}


class Shell:
    """One session of bash or zsh, with the person's start-up files, history, aliases and jobs.

    `events` has to be iterated for anything to happen. Whoever does so slowly slows the shell's programs down: at most 64 KB
    are on their way. A line is handed in through a key of the shell's own line editor, so that history expansion, aliases, job
    control and history work as typed; the editor is kept from drawing meanwhile, so that only what programs write is printed.
    """

    def __init__(self, kind: Kind, child: Child, door: Door, patience_s: float) -> None:
        self.kind: Kind = kind
        self._child = child
        self._door = door
        self._splitter = Splitter(door.nonce)
        self._course = Course(door)
        self._watch = Watch(child)
        self._queue: deque[Event] = deque()
        self._patience_s = patience_s
        self._patient_since = time.monotonic()
        self._image = b""
        self._mended: set[tuple[bytes, int]] = set()
        self._mended_at = 0.0
        self._over = False
        self._through: Passthrough | None = None

    @classmethod
    def start(
        cls,
        kind: Kind,
        *,
        rows: int,
        columns: int,
        cwd: str,
        environment: Mapping[str, str],
        files: StartUp = "rc",
        patience_s: float = 10.0,
        prompts: Prompts = "marks",
    ) -> Shell:
        """A shell that is starting; `Ready` says when a line may be run. Needs a running event loop.

        `prompts` is "lent" when its lines are to have the real terminal, through `lend`.

        `patience_s` is how long its start-up files may take; the time in which they ask the person something does not count.
        Raises ShellUnavailable when there is no such shell.
        """
        program = shutil.which(kind, path=environment.get("PATH"))
        if not program:
            raise ShellUnavailable(f"There is no {kind} here.", hint="Install it, or choose another shell.")
        door = Door(prompts)
        arguments, told = door.start(kind, files, environment)
        try:
            child = Child([program, *arguments[1:]], told, cwd, rows=rows, columns=columns)
        except OSError as error:
            door.close()
            raise ShellUnavailable(
                f"{kind} cannot be started: {error.strerror}.", hint="Is the system out of processes?"
            ) from error
        return cls(kind, child, door, patience_s)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def cwd(self) -> str:
        """The folder at the last prompt; empty before the first."""
        return self._course.cwd

    @property
    def ready(self) -> bool:
        """Whether a line may be run."""
        return self._course.stage == "prompt" and not self._over

    def snapshot(self) -> Snapshot:
        """What was true at the last prompt. The shell has written it down there: nothing runs for it, and nothing waits."""
        return self._course.snapshot()

    async def run(self, line: str) -> None:
        """Run `line`, or several lines, as if typed at the prompt.

        Ends in `Ended`, `Unfinished` or `Left`. It goes into the shell's history unless it begins with a blank.
        Raises ShellUnavailable when the shell is not at its prompt, UsageError when the line holds what none can.
        """
        if not self.ready:
            raise ShellUnavailable("The shell is busy.", hint="Wait until its command has ended.")
        if "\0" in line:
            raise UsageError("A command line cannot hold a NUL character.")
        line = line.rstrip("\n")
        self._door.hand("run", line)
        self._course.hand(line, time.monotonic())
        self._watch.over()
        await self._child.write(_KEYS[self.kind])

    async def write(self, data: bytes) -> None:
        """Keys for the running program. Returns when the terminal has taken them."""
        await self._child.write(data)

    async def interrupt(self) -> None:
        """Ctrl-C."""
        await self._child.write(self._child.key(termios.VINTR))

    async def suspend(self) -> None:
        """Ctrl-Z."""
        await self._child.write(self._child.key(termios.VSUSP))

    async def end_of_input(self) -> None:
        """Ctrl-D. At the prompt it ends the shell."""
        await self._child.write(self._child.key(termios.VEOF))

    def resize(self, rows: int, columns: int) -> None:
        self._child.resize(rows, columns)

    async def hang_up(self) -> None:
        """End the shell and its jobs as a closed terminal does: SIGHUP. What was disowned stays."""
        self._over = True
        await self._child.hang_up(_GRACE_S)
        self._door.close()

    async def attach(self, stdin: int, stdout: int) -> None:
        """Give the running program the real terminal on these descriptors, until it ends or leaves the alternate screen.

        The event that ended it comes next from `events`, which nobody else must iterate meanwhile. Called at the prompt, it
        shows the shell's own prompt and line editor until a command has ended. The terminal is left as it was found, also when
        this process is killed. Raises OSError when `stdin` is no terminal.
        """
        with Passthrough(stdin, stdout, self._child) as through:
            at_prompt = self.ready
            try:
                if at_prompt:
                    await self._prompts("own")
                last = await through.carry(self.next, gives_back(screen=self._course.screen), screen=self._course.screen)
            finally:
                if at_prompt and self.ready:
                    self._queue.clear()  # the next prompt, already drawn
                    await self._prompts("marks")
        if last:
            self._queue.appendleft(last)

    async def lend(self, line: str, stdin: int, stdout: int, *, typed: bytes = b"") -> Lent:
        """Run `line` with the real terminal until it has ended. Should this process be killed, somebody else puts that back.

        Start-up files that are still at work have it first. `typed` has been typed already, for whatever reads the terminal;
        Raises as `run` and `next` do, and OSError when `stdin` is no terminal.
        """
        with Passthrough(stdin, stdout, self._child, kept=True) as through:
            self._through, over = through, None
            try:
                if not self.ready:
                    over = await through.carry(self.next, lambda event: isinstance(event, Ready | Left))
                if not isinstance(over, Left):
                    await self.run(line)
                    self._course.unread = typed
                    ends = (Ended, Unfinished, Left)
                    over = await through.carry(self.next, lambda event: isinstance(event, ends), first=self._course.take_unread)
            finally:
                self._through = None
        over = over if isinstance(over, Ended | Unfinished | Left) else Left(status=self._child.status or 0)
        return Lent(over=over, within_row=through.within_row, unread=self._course.take_unread())

    async def _prompts(self, whose: str) -> None:
        """Whose prompts are shown from the next on, and that next one."""
        self._course.bare = whose == "own"
        self._door.hand("prompts", whose)
        self._course.redraw(time.monotonic())
        await self._child.write(_KEYS[self.kind])
        while whose == "marks" and not self.ready and not self._over:
            await self._advance()

    async def events(self) -> AsyncIterator[Event]:
        """What happens, until the shell has left. One reader at a time; it may stop and go on later.

        Raises ShellUnavailable when the shell does not come to its first prompt; it has been ended then.
        """
        while (event := await self.next()) is not None:
            yield event

    async def next(self) -> Event | None:
        """The next event; None after the last. Nothing is lost when this is cancelled."""
        while not self._queue and not self._over:
            await self._advance()
        return self._queue.popleft() if self._queue else None

    async def _advance(self) -> None:
        """Wait for something to happen, and queue what follows from it."""
        data = await self._child.read(self._pause())
        now = time.monotonic()
        if data == b"":
            return self._left()
        pieces = self._splitter.feed(data) if data else [self._splitter.flush()] if data is None else []
        unfinished = self._course.unfinished
        for piece in pieces:
            for event in self._course.take(piece, now):
                self._queue.append(event)
                if self._through and isinstance(event, Began):
                    self._through.begin(self._course.take_unread)
        if self._course.wants_typed:
            self._course.wants_typed = False
            await self._give_typed()
        if self._course.unfinished and not unfinished:
            await self.interrupt()
        stage = self._course.stage
        if stage == "prompt":
            self._image = self._image or image(self._child.pid)
        elif data is None or self._watch.heard(now):
            await self._look(now)

    async def _give_typed(self) -> None:
        """Until the next line nothing more is typed into the shell, and now it knows where what has been typed ends."""
        if self._through:
            await self._through.hold()
        await self._child.write(_END_OF_TYPED)

    def _pause(self) -> float | None:
        if self._splitter.holds:
            return _FLUSH_S
        return None if self._course.stage == "prompt" else self._watch.pause_s

    async def _look(self, now: float) -> None:
        running = self._course.stage in ("starting", "running")
        self._queue.extend(self._watch.look(now, running=running))
        by_shell = self._watch.now.by == self._child.pid and self._watch.now.raw
        if running and by_shell and self._course.editor and self._watch.quiet:
            await self._mend(now)
        if self._course.deaf and running and now - self._mended_at > _DEAF_S:
            self._course.deaf = False
        if self._course.unfinished and by_shell and self._watch.quiet and self._child.sleeps():
            await self.interrupt()  # bash misses the first when it has just begun to read
        elif by_shell and now - self._course.since > _LOST_S.get(self._course.stage, math.inf) and self._child.sleeps():
            self._queue.extend(self._course.prompt())
        if self._course.stage == "starting":
            await self._lose_patience(now)

    async def _mend(self, now: float) -> None:
        """A line editor waits and no mark has come: another shell in place of the first, or somebody has removed the marks."""
        seen = image(self._child.pid)
        if (seen, self._course.prompts) in self._mended:
            return
        self._mended.add((seen, self._course.prompts))
        self._mended_at = now
        if self._course.stage == "running" and seen == self._image:
            self._door.hand("repair")
            await self._child.write(_KEYS[self.kind][:8])
        elif kind := interactive_shell(self._child.pid):
            self.kind, self._image, self._course.deaf = kind, b"", True
            await self._child.write(self._door.source(kind).encode() + b"\r")

    async def _lose_patience(self, now: float) -> None:
        if self._watch.waits and not self._course.editor:  # a passphrase is asked for, say
            self._patient_since = now
        if now - self._patient_since > self._patience_s:
            await self.hang_up()
            raise ShellUnavailable(
                f"{self.kind} has not come to its prompt within {self._patience_s:.0f} s.",
                hint="Its start-up files may hang, or start something else; start it without them.",
            )

    def _left(self) -> None:
        self._over = True
        self._door.close()
        status = self._child.status or 0
        if self._course.stage == "starting":
            raise ShellUnavailable(
                f"{self.kind} ended with status {status} before its first prompt.",
                hint="Its start-up files may end it; start it without them.",
            )
        self._queue.append(Left(status=status))
