"""Looking at the terminal of a running shell, now and then: who reads it, and whether the marks have been lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aishell.actions.shell.child import Child, Reading
from aishell.actions.shell.door import Kind
from aishell.core.shell import Event, Waits, Works

_FIRST_S = 0.01
_LATER_S = 0.1
_SHELLS: dict[str, Kind] = {"bash": "bash", "rbash": "bash", "zsh": "zsh", "zsh5": "zsh"}


class Watch:
    """Tells when a program begins and ceases to read the terminal, soon after it falls silent."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._pause = _FIRST_S
        self._looked = 0.0
        self._said: Waits | None = None
        self.now = child.reading()

    @property
    def pause_s(self) -> float:
        """How long to wait for output before the next look."""
        return self._pause

    @property
    def quiet(self) -> bool:
        """Nothing has been written for a tenth of a second or so."""
        return self._pause >= _LATER_S

    @property
    def waits(self) -> bool:
        return self._said is not None

    def heard(self, now: float) -> bool:
        """Something has been written; whether it is time to look nevertheless."""
        self._pause = _FIRST_S
        return now - self._looked > _LATER_S

    def look(self, now: float, *, running: bool) -> Iterator[Event]:
        """What is new. Unless a program is `running`, it is the shell itself that reads, and nothing is said of that."""
        self._looked = now
        self._pause = min(2 * self._pause, _LATER_S)
        self.now = reading = self._child.reading()
        if not running:
            return
        waits = Waits(echo=reading.echo, raw=reading.raw) if _reads(reading) else None
        if waits != self._said:
            self._said = waits
            yield waits or Works()

    def over(self) -> None:
        """Another line: what was said of the last one no longer counts."""
        self._said = None
        self._pause = _FIRST_S


def _reads(reading: Reading) -> bool:
    return bool(reading.by) and (reading.blocked or reading.raw or not reading.echo)


def image(pid: int) -> bytes:
    """Different after each `exec` of the process; empty when it cannot be seen. Its addresses are new every time."""
    try:
        return Path(f"/proc/{pid}/auxv").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def interactive_shell(pid: int) -> Kind | None:
    """Which shell that we know the process is; None when it is another program, or a shell that runs a script."""
    try:
        kind = _SHELLS.get(os.path.basename(os.readlink(f"/proc/{pid}/exe")))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:-1]
    except OSError:
        return None
    scripted = any(not word.startswith(b"-") or (b"c" in word and not word.startswith(b"--")) for word in words)
    ours = b"--rcfile" in words
    return kind if ours or not scripted else None
