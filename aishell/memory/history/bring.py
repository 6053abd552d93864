"""Runs from elsewhere written into memory, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from aishell.core.memory import Run
from aishell.memory.store import Store

_AT_ONCE = 200
"""Runs of one transaction, about 20 ms: a shell that records a command at the same time does not notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    read: int
    new: int


def bring_in(store: Store, runs: Iterator[Run]) -> Iterator[Brought]:
    """Writes them; after each transaction, how many so far. Stopping between two leaves what was written, and the same
    again adds only the rest."""
    read = new = 0
    while part := tuple(islice(runs, _AT_ONCE)):
        new += store.record_many(part)
        read += len(part)
        yield Brought(read=read, new=new)
