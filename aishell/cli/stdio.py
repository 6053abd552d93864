"""This process's own standard streams, whatever state they were handed over in."""

from __future__ import annotations

import asyncio
import json
import os
import select
import stat
import sys
import time
from typing import Any, Literal

from aishell.core.errors import AishellError
from aishell.core.text import Sanitizer, capped, harmless
from aishell.core.types import Feed, Piped

_FIRST_BYTES_S = 1.0
_MORE_BYTES_S = 0.2
_PEEK = 16 << 10
_LONG_WAIT_S = 6.0

Stream = Literal["stdout", "stderr"]


def has_data() -> bool:
    """Whether standard input is something that carries data: a pipe, a socket or a file, not a terminal or /dev/null."""
    mode = os.fstat(0).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or (stat.S_ISREG(mode) and os.fstat(0).st_size > 0)


def peek() -> tuple[Piped, Feed] | None:
    """The first part of piped-in data, for the planner, and how to hand all of it to a command.

    None when nothing is piped in, or nothing comes: a pipe that nobody writes to is often just inherited.
    """
    if not has_data():
        return None
    head, complete, patience = b"", False, _FIRST_BYTES_S
    while len(head) < _PEEK and not complete:
        if not select.select([0], [], [], patience)[0]:
            break
        data = os.read(0, _PEEK - len(head))
        head += data
        complete = not data
        patience = _MORE_BYTES_S
    if not head:
        return None
    return Piped(head=head, complete=complete), Feed(head=head, descriptor=-1 if complete else 0)


class Out:
    """Where a command's output goes: as it is into a pipe or file, made harmless onto a terminal."""

    def __init__(self) -> None:
        self._filters = {name: Sanitizer(colours=_colours(number)) if os.isatty(number) else None for name, number in _NUMBERS}

    def write(self, stream: Stream, data: bytes, *, final: bool = False) -> None:
        """Raises BrokenPipeError, AishellError."""
        filtered = self._filters[stream]
        if filtered:
            data = filtered.feed(data, final=final).encode("utf-8", "replace")
        number = dict(_NUMBERS)[stream]
        try:
            while data:
                data = data[os.write(number, data) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritten(error) from error

    def finish(self) -> None:
        for name, _ in _NUMBERS:
            self.write(name, b"", final=True)


_NUMBERS: tuple[tuple[Stream, int], ...] = (("stdout", 1), ("stderr", 2))


def _colours(descriptor: int) -> bool:
    return os.isatty(descriptor) and "NO_COLOR" not in os.environ and os.environ.get("TERM") not in ("dumb", None)


def say(text: str) -> None:
    """A line for the person, on standard error; nothing in it but text and colours gets there."""
    if sys.stderr:
        print(harmless(text), file=sys.stderr, flush=True)


def show(text: str) -> None:
    """A line on standard output, made harmless likewise."""
    _print(harmless(text))


def show_json(value: dict[str, Any]) -> None:
    """One JSON object on a line of standard output: as it is for a program, in ASCII for a terminal."""
    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    _print(json.dumps(value, ensure_ascii=not unicode or os.isatty(1)))


def _print(text: str) -> None:
    """Raises BrokenPipeError, AishellError."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python tries once more at its end, and would complain
        raise unwritten(error) from error


def unwritten(error: OSError) -> AishellError:
    """What a person is told when standard output takes no more."""
    return AishellError(f"The output cannot be written: {error.strerror}.", hint="Is the disk full that it goes to?")


def style(text: str, code: str, descriptor: int = 2) -> str:
    """`text` in an SGR style, where `descriptor` (2: standard error) shows it."""
    return f"\x1b[{code}m{text}\x1b[0m" if _colours(descriptor) else text


class Waiting:
    """A sign on the terminal that something is going on, from the first second; gone without a trace at the end."""

    def __init__(self, *, shown: bool = True) -> None:
        self._shown = shown
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        if self._shown and os.isatty(2) and os.environ.get("TERM") != "dumb":
            self._task = asyncio.create_task(self._show())

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
            _tell("\r\x1b[K")

    async def _show(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(1.0)
            seconds = time.monotonic() - began
            first = "; a model's first request takes longest" if seconds > _LONG_WAIT_S else ""
            _tell("\r" + style(f"thinking, {seconds:.0f} s{first} (Ctrl-C stops it)", "2") + "\x1b[K")


def _tell(text: str) -> None:
    if sys.stderr:
        sys.stderr.write(text)
        sys.stderr.flush()


def complain(error: AishellError) -> None:
    """A failure in a sentence, and what to do next."""
    say(f"aishell: {capped(str(error))}")
    if error.hint:
        say(f"  {capped(error.hint)}")
