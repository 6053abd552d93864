"""Runs from elsewhere written into memory, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from aishell.core.memory import Run
from aishell.memory.store import Store

_AT_ONCE = 100
"""Runs of one transaction, about 10 ms: a shell that records a command at the same time does not notice."""
_SAME_S = 2.0
"""Two histories write the same command's time down that far apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    read: int
    new: int


def bring_in(store: Store, runs: Iterator[Run]) -> Iterator[Brought]:
    """Writes them; after each transaction, how many so far. Stopping between two leaves what was written, and the same
    again adds only the rest. Who uses atuin has each command in the shell's history as well: what another history has told
    already is left out, unless this one knows more about it."""
    read = new = 0
    while part := tuple(islice(runs, _AT_ONCE)):
        new += store.record_many(run for run in part if not _is_told(store, run))
        read += len(part)
        yield Brought(read=read, new=new)


def _is_told(store: Store, run: Run) -> bool:
    """Whether the same command is known to have begun at about the same time from elsewhere."""
    if not run.time:
        return False
    query = "SELECT 1 FROM runs JOIN items ON items.id = runs.item WHERE runs.time BETWEEN ? AND ? AND runs.source != ?"
    query += " AND items.body = ? AND (? OR runs.exit_status IS NOT NULL)"
    values = (run.time - _SAME_S, run.time + _SAME_S, run.source, run.command, run.exit_status is None)
    return store.db.execute(query, values).fetchone() is not None
