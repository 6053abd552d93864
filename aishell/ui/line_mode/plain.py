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


class Early:
    """What has been typed and belongs to no line yet."""

    def __init__(self) -> None:
        self.text = ""

    def take(self) -> bytes:
        text, self.text = self.text, ""
        return text.encode("utf-8", "replace")

    def type(self, data: bytes) -> None:
        self.text += data.decode("utf-8", "replace")


async def lines(prompt: Callable[[], str], route: Route, early: Early) -> AsyncGenerator[str, None]:
    """Each line that is not empty, until Ctrl-D. Ctrl-C gives the line up.

    `early` comes first, and what is left over goes there.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[str] = asyncio.Queue()
    while True:
        loop.add_signal_handler(signal.SIGINT, arrived.put_nowait, _CTRL_C)
        loop.add_reader(0, lambda: arrived.put_nowait(_read()))
        try:
            write(prompt() + early.text)
            while "\n" not in early.text:
                data = await arrived.get()
                if data == _CTRL_C:
                    early.text = ""
                    write(f"\n{prompt()}")
                elif data:
                    early.text += data
                else:  # Ctrl-D
                    write("\n")
                    return
        finally:  # what runs meanwhile reads the terminal itself
            loop.remove_reader(0)
            loop.remove_signal_handler(signal.SIGINT)
        line, _, early.text = early.text.partition("\n")
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
