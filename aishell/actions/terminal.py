"""The terminal's foreground: who gets Ctrl-C and may read keys."""

from __future__ import annotations

import os
import signal
from contextlib import suppress


class Foreground:
    """While inside, process group `group` has the terminal on standard input, if there is one.

    A program that asks for a password or a key would be stopped otherwise, since it runs in a group of its own.
    """

    def __init__(self, group: int, *, wanted: bool) -> None:
        self._group = group
        self._wanted = wanted
        self._before: int | None = None
        self._old_handler: object = None

    def __enter__(self) -> Foreground:
        if self._wanted and os.isatty(0):
            with suppress(OSError):  # no controlling terminal, or the command is over already
                before = os.tcgetpgrp(0)
                if before == os.getpgrp():  # otherwise we are in the background ourselves
                    self._old_handler = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
                    self._before = before
                    self._give()
        return self

    def __exit__(self, *_: object) -> None:
        self._take()
        if callable(self._old_handler) or isinstance(self._old_handler, int):
            signal.signal(signal.SIGTTOU, self._old_handler)

    def follow_stop(self) -> None:
        """If the command was stopped (Ctrl-Z), stop with it, so that the user's shell has its terminal; go on with it."""
        if self._before is None or not hasattr(os, "waitid"):
            return
        with suppress(ChildProcessError):
            if os.waitid(os.P_PID, self._group, os.WSTOPPED | os.WNOHANG):
                self._take()
                os.kill(os.getpid(), signal.SIGSTOP)
                with suppress(OSError):
                    self._give()

    def _give(self) -> None:
        os.tcsetpgrp(0, self._group)
        os.killpg(self._group, signal.SIGCONT)  # it may have tried to read before it was allowed to

    def _take(self) -> None:
        if self._before is not None:
            with suppress(OSError):
                os.tcsetpgrp(0, self._before)
