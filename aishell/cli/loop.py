"""`aishell` without arguments: a line loop on the terminal, or lines from standard input."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Coroutine

from aishell import wiring
from aishell.cli import note, recall, stdio
from aishell.cli.command import is_command
from aishell.cli.options import Options
from aishell.cli.words import Turn, run_async
from aishell.config.load import Loaded
from aishell.config.paths import Paths
from aishell.core.errors import EXIT_INTERRUPTED, AishellError, ModelUnavailable, UsageError
from aishell.core.types import Request
from aishell.planner.route import route
from aishell.session import Session
from aishell.ui.line import Lines

_HELLO = """\
Type a command, or say what you want in words. !text is always a command, ?text is always words.
Folder changes last; other changes to the shell (variables, aliases) end with their line. `recall WORDS` finds what ran before,
`private on` keeps nothing of what follows. Leave with exit or Ctrl-D."""


def run() -> int:
    loaded, paths = wiring.settings()
    if not shutil.which("aishell"):  # run from a checkout: what is said here ("aishell undo") should work here
        os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{os.path.dirname(sys.executable)}"
    loop = _Loop(loaded, paths)
    if os.isatty(0) and os.isatty(1):
        lines = Lines.on_terminal(paths.state / "line_history", wiring.without_secrets, lambda: loop.private)
        stdio.say(_HELLO)
    else:
        lines = Lines.from_stream(sys.stdin)
    return run_async(loop.all(lines))


class _Loop:
    def __init__(self, loaded: Loaded, paths: Paths) -> None:
        self._loaded = loaded
        self._paths = paths
        self._thinking: Session | None = None
        """With a model; None until there is one. Shell lines never need it."""
        self._plain = wiring.open_session(loaded.settings, paths, model=False)
        self.private = False
        """Nothing of what is typed and done is kept."""
        self._unkept = False
        """Nor of this line."""

    async def all(self, lines: Lines) -> int:
        status = 0
        try:
            self._session()  # the model loads while the first line is typed
        except ModelUnavailable as error:
            stdio.complain(error)
        try:
            async for text in lines.read():
                if text.split()[:1] in (["exit"], ["quit"]):
                    break
                status = await self._one(text)
        finally:
            for session in (self._thinking, self._plain):
                if session:
                    await session.close()
        return status

    def _session(self) -> Session:
        if self._thinking is None:
            self._thinking = wiring.open_session(self._loaded.settings, self._paths)
        self._thinking.private = self._unkept
        return self._thinking

    def _line(self, line: str) -> int:
        protect = frozenset(self._loaded.settings.undo.protect.split())
        session = self._thinking or self._plain
        session.private = self._unkept
        status, folder, kept = session.acting.run_line(line, os.getcwd(), protect=protect)
        os.chdir(folder)
        if kept:
            stdio.say(f"aishell: {kept.summary()}; `aishell undo {kept.number}` puts back what the line names")
        return status

    def _own(self, text: str) -> int | None:
        """The status of a line that is for aishell itself; None when it is not."""
        match text.split():
            case ["recall", _, *_] if not is_command("recall"):
                return recall.run(shlex.split(text)[1:])
            case ["private", "on" | "off" as state] if not is_command("private"):
                self.private = state == "on"
                stdio.say("aishell: nothing is kept from here on" if self.private else "aishell: what runs is remembered again")
                return 0
        return None

    def _note(self, text: str) -> int:
        if self._unkept:
            raise UsageError("Nothing is remembered in private.", hint="`private off` first, or without a blank before it.")
        return note.run(text, Options(text))

    async def _one(self, text: str) -> int:
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
            turn = Turn(self._session(), Options(routed.text), self._loaded.settings.actions.unattended_timeout_s, None)
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
        stdio.say("")
        return EXIT_INTERRUPTED
    finally:
        loop.remove_signal_handler(signal.SIGINT)
