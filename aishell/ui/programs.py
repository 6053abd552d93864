"""What a shell has started and has not ended."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def still_running(pid: int) -> tuple[str, ...]:
    """The names of the programs that a shell has started and that still run; empty where the system does not say."""
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return tuple(Path(f"/proc/{child}/comm").read_text().strip() for child in children)
    return ()
