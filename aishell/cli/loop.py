"""`aishell` without arguments: a line loop on the terminal, or lines from standard input.

What the first prompt does not need is imported after it.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli import badge
from aishell.cli.following import Following
from aishell.cli.itself import be_found
from aishell.cli.keeper import kept_terminal
from aishell.cli.open_lane import open_lane
from aishell.cli.options import Options
from aishell.cli.sources import open_sources
from aishell.cli.supervised import interruptible, run_async
from aishell.config.load import Loaded
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, ShellUnavailable, UsageError
from aishell.core.failed import Failed
from aishell.ui.line_mode import addressable, front
from aishell.ui.line_mode.lines import Came, Lines, cwd
from aishell.ui.words import language, speak

if TYPE_CHECKING:
    from aishell.core.changes import UndoSet
    from aishell.session import Session
    from aishell.ui.editing.sources import Sources
    from aishell.ui.line_mode.lane import Lane
    from aishell.ui.written_down import WrittenDown

_HELLO = """\
Type a command, or say what you want in words. !text is always a command, ?text is always words.
Below is your own shell: folder, variables, aliases, functions and jobs last. `recall WORDS` finds what ran before,
`private on` keeps nothing of what follows. Leave with exit or Ctrl-D."""
_CTRL_C = b"\x03"
_LEAVES = ("exit", "logout", "quit")


def run(*, line: bool = False) -> int:
    """`line`: not the screen, whatever the settings say."""
    loaded, paths = wiring.settings()
    be_found()
    if not (os.isatty(0) and os.isatty(1)):
        return run_async(_Loop(loaded, paths).all(Lines.from_stream(sys.stdin), None))
    screen = front(loaded.settings.ui.screen, os.environ.get("TERM", "")) == "full" and not loaded.settings.ui.plain
    if screen and not line:
        from aishell.cli.screen import show

        return show(loaded, paths)
    with kept_terminal():
        return run_async(_at_terminal(loaded, paths))


async def _at_terminal(loaded: Loaded, paths: Paths) -> int:
    ui = loaded.settings.ui
    say = speak(language(os.environ, "" if ui.language == "auto" else ui.language))
    following = Following()
    loop = _Loop(loaded, paths, following=following)
    sources = following.sources(open_sources(paths, loaded.settings), say)
    print(_HELLO, file=sys.stderr)
    badge.show(loaded.settings)
    if ui.plain or not addressable(os.environ.get("TERM", "")):
        lines = Lines.plainly(sources, lambda: loop.private)
    else:
        lines = Lines.on_terminal(sources, lambda: loop.private, ui.keys)
    loop.ended = sources.ended
    loop.open_lane = lambda: open_lane(lines, following, say)
    return await loop.all(lines, sources)


class _Loop:
    def __init__(self, loaded: Loaded, paths: Paths, *, following: Following | None = None) -> None:
        """`following`: what the person's shell knows."""
        self.open_lane: Callable[[], Lane] | None = None
        """How to have the person's shell. Without one each line has a bash of its own."""
        self._lane: Lane | None = None
        self.ended: Callable[[str, int], None] | None = None
        """Told of lines that have run."""
        self.private = False
        """Nothing of what is typed and done is kept."""
        self._loaded = loaded
        self._paths = paths
        self._following = following or Following()
        self._thinking: Session | None = None
        """With a model; None until there is one. Shell lines never need it."""
        self._plain: Session | None = None
        """Without one, for shell lines before it is there."""
        self._unkept = False
        """Nor of this line."""
        self._failed: Failed | None = None
        """The line before this one, if it failed."""
        self._pressed = b""
        """Ctrl-C, from the time between the prompt and the program that the line starts."""

    async def all(self, lines: Lines, sources: Sources | None) -> int:
        warm = asyncio.ensure_future(self._warm(lines, sources))
        came = Came(status=0)
        try:
            while not came.left:
                async for text in lines.read():
                    self._catch_ctrl_c()
                    await warm
                    came = await self._one(text, lines, came.status)
                    if came.left:
                        break
                else:  # Ctrl-D
                    if lines.ready.is_set():
                        await warm
                    came = await self._leave("exit", came.status)
        finally:
            if not lines.ready.is_set():
                warm.cancel()
            await asyncio.wait([warm])  # a session that is being opened has to be closed
            if self._lane:
                await self._lane.close()
            for session in (self._thinking, self._plain):
                if session:
                    await session.close()
        return came.status

    def _catch_ctrl_c(self) -> None:
        """It never ends the session; prompts, and programs that have the terminal, see to it themselves."""

        def pressed() -> None:
            self._pressed = _CTRL_C

        self._pressed = b""
        if self.open_lane:
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, pressed)

    async def _warm(self, lines: Lines, sources: Sources | None) -> None:
        """Get ready once the first prompt is drawn: the model loads while the first line is typed."""
        await lines.ready.wait()
        self._open_shell()
        if sources:
            await asyncio.to_thread(sources.finder.prepare, cwd())
            await asyncio.to_thread(sources.is_command, "")
            sources.prepare()
        try:
            await asyncio.to_thread(self._session)
        except AishellError as error:
            from aishell.cli import stdio

            said = error
            await lines.above(lambda: stdio.complain(said))

    def _open_shell(self) -> None:
        try:
            self._lane = self.open_lane() if self.open_lane else None
        except ShellUnavailable as error:
            from aishell.cli import stdio

            stdio.complain(error)

    def _session(self) -> Session:
        if self._thinking is None:
            self._thinking = wiring.open_session(self._loaded.settings, self._paths, ended=self.ended)
        self._thinking.private = self._unkept
        return self._thinking

    def _without_model(self) -> Session:
        plain = self._plain or wiring.open_session(self._loaded.settings, self._paths, model=False, ended=self.ended)
        self._plain = plain
        return plain

    async def _line(self, line: str, lines: Lines) -> Came:
        before = cwd()
        came = await self._ran(line, lines)
        self._failed = Failed(command=line, cwd=before, exit_status=came.status) if came.status and not came.left else None
        return came

    async def _ran(self, line: str, lines: Lines) -> Came:
        protect = frozenset(self._loaded.settings.undo.protect.split())
        session = self._thinking or self._without_model()
        session.private = self._unkept
        if self._lane:
            from aishell.ui.written_down import WrittenDown

            written = WrittenDown(session, line, cwd(), kept=not self._unkept, protect=protect)
            return await self._in_shell(self._lane, written, lines)
        status, folder, kept = session.acting.run_line(line, os.getcwd(), protect=protect)
        os.chdir(folder)
        if self.ended and not self._unkept:
            self.ended(line, status)
        if kept:
            _told(kept)
        return Came(status=status)

    async def _in_shell(self, lane: Lane, written: WrittenDown, lines: Lines) -> Came:
        await written.may_run()
        # With a blank before it the shell's own history leaves it out, where the person has it so.
        typed, self._pressed = self._pressed or lines.early(), b""
        came = await lane.run(written.line if written.kept else f" {written.line}", typed=typed)
        lines.type(came.unread)
        try:
            made = await written.changed()
            written.ran(came.status)
            if made:
                _told(made)
        except AishellError as error:  # it has run nevertheless
            from aishell.cli import stdio

            stdio.complain(error)
        return came

    async def _leave(self, line: str, last: int) -> Came:
        """End the session with the shell, unless that stays. `last`: the status of the line before."""
        if self._lane:
            with suppress(ShellUnavailable, OSError):  # there is no shell any more, or no terminal
                return await self._lane.leave(line, last=last)
        return Came(status=last, left=True)

    def _own(self, text: str) -> int | None:
        """The status of a line that is for aishell itself; None when it is not."""
        from aishell.cli import recall, stdio

        match text.split():
            case ["recall", _, *_] if not self._following.known("recall"):
                return recall.run(shlex.split(text)[1:])
            case ["private", "on" | "off" as state] if not self._following.known("private"):
                self.private = state == "on"
                stdio.say("aishell: nothing is kept from here on" if self.private else "aishell: what runs is remembered again")
                return 0
        return None

    async def _fix(self, failed: Failed, lines: Lines) -> Came:
        """`fix`, behind a line that failed."""
        from aishell.cli import fix

        options = Options("", plain=self._loaded.settings.ui.plain)
        timeout_s = self._loaded.settings.actions.unattended_timeout_s
        done = await interruptible(fix.typed(self._session(), failed, options, timeout_s=timeout_s))
        return await self._line(done, lines) if isinstance(done, str) else Came(status=done)

    def _note(self, text: str) -> int:
        from aishell.cli import note

        if self._unkept:
            raise UsageError("Nothing is remembered in private.", hint="`private off` first, or without a blank before it.")
        return note.run(text, Options(text))

    async def _one(self, text: str, lines: Lines, last: int) -> Came:
        from aishell.cli import stdio

        try:
            if text.split()[:1] in [[word] for word in _LEAVES]:
                return await self._leave("exit" if text.strip() == "quit" else text, last)
            return await self._taken(text, lines)
        except AishellError as error:
            stdio.complain(error)
            return Came(status=error.exit_status)
        except ValueError as error:  # from shlex
            stdio.say(f"aishell: {error}")
            return Came(status=UsageError.exit_status)
        except OSError as error:
            stdio.say(f"aishell: {error.strerror}")
            return Came(status=1)

    async def _taken(self, text: str, lines: Lines) -> Came:
        """What a line is for is done."""
        from aishell.core.types import Request

        self._unkept = self.private or text.startswith(" ")
        failed, self._failed = self._failed, None
        own = self._own(text)
        if own is not None:
            return Came(status=own)
        if text.strip() == "fix" and failed and not self._following.known("fix"):
            return await self._fix(failed, lines)
        routed = self._following.route(text)
        if routed.where == "shell":
            return await self._line(routed.text, lines)
        if routed.where == "note":
            return Came(status=self._note(routed.text))
        if routed.where == "answer":
            raise UsageError("Nothing is being asked.", hint=f"`?{routed.text}` sends it as words.")
        from aishell.cli.words import Turn

        options = Options(routed.text, plain=self._loaded.settings.ui.plain)
        turn = Turn(self._session(), options, self._loaded.settings.actions.unattended_timeout_s, None)
        status = await interruptible(turn.words(Request(text=routed.text, cwd=os.getcwd())))
        self._catch_ctrl_c()
        return Came(status=status)


def _told(kept: UndoSet) -> None:
    from aishell.cli import stdio

    stdio.say(f"aishell: {kept.summary()}; `aishell undo {kept.number}` puts back what the line names")
