"""Asking a person on the terminal: yes, no, edit, or explain. No is the default, and only fresh key strokes count.

Keys are read one by one, since the terminal's own line editing would hand over a paste and a typed word alike. Somebody may
have put `y` and a newline on the clipboard, so a paste is never an answer: terminals mark one, and many keys at once are taken
for one. Without such marks, a paste of one key and Enter looks like a person's.
"""

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
_QUESTION = "  run it?  y yes   n no   e edit   x explain  [n] "
_REST_OF_PASTE_S = 0.1
_MARK_PASTES, _MARK_NO_PASTES, _PASTE = "\x1b[?2004h", "\x1b[?2004l", "\x1b[200~"

Answer = Literal["yes", "no", "edit", "explain", "details", "all"]
_ANSWERS: dict[str, Answer] = {
    "y": "yes",
    "yes": "yes",
    "e": "edit",
    "edit": "edit",
    "x": "explain",
    "explain": "explain",
    "d": "details",
    "details": "details",
    "a": "all",
    "all": "all",
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


def describe(proposal: Proposal, bold: Callable[[str], str], *, reasons: bool = True) -> list[str]:
    """The plan in lines, harmless to print; without `reasons` for one whose changes will be shown."""
    lines = []
    for judged in proposal.steps:
        command = visible(judged.step.action.command).splitlines() or [""]
        lines += [bold(f"{'$' if at == 0 else '>'} {line}") for at, line in enumerate(command)]
        if judged.step.why:
            lines.append(f"  {visible(judged.step.why)}")
        word = {Tier.DRY: "asks because", Tier.ASK: "asks because", Tier.DENY: "forbidden because"}.get(judged.verdict.tier)
        if word and reasons:
            lines.append(f"  {word}: {visible('; '.join(judged.verdict.reasons))}")
    lines += [f"  careful: {visible(problem)}" for problem in proposal.problems]
    if proposal.unsure:
        lines.append(f"  not sure: {round(100 * (proposal.confidence or 0.0))} % of such answers are right")
    return lines


class Terminal:
    """The controlling terminal, which may not be standard input."""

    def __init__(self) -> None:
        self._descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)

    def close(self) -> None:
        os.close(self._descriptor)

    async def ask(self, question: str = _QUESTION) -> Answer:
        """One answer. Anything but y, e or x is no, and so are a paste and the end of input."""
        before = termios.tcgetattr(self._descriptor)
        one_by_one = [*before[:3], before[3] & ~(termios.ICANON | termios.ECHO), *before[4:]]  # Ctrl-C stays a signal
        termios.tcsetattr(self._descriptor, termios.TCSANOW, one_by_one)
        try:
            self._write(f"{_MARK_PASTES}{question}")
            drawn = time.monotonic()
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
            typed = await self._typed(question, drawn)
            if typed.pasted:
                await asyncio.sleep(_REST_OF_PASTE_S)
                self._write("(a paste is no answer)")
            self._write("\n")
        finally:
            with suppress(termios.error):  # likewise
                termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, before)  # what is left of a paste is for nobody
            self._write(_MARK_NO_PASTES)
        return _ANSWERS.get(typed.text.strip().lower(), "no") if not typed.pasted else "no"

    async def _typed(self, question: str, drawn: float) -> Typed:
        """What is typed up to Enter, from `_GUARD_S` after the question was drawn."""
        typed = Typed()
        ended = False
        while not ended:
            data = await self._read()
            if not data:
                break
            if time.monotonic() - drawn >= _GUARD_S:
                ended = typed.take(data.decode("utf-8", "replace"))
                self._write(f"\r{question}{visible(typed.text)}\x1b[K")
        return typed

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
        with suppress(OSError):  # the terminal is gone: the next read says so
            os.write(self._descriptor, text.encode())

    async def _read(self) -> bytes:
        """What comes next, without blocking the loop, so that Ctrl-C is heard; empty when the terminal is gone."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._descriptor, _resolve, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)
        with suppress(OSError):
            return os.read(self._descriptor, 4096)
        return b""


class Typed:
    """Keys as they come, up to Enter."""

    def __init__(self) -> None:
        self.text = ""
        self.pasted = False

    def take(self, keys: str) -> bool:
        """Add what arrived at once; whether it ends the answer. More than a key and Enter is a paste."""
        if keys.startswith("\x1b") and _PASTE not in keys:
            return False  # an arrow or another key without a letter
        if len(keys) > 2 or (len(keys) == 2 and keys[1] not in "\r\n"):
            self.pasted = True
            return True
        for key in keys:
            if key in "\r\n\x04":
                return True
            if key in "\x7f\x08":
                self.text = self.text[:-1]
            elif key == "\x15":  # Ctrl-U, as in the terminal's own line editing
                self.text = ""
            else:
                self.text += key
        return False


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
