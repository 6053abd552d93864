"""The terminal around aishell: a plain bash starts aishell in it; how it stands before, and whether it does so again after."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.modes import Modes
from bench.tmux import PATIENCE_S, Terminal

_SIZE = (100, 30)
_FLAGS = ("alternate_on", "cursor_flag", "mouse_any_flag", "wrap_flag", "keypad_flag", "keypad_cursor_flag", "insert_flag")
_SETTLES_S = 4.0
_STAYS_S = 0.4
_MARK = "OUTER_TERMINAL"
_AS_USUAL = re.compile(r"^(\x1b\[(0|39|49)m)+")
"""What ends the colours of the row above."""
_SGR = re.compile(r"\x1b\[[0-9;]*m")


class NotAsExpected(Exception):
    """What a scenario waited for has not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a terminal stands."""

    settings: str
    """What `stty -a` says."""
    flags: str
    """What tmux knows of its screen, cursor, mouse and keys."""
    unusual: frozenset[str]
    """Which modes are set that a new one has not, by what has been written to it."""

    def differences(self, other: Standing) -> list[str]:
        words = zip(self.settings.split(), other.settings.split(), strict=False)
        found = [f"{mine} is {theirs}" for mine, theirs in words if mine != theirs]
        if self.flags != other.flags:
            found.append(f"{self.flags} is {other.flags}")
        return [*found, *sorted(self.unusual ^ other.unusual)]


class Outer:
    """One pane: `begin` starts aishell in it, `end` says what is not as it was."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.folder = Path(tempfile.mkdtemp(prefix="outer-", dir="/tmp"))  # short: a socket's path has little room
        self.terminal = Terminal(home, name=self.folder.name)
        self._environment = {**environment, _MARK: self.folder.name}
        self._stream = self.folder / "stream"

    def begin(self, command: list[str]) -> None:
        """`command` from a bash that waits until we have looked at its terminal."""
        # What a shell writes in the milliseconds until the keeper has put its terminal right is lost with the other screen.
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in self._environment.items())
        inner = f"env -i {variables} sh -c 'echo $$ > pid; cd; exec \"$@\"' sh {shlex.join(command)}"
        after = "echo $? > status; sleep 0.2; echo all-over; trap '' INT TSTP; exec sleep 1000"
        line = f"echo all-ready; read -r go; {inner}; {after}"
        columns, rows = map(str, _SIZE)
        self.terminal.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, "-c", str(self.folder),
            "bash", "--norc", "-c", line, ";", "pipe-pane", "-O", f"exec cat > {self._stream}",
        )  # fmt: skip
        self._tty = self.terminal.tmux("display-message", "-p", "#{pane_tty}").strip()
        self.sees("all-ready")  # tmux sets up the terminal until then
        self.before = self.standing()
        self.terminal.keys("Enter")

    def standing(self) -> Standing:
        modes = Modes()
        with suppress(OSError):
            modes.feed(self._stream.read_bytes())
        said = subprocess.run(["stty", "-a", "-F", self._tty], capture_output=True, text=True, check=False)
        flags = self.terminal.tmux("display-message", "-p", " ".join(f"{name}=#{{{name}}}" for name in _FLAGS))
        return Standing(settings=said.stdout, flags=flags.strip(), unusual=modes.unusual)

    # ---- while it runs

    @property
    def inner(self) -> str:
        """The name of a tmux that may run in the terminal."""
        return f"in-{self.folder.name}"

    @property
    def pid(self) -> int:
        """aishell's."""
        return int((self.folder / "pid").read_text())

    @property
    def over(self) -> bool:
        file = self.folder / "status"
        return file.exists() and bool(file.read_text())

    @property
    def status(self) -> int:
        return int((self.folder / "status").read_text())

    def sees(self, pattern: str, patience_s: float = PATIENCE_S) -> None:
        if not self.terminal.sees(pattern, patience_s):
            raise NotAsExpected(f"{pattern!r} is not seen, but\n{self.terminal.shown()}")

    def runs(self, line: str, pattern: str, patience_s: float = PATIENCE_S) -> None:
        self.terminal.types(line)
        self.sees(pattern, patience_s)

    def presses(self, key: str, pattern: str) -> None:
        self.terminal.keys(key)
        self.sees(pattern)

    def sends(self, number: signal.Signals, pid: int = 0) -> None:
        """A signal, to aishell unless somebody else is named."""
        os.kill(pid or self.pid, number)

    def descendant(self, name: str) -> int:
        """A program of that name below aishell."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for pid in self.marked():
                with suppress(OSError):
                    if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                        return pid
            time.sleep(0.05)
        raise NotAsExpected(f"no {name} runs")

    def marked(self) -> list[int]:
        """Every process that aishell and what it started have left, but for the engine, which is to stay."""
        mark = f"{_MARK}={self.folder.name}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                ours = entry.name.isdigit() and mark in (entry / "environ").read_bytes()
                if ours and b"aishell.engine" not in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    # ---- and after

    def end(self) -> list[str]:
        """What is wrong with the terminal, or left over, once aishell has ended; empty when it is all as before."""
        if not _within(PATIENCE_S, lambda: self.over):
            raise NotAsExpected("aishell has not ended")
        _within(_SETTLES_S, lambda: not self._wrong())
        time.sleep(_STAYS_S)
        return self._wrong()

    def _wrong(self) -> list[str]:
        found = self.before.differences(self.standing())
        rows = self.terminal.tmux("capture-pane", "-e", "-p").splitlines()
        if not any(_AS_USUAL.sub("", row).strip() == "all-over" for row in rows):
            plain = any(_SGR.sub("", row).strip() == "all-over" for row in rows)
            found.append("colours are left on" if plain else "what the shell says is not seen")
        return found + [f"{_name(pid)} is left" for pid in self.marked()]

    def close(self) -> None:
        for pid in self.marked():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.terminal.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def _within(seconds: float, true: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "a process"
