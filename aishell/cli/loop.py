"""`aishell` without arguments: a line loop on the terminal, or lines from standard input.

What the first prompt does not need is imported after it.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli.command import is_command
from aishell.cli.itself import be_found
from aishell.cli.options import Options
from aishell.cli.sources import open_sources
from aishell.cli.supervised import run_async
from aishell.config.load import Loaded
from aishell.config.paths import Paths
from aishell.core.errors import EXIT_INTERRUPTED, AishellError, UsageError
from aishell.planner.route import route
from aishell.ui.line_mode import addressable, front
from aishell.ui.line_mode.lines import Lines, cwd

if TYPE_CHECKING:
    from aishell.session import Session
    from aishell.ui.editing.sources import Sources

_HELLO = """\
Type a command, or say what you want in words. !text is always a command, ?text is always words.
Folder changes last; other changes to the shell (variables, aliases) end with their line. `recall WORDS` finds what ran before,
`private on` keeps nothing of what follows. Leave with exit or Ctrl-D."""


def run(*, line: bool = False) -> int:
    """`line`: not the screen, whatever the settings say."""
    loaded, paths = wiring.settings()
    be_found()
    screen = front(loaded.settings.ui.screen, os.environ.get("TERM", "")) == "full" and not loaded.settings.ui.plain
    if screen and not line and os.isatty(0) and os.isatty(1):
        from aishell.cli.screen import show

        return show(loaded, paths)
    return run_async(_start(_Loop(loaded, paths), loaded, paths))


async def _start(loop: _Loop, loaded: Loaded, paths: Paths) -> int:
    if not (os.isatty(0) and os.isatty(1)):
        return await loop.all(Lines.from_stream(sys.stdin), None)
    sources = open_sources(paths)
    print(_HELLO, file=sys.stderr)
    if loaded.settings.ui.plain or not addressable(os.environ.get("TERM", "")):
        return await loop.all(Lines.plainly(sources, lambda: loop.private), sources)
    return await loop.all(Lines.on_terminal(sources, lambda: loop.private, loaded.settings.ui.keys), sources)


class _Loop:
    def __init__(self, loaded: Loaded, paths: Paths) -> None:
        self._loaded = loaded
        self._paths = paths
        self._thinking: Session | None = None
        """With a model; None until there is one. Shell lines never need it."""
        self._plain: Session | None = None
        """Without one, for shell lines before it is there."""
        self.private = False
        """Nothing of what is typed and done is kept."""
        self._unkept = False
        """Nor of this line."""

    async def all(self, lines: Lines, sources: Sources | None) -> int:
        status = 0
        warm = asyncio.ensure_future(self._warm(lines, sources))
        try:
            async for text in lines.read():
                await warm
                if text.split()[:1] in (["exit"], ["quit"]):
                    break
                status = await self._one(text)
        finally:
            if not lines.ready.is_set():
                warm.cancel()
            await asyncio.wait([warm])  # a session that is being opened has to be closed
            for session in (self._thinking, self._plain):
                if session:
                    await session.close()
        return status

    async def _warm(self, lines: Lines, sources: Sources | None) -> None:
        """Get ready once the first prompt is drawn: the model loads while the first line is typed."""
        await lines.ready.wait()
        if sources:
            await asyncio.to_thread(sources.finder.prepare, cwd())
            await asyncio.to_thread(sources.is_command, "")
        try:
            await asyncio.to_thread(self._session)
        except AishellError as error:
            from aishell.cli import stdio

            said = error
            await lines.above(lambda: stdio.complain(said))

    def _session(self) -> Session:
        if self._thinking is None:
            self._thinking = wiring.open_session(self._loaded.settings, self._paths)
        self._thinking.private = self._unkept
        return self._thinking

    def _without_model(self) -> Session:
        self._plain = self._plain or wiring.open_session(self._loaded.settings, self._paths, model=False)
        return self._plain

    def _line(self, line: str) -> int:
        protect = frozenset(self._loaded.settings.undo.protect.split())
        session = self._thinking or self._without_model()
        session.private = self._unkept
        status, folder, kept = session.acting.run_line(line, os.getcwd(), protect=protect)
        os.chdir(folder)
        if kept:
            from aishell.cli import stdio

            stdio.say(f"aishell: {kept.summary()}; `aishell undo {kept.number}` puts back what the line names")
        return status

    def _own(self, text: str) -> int | None:
        """The status of a line that is for aishell itself; None when it is not."""
        from aishell.cli import recall, stdio

        match text.split():
            case ["recall", _, *_] if not is_command("recall"):
                return recall.run(shlex.split(text)[1:])
            case ["private", "on" | "off" as state] if not is_command("private"):
                self.private = state == "on"
                stdio.say("aishell: nothing is kept from here on" if self.private else "aishell: what runs is remembered again")
                return 0
        return None

    def _note(self, text: str) -> int:
        from aishell.cli import note

        if self._unkept:
            raise UsageError("Nothing is remembered in private.", hint="`private off` first, or without a blank before it.")
        return note.run(text, Options(text))

    async def _one(self, text: str) -> int:
        from aishell.cli import stdio
        from aishell.cli.words import Turn
        from aishell.core.types import Request

        self._unkept = self.private or text.startswith(" ")
        try:
            own = self._own(text)
            if own is not None:
                return own
            routed = route(text, is_command, os.path.exists)
            if routed.where == "shell":
                return self._line(routed.text)
            if routed.where == "note":
                return self._note(routed.text)
            options = Options(routed.text, plain=self._loaded.settings.ui.plain)
            turn = Turn(self._session(), options, self._loaded.settings.actions.unattended_timeout_s, None)
            return await _interruptible(turn.words(Request(text=routed.text, cwd=os.getcwd())))
        except AishellError as error:
            stdio.complain(error)
            return error.exit_status
        except ValueError as error:  # from shlex
            stdio.say(f"aishell: {error}")
            return UsageError.exit_status
        except OSError as error:
            stdio.say(f"aishell: {error.strerror}")
            return 1


async def _interruptible(work: Coroutine[None, None, int]) -> int:
    """Ctrl-C ends this piece of work and not the session."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        if not task.cancelled():  # it is the session that is to end
            task.cancel()
            await asyncio.wait([task])
            raise
        print(file=sys.stderr)
        return EXIT_INTERRUPTED
    finally:
        loop.remove_signal_handler(signal.SIGINT)
