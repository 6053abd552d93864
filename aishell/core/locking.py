"""A log that many processes write: one at a time, and never into a file that was renamed meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path


def lock(descriptor: int, patience_s: float) -> None:
    """Keep the others out until the descriptor is closed. Raises OSError when another process keeps it locked for so long."""
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another process keeps it locked") from None
            time.sleep(0.005)


def current(file: Path, descriptor: int) -> bool:
    """Whether the file of that name is still the one that is open."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(file, follow_symlinks=False))
    except FileNotFoundError:
        return False
