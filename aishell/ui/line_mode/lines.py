"""Lines as a person types them: with all that the prompt offers, plainly for a screen reader, or from a pipe."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from aishell.core.text import one_line

if TYPE_CHECKING:
    from aishell.ui.editing.sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of a line."""

    status: int
    left: bool = False
    """The shell has ended, as the line asked it to."""
    unread: bytes = b""
    """What has been typed meanwhile, and nothing has read."""


class Lines:
    def __init__(
        self,
        read: Callable[[], AsyncGenerator[str, None]],
        above: Callable[[Callable[[], None]], Awaitable[object]],
        early: Callable[[], bytes] = bytes,
        type: Callable[[bytes], None] = lambda data: None,
        end_row: Callable[[], None] = lambda: None,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.read = read
        """Each line that is not empty, until the end of input."""
        self.above = above
        """Calls a function that prints something, in a way that leaves a prompt that is shown whole."""
        self.early = early
        """Takes away what has been typed behind the last line: it is for the program that the line starts."""
        self.type = type
        """Has something typed at the next prompt."""
        self.end_row = end_row
        """Sees to it that the next prompt begins in a row of its own."""
        self.moved = moved
        """Says to a prompt that stands that the folder may be another."""
        self.ready = asyncio.Event()
        """Set when the first prompt has been drawn: what takes time comes after."""

    @classmethod
    def on_terminal(cls, sources: Sources, private: Callable[[], bool], keys: Literal["emacs", "vi"]) -> Lines:
        from aishell.ui.line_mode.prompt import LinePrompt

        prompt = LinePrompt(sources, private=private, keys=keys)
        lines = cls(
            lambda: _typed(lambda: prompt.ask(f"{_mark(private)}{folder()}", cwd(), lines.ready.set)),
            prompt.above,
            prompt.early,
            prompt.type,
            prompt.end_row,
            lambda: prompt.moved(f"{_mark(private)}{folder()}", cwd()),
        )
        return lines

    @classmethod
    def plainly(cls, sources: Sources, private: Callable[[], bool]) -> Lines:
        """From the terminal's own line editing. Nothing is ever drawn over, so a screen reader reads each thing once."""
        from aishell.ui.line_mode import plain

        early = plain.Early()

        def prompt() -> str:
            return f"{_mark(private)}{folder()} > "

        async def above(print_it: Callable[[], None]) -> None:
            plain.write("\n")
            print_it()
            plain.write(prompt())

        async def read() -> AsyncGenerator[str, None]:
            lines.ready.set()
            async for line in plain.lines(prompt, sources.route, early):
                sources.history.add(line, cwd(), keep=not private())
                if not line.lstrip().startswith("#"):
                    yield line

        lines = cls(read, above, early.take, early.type, lambda: plain.write("\n"))
        return lines

    @classmethod
    def from_stream(cls, stream: TextIO | None) -> Lines:
        lines = cls(lambda: _given(stream), _at_once)
        lines.ready.set()
        return lines


async def _typed(ask: Callable[[], Awaitable[str]]) -> AsyncGenerator[str, None]:
    while True:
        try:
            line = await ask()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


async def _given(stream: TextIO | None) -> AsyncGenerator[str, None]:
    for line in stream or ():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.rstrip("\n")


async def _at_once(print_it: Callable[[], None]) -> None:
    print_it()


def _mark(private: Callable[[], bool]) -> str:
    return "(private) " if private() else ""


def cwd() -> str:
    """The working folder; empty when it is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def folder() -> str:
    """The working folder as a prompt shows it."""
    path, home = cwd(), os.path.expanduser("~")
    short = f"~{path[len(home) :]}" if path == home or path.startswith(f"{home}/") else path
    return one_line(short or "(a folder that is gone)")
