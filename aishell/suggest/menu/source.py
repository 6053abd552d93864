"""What a source of the menu is, and how it asks another program."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aishell.core.menu import Offer, Typed

_PROGRAM_S = 2.0
_MOST_BYTES = 1 << 20


def _nothing(_: Typed) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One kind of thing that may stand at the cursor."""

    name: str
    """As the settings call it."""
    at: Callable[[Typed], bool]
    """Whether it knows anything of this place. Pure and quick."""
    offers: Callable[[Typed], Iterable[Offer]]
    """All that may stand there; which of it fits what is typed is for the reader. May take its time, and raise OSError,
    ValueError and AishellError."""
    alone: bool = False
    """When it finds something, nothing else may stand there."""
    fresh_s: float = 3.0
    """How long its answer is good for other words at the same place."""
    reads: Callable[[Typed], str] = _nothing
    """What its answer depends on besides the words before: a part of the word at the cursor."""


def asked(
    command: Sequence[str], folder: str, *, variables: Mapping[str, str] | None = None, fails: tuple[int, ...] = ()
) -> str:
    """What a program writes in `folder`, at most 1 MiB of it; empty when it fails or takes more than two seconds.

    `fails`: exit statuses that only say that it has not found all.

    It reads nothing, and its complaints are not heard.
    """
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **(variables or {})}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    late = threading.Timer(_PROGRAM_S, end, (process,))
    late.start()
    try:
        assert process.stdout
        with process.stdout as out:
            data = out.read(_MOST_BYTES)
        if len(data) == _MOST_BYTES:  # it may go on for long
            return _whole_lines(data)
        return data.decode("utf-8", "surrogateescape") if process.wait() in (0, *fails) else ""
    finally:
        late.cancel()
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """A program, started in a session of its own, with everything it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _whole_lines(data: bytes) -> str:
    """Without the last line or entry, which may be cut off."""
    return data[: max(data.rfind(b"\n"), data.rfind(b"\0"))].decode("utf-8", "surrogateescape")
