"""The terminal: who is in its foreground, gets Ctrl-C and may read keys, and how it is left behind."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import suppress

from aishell.core.text import RESET


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


class Modes:
    """The modes of the terminal on standard input as they are now, to be put back after a program that died in its own."""

    def __init__(self) -> None:
        self._before = termios.tcgetattr(0) if os.isatty(0) else None

    def put_back(self) -> None:
        """Line editing and echo as they were; the screen, mouse and pastes as usual."""
        if self._before is None:
            return
        with suppress(OSError, termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, self._before)
            if os.isatty(1):
                os.write(1, RESET.encode())
