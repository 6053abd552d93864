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

    def __enter__(self) -> None:
        if not self._wanted or not os.isatty(0):
            return
        with suppress(OSError):  # no controlling terminal, or the command is over already
            before = os.tcgetpgrp(0)
            if before != os.getpgrp():
                return  # we are in the background ourselves
            self._old_handler = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            os.tcsetpgrp(0, self._group)
            self._before = before
            os.killpg(self._group, signal.SIGCONT)  # it may have tried to read before it was allowed to

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            with suppress(OSError):
                os.tcsetpgrp(0, self._before)
        if callable(self._old_handler) or isinstance(self._old_handler, int):
            signal.signal(signal.SIGTTOU, self._old_handler)
