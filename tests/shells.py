"""Driving a real shell in tests: one line after the other, and what came of each."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind, StartUp
from aishell.actions.shell.shell import Shell
from aishell.core.shell import Began, Ended, Event, Left, Printed, Ready, Screen, Unfinished, Waits

Script = Callable[["Session"], Awaitable[None]]
Drive = Callable[[Script], None]
RC = {"bash": ".bashrc", "zsh": ".zshrc"}

_PATIENCE_S = 20.0
"""No test depends on how long something takes; this ends those that would wait for ever."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a line."""

    events: tuple[Event, ...]

    @property
    def output(self) -> bytes:
        return b"".join(event.data for event in self.events if isinstance(event, Printed))

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def status(self) -> int:
        return next(event.exit_status for event in self.events if isinstance(event, Ended))

    @property
    def cwd(self) -> str:
        return next(event.cwd for event in self.events if isinstance(event, Ended))

    @property
    def began(self) -> str | None:
        return next((event.line for event in self.events if isinstance(event, Began)), None)

    def screens(self) -> list[bool]:
        return [event.on for event in self.events if isinstance(event, Screen)]


class Session:
    """A shell that has come to its prompt."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def until(self, wanted: Callable[[Event], bool]) -> Ran:
        """Everything up to the first event that is wanted, or the shell's end."""
        seen: list[Event] = []
        async with asyncio.timeout(_PATIENCE_S):
            while event := await self.shell.next():
                seen.append(event)
                if wanted(event) or isinstance(event, Left):
                    break
        return Ran(tuple(seen))

    async def ends(self) -> Ran:
        return await self.until(lambda event: isinstance(event, Ended | Unfinished))

    async def run(self, line: str) -> Ran:
        await self.shell.run(line)
        return await self.ends()

    async def text(self, line: str) -> str:
        """What a line prints, when it succeeds."""
        ran = await self.run(line)
        assert ran.status == 0, ran
        return ran.text

    async def waits(self) -> Waits:
        ran = await self.until(lambda event: isinstance(event, Waits))
        last = ran.events[-1]
        assert isinstance(last, Waits), ran
        return last

    async def busy(self) -> None:
        """Until a program of the line has the terminal, and is no longer the shell's own copy, which heeds no key."""
        await self.until(lambda event: isinstance(event, Began))
        async with asyncio.timeout(_PATIENCE_S):
            while self._foreground() in ("", "bash", "zsh"):
                await asyncio.sleep(0.005)

    def _foreground(self) -> str:
        try:
            return Path(f"/proc/{self.shell._child.reading().by}/comm").read_text().strip()
        except OSError:
            return ""

    async def prints(self, data: bytes) -> bytes:
        """Everything printed until `data` has been."""
        seen = b""

        def there(event: Event) -> bool:
            nonlocal seen
            seen += event.data if isinstance(event, Printed) else b""
            return data in seen

        await self.until(there)
        assert data in seen, seen
        return seen


def needs(program: str) -> str:
    """Skips where there is no such program."""
    if not shutil.which(program):
        pytest.skip(f"no {program} here")
    return program


def eventually(true: Callable[[], bool]) -> None:
    """Returns when it is so."""
    ends = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent to look does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start(
    kind: Kind, home: Path, *, files: StartUp = "rc", patience_s: float = 10.0, more: Mapping[str, str] | None = None
) -> Shell:
    """A shell of a person whose home is `home`. Skips where there is none of the kind."""
    needs(kind)
    (home / ".zshrc").touch()  # without one zsh asks a new user what they want
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    environment = {**kept, "HOME": str(home), "TERM": "xterm-256color", **(more or {})}
    return Shell.start(kind, rows=24, columns=80, cwd=str(home), environment=environment, files=files, patience_s=patience_s)


def drive(shell: Callable[[], Shell], script: Callable[[Session], Awaitable[None]]) -> None:
    """Run `script` with a shell at its prompt; end the shell afterwards."""

    async def whole() -> None:
        session = Session(shell())
        try:
            ready = await session.until(lambda event: isinstance(event, Ready))
            assert isinstance(ready.events[-1], Ready), ready
            await script(session)
        finally:
            await session.shell.hang_up()

    asyncio.run(whole())
