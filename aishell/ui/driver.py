"""Textual's driver of a terminal, for a process that somebody may stop and let go on, and for a terminal that may vanish."""

from __future__ import annotations

from contextlib import suppress
from io import TextIOWrapper
from typing import IO, cast

from textual.drivers.linux_driver import LinuxDriver


class Driver(LinuxDriver):
    """SIGSTOP leaves no time to give the terminal back, and the shell that we were started from may set it for itself then. At
    SIGCONT Textual would begin once more, and remember its own settings as those to put back: here it ends first.
    """

    _begun = False

    def start_application_mode(self) -> None:
        if self._begun:
            self.suspend_application_mode()
            self._must_signal_resume = True
        elif not isinstance(self._file, _Vanishing):
            self._file = cast("TextIOWrapper", _Vanishing(cast("IO[str]", self._file)))
        self._begun = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        self._begun = False
        super().stop_application_mode()


class _Vanishing:
    """A terminal, also when it is no more: what is written then is lost.

    Textual's writing thread would end with the first error, and the program wait for ever for room in that thread's queue.
    """

    def __init__(self, terminal: IO[str]) -> None:
        self._terminal = terminal

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._terminal.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._terminal.flush()

    def fileno(self) -> int:
        return self._terminal.fileno()
