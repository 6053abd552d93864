"""`aishell` without arguments: a line loop on the terminal, or lines from standard input."""

from __future__ import annotations

import os
import sys

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.command import is_command
from aishell.cli.options import Options
from aishell.cli.words import Turn, run_async
from aishell.core.errors import AishellError
from aishell.core.types import Request
from aishell.planner.route import route
from aishell.ui.line import Lines

_HELLO = """\
Type a command, or say what you want in words. !text is always a command, ?text is always words.
Folder changes last; other changes to the shell (variables, aliases) end with their line. Leave with exit or Ctrl-D."""


def run() -> int:
    loaded, paths = wiring.settings()
    session = wiring.open_session(loaded.settings, paths)
    interactive = os.isatty(0) and os.isatty(1)
    lines = Lines.on_terminal(paths.state / "line_history") if interactive else Lines.from_stream(sys.stdin)
    if interactive:
        stdio.say(_HELLO)

    async def loop() -> int:
        status = 0
        try:
            async for text in lines.read():
                if text.split()[:1] in (["exit"], ["quit"]):
                    break
                status = await one(text)
        finally:
            await session.close()
        return status

    async def one(text: str) -> int:
        routed = route(text, is_command, os.path.exists)
        try:
            if routed.where == "shell":
                status, folder = session.run_line(routed.text, os.getcwd())
                os.chdir(folder)
                return status
            options = Options(routed.text)
            turn = Turn(session, options, loaded.settings.actions.unattended_timeout_s, None)
            return await turn.words(Request(text=routed.text, cwd=os.getcwd()))
        except AishellError as error:
            stdio.complain(error)
            return error.exit_status
        except OSError as error:
            stdio.say(f"aishell: {error.strerror}")
            return 1

    return run_async(loop())
