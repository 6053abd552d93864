"""Items with what is known of their past: where they ran, when, and how that ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aishell.core.memory import Judgement, Recollection

_RUNS = 50
"""Last runs that are read of each item: enough for a prior, and `ls` may have run ten thousand times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    time: float = 0.0
    """When it was last used, or written."""
    runs: int = 0
    here: int = 0
    """How many of the runs that were read were in this folder."""
    project: bool = False
    """Whether one of them was in the git repository that this folder belongs to."""
    read: bool = True
    """Whether all runs were read."""
    exit_status: int | None = None
    """Of the last run."""
    judgement: Judgement = ""
    """Of the last run."""

    @property
    def ended_well(self) -> bool:
        return self.judgement == "confirmed" or (self.exit_status == 0 and not self.judgement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    item: Recollection
    past: Past


def known(db: sqlite3.Connection, items: Sequence[int], cwd: str) -> list[Known]:
    """Those of `items` that are still there, in any order, with no score and no reasons yet."""
    marks = ", ".join("?" * len(items))
    rows = db.execute(
        f"SELECT id, kind, body, intent, gloss, trust, source, place, last, runs, worked FROM items WHERE id IN ({marks})",
        tuple(items),
    ).fetchall()
    return [_known(db, row, cwd) for row in rows]


def _known(db: sqlite3.Connection, row: tuple[Any, ...], cwd: str) -> Known:
    item, kind, body, intent, gloss, trust, source, place, last, runs, worked = row
    past, folder = _past(db, item, cwd, 0.0 if kind == "example" else last, runs)  # a pack is as old as its last pull
    return Known(
        past=past,
        item=Recollection(
            id=item, kind=kind, body=body, intent=intent, gloss=gloss, score=0.0, why=(), trust=trust, source=source,
            place=place, time=last, runs=runs, worked=worked, exit_status=past.exit_status, cwd=folder,
        ),
    )  # fmt: skip


def _past(db: sqlite3.Connection, item: int, cwd: str, last: float, runs: int) -> tuple[Past, str]:
    """And the folder of the last run."""
    if not runs:
        return Past(time=last), ""
    read = db.execute(
        "SELECT cwd, git_root, exit_status, judgement FROM runs WHERE item = ? ORDER BY time DESC LIMIT ?", (item, _RUNS)
    ).fetchall()
    if not read:
        return Past(time=last, runs=runs), ""
    folder, _root, exit_status, judgement = read[0]
    past = Past(
        time=last,
        runs=runs,
        here=sum(where == cwd for where, *_rest in read) if cwd else 0,
        project=any(root and f"{cwd}/".startswith(f"{root}/") for _cwd, root, *_rest in read),
        read=len(read) < _RUNS,
        exit_status=exit_status,
        judgement=judgement,
    )
    return past, folder
