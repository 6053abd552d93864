"""A real shell on a real pseudo-terminal, for tests of what shows its output."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import termios
import time
from fcntl import ioctl
from pathlib import Path
from types import TracebackType

_PATIENCE_S = 20.0


class PtyShell:
    def __init__(self, argv: list[str], columns: int, rows: int, *, home: Path) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            kept = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
            os.chdir(home)
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(argv[0], argv, {**kept, "HOME": str(home), "HISTFILE": ""})

    def __enter__(self) -> PtyShell:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def write(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def until(self, end: bytes) -> bytes:
        """Everything printed up to and with `end`."""
        data, deadline = b"", time.monotonic() + _PATIENCE_S
        while not data.endswith(end):
            assert time.monotonic() < deadline, data
            data += self.more(0.1)
        return data

    def until_file(self, file: Path) -> bytes:
        """What is printed until `file` is there."""
        data, deadline = b"", time.monotonic() + _PATIENCE_S
        while not file.exists():
            assert time.monotonic() < deadline, data
            data += self.more(0.005)
        return data

    def more(self, wait_s: float) -> bytes:
        """What is printed next; empty when nothing is for so long."""
        return os.read(self._terminal, 1 << 16) if select.select([self._terminal], [], [], wait_s)[0] else b""
