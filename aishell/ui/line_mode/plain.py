"""A prompt without cursor movement: the terminal's own line editing, and one sentence about where the line goes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable

from aishell.core.text import visible
from aishell.ui.editing.routing import Route, routed

_CTRL_C = "\x03"


async def lines(prompt: Callable[[], str], route: Route) -> AsyncGenerator[str, None]:
    """Each line that is not empty, until Ctrl-D. Ctrl-C gives the line up."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[str] = asyncio.Queue()
    pending = ""
    while True:
        loop.add_signal_handler(signal.SIGINT, arrived.put_nowait, _CTRL_C)
        loop.add_reader(0, lambda: arrived.put_nowait(_read()))
        try:
            write(prompt())
            while "\n" not in pending:
                data = await arrived.get()
                if data == _CTRL_C:
                    pending = ""
                    write(f"\n{prompt()}")
                elif data:
                    pending += data
                else:  # Ctrl-D
                    write("\n")
                    return
        finally:  # what runs meanwhile reads the terminal itself
            loop.remove_reader(0)
            loop.remove_signal_handler(signal.SIGINT)
        line, _, pending = pending.partition("\n")
        if line.strip():
            if routed(line, route)[0] == "words":
                write("taken as words\n")
            yield line


def _read() -> str:
    """A line of the terminal; empty at its end."""
    try:
        return os.read(0, 4096).decode("utf-8", "replace")
    except OSError:  # hung up
        return ""


def write(text: str) -> None:
    """Text made harmless, at once."""
    sys.stdout.write(visible(text))
    sys.stdout.flush()
