"""Asking a person on the terminal: yes, no, edit, or explain. No is the default, and only fresh key strokes count."""

from __future__ import annotations

import asyncio
import os
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from aishell.core.text import visible
from aishell.core.types import Proposal, Tier

_GUARD_S = 0.3
"""Keys typed before a person can have read the question are not an answer to it."""

Answer = Literal["yes", "no", "edit", "explain"]
_ANSWERS: dict[str, Answer] = {
    "y": "yes",
    "yes": "yes",
    "e": "edit",
    "edit": "edit",
    "x": "explain",
    "explain": "explain",
}


def can_ask(*, piped: bool) -> bool:
    """Whether a person is there: at standard input, or, when that carries data, at the controlling terminal."""
    if os.isatty(0):
        return os.isatty(2)
    if not piped or not os.isatty(2):
        return False
    with suppress(OSError):
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        os.close(descriptor)
        return True
    return False


def describe(proposal: Proposal, bold: Callable[[str], str]) -> list[str]:
    """The plan in lines, harmless to print."""
    lines = []
    for judged in proposal.steps:
        command = visible(judged.step.action.command).splitlines() or [""]
        lines += [bold(f"{'$' if at == 0 else '>'} {line}") for at, line in enumerate(command)]
        if judged.step.why:
            lines.append(f"  {visible(judged.step.why)}")
        word = {Tier.DRY: "asks because", Tier.ASK: "asks because", Tier.DENY: "forbidden because"}.get(judged.verdict.tier)
        if word:
            lines.append(f"  {word}: {visible('; '.join(judged.verdict.reasons))}")
    lines += [f"  careful: {visible(problem)}" for problem in proposal.problems]
    return lines


class Terminal:
    """The controlling terminal, which may not be standard input."""

    def __init__(self) -> None:
        self._descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)

    def close(self) -> None:
        os.close(self._descriptor)

    async def ask(self, question: str = "  run it?  y yes   n no   e edit   x explain  [n] ") -> Answer:
        """One answer. Anything but y, e or x is no, and so is the end of input."""
        self._write(question)
        drawn = time.monotonic()
        termios.tcflush(self._descriptor, termios.TCIFLUSH)
        while True:
            line = await self._line()
            if time.monotonic() - drawn >= _GUARD_S or not line:
                return _ANSWERS.get(line.strip().lower(), "no")

    async def edit(self, command: str) -> str | None:
        """The command as the person changed it; None when they gave up."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.input import create_input
        from prompt_toolkit.output import create_output

        with (
            os.fdopen(os.dup(self._descriptor), "r", encoding="utf-8") as keys,
            os.fdopen(os.dup(self._descriptor), "w", encoding="utf-8") as screen,
        ):
            session: PromptSession[str] = PromptSession(input=create_input(keys), output=create_output(screen))
            try:
                text = await session.prompt_async("$ ", default=visible(command), multiline="\n" in command)
            except (EOFError, KeyboardInterrupt):
                return None
        return text.strip() or None

    def _write(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    async def _line(self) -> str:
        """Typed up to Enter, without blocking the loop, so that Ctrl-C is heard."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._descriptor, _resolve, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)
        return os.read(self._descriptor, 4096).decode("utf-8", "replace")


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
