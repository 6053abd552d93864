"""The commands that ran, as the memory file has them, for whoever counts rather than searches."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from aishell.core.errors import MemoryUnavailable
from aishell.memory.connection import reading

_MOST = 20_000
"""Of the newest; reading them takes 0.1 s."""


class Earlier(NamedTuple):
    command: str
    folder: str
    status: int | None
    typed: bool
    """A person typed it in aishell; otherwise it comes from words, or from another shell's history."""


def earlier(file: Path, *, most: int = _MOST) -> list[Earlier]:
    """The newest commands that were not taken back or corrected, oldest first; none when there is no memory to read."""
    with suppress(MemoryUnavailable), reading(file, patience_s=0.5) as db:
        if db is None:
            return []
        rows = db.execute(
            "SELECT body, cwd, exit_status, approved_by = 'typed' AND runs.source = 'aishell'"
            " FROM runs JOIN items ON items.id = item"
            " WHERE kind = 'command' AND judgement NOT IN ('undone', 'corrected') ORDER BY time DESC, runs.id DESC LIMIT ?",
            (most,),
        ).fetchall()
        return [Earlier(str(body), str(cwd), status, bool(typed)) for body, cwd, status, typed in reversed(rows)]
    return []
