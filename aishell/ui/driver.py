"""Textual's driver of a terminal, for a process that somebody may stop and let go on."""

from __future__ import annotations

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
        self._begun = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        self._begun = False
        super().stop_application_mode()
