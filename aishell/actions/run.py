"""A shell line that a person typed: run with the terminal as it is, and the folder it ends in brought back."""

from __future__ import annotations

import os
import subprocess
import time

from aishell.actions.terminal import Foreground, Modes

_LOOK_S = 0.005
_SIGNALLED = 128
"""Above it, a signal ended the last program; a full-screen one had no time to tidy up."""

# The line is $1, so that no quoting can break out of it; the folder comes back through a descriptor of its own.
_WRAPPER = 'trap "pwd -P >&$AISHELL_FOLDER_FD" EXIT; eval "$1"'


def run_line(line: str, cwd: str) -> tuple[int, str]:
    """The exit status and the folder afterwards. Raises OSError when bash cannot be started."""
    modes = Modes()
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as folder:
        try:
            process = subprocess.Popen(
                ["bash", "-c", _WRAPPER, "aishell", line],
                cwd=cwd,
                env={**os.environ, "AISHELL_FOLDER_FD": str(writable)},
                stdin=None if os.isatty(0) else subprocess.DEVNULL,
                pass_fds=[writable],
                process_group=0,
            )
        finally:
            os.close(writable)
        with Foreground(process.pid, wanted=True) as foreground:
            while (status := process.poll()) is None:
                foreground.follow_stop()
                time.sleep(_LOOK_S)
        os.set_blocking(folder.fileno(), False)  # a program left in the background may still hold the other end
        said = (folder.read() or b"").decode("utf-8", "surrogateescape").strip("\n")
    if status < 0 or status > _SIGNALLED:
        modes.put_back()
    return (status if status >= 0 else 128 - status), said if os.path.isdir(said) else cwd
