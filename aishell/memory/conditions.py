"""What may be found, as conditions in SQL over the table `items`: exact for every row, not only for the best ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aishell.core.memory import Query

_VARIABLES = 500
"""Numbers in one SQL statement; old SQLite takes 999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`sql` speaks of `items`; `values` are its variables."""

    sql: str = "1"
    values: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        if self.any or other.any:
            return other if self.any else self
        return Condition(sql=f"({self.sql}) AND ({other.sql})", values=(*self.values, *other.values))

    @property
    def any(self) -> bool:
        """Whether it lets everything through."""
        return self.sql == "1"

    def let_through(self, db: sqlite3.Connection, items: Sequence[int]) -> set[int]:
        """Those of `items` that it allows."""
        allowed: set[int] = set()
        for start in range(0, len(items), _VARIABLES):
            part = items[start : start + _VARIABLES]
            marks = ", ".join("?" * len(part))
            query = f"SELECT id FROM items WHERE id IN ({marks}) AND ({self.sql})"
            allowed.update(row[0] for row in db.execute(query, (*part, *self.values)))
        return allowed


_TAKEN_BACK = "EXISTS (SELECT 1 FROM runs WHERE item = items.id AND judgement IN ('undone', 'corrected'))"

EXAMPLES = Condition(
    sql=f"""items.intent <> '' AND CASE items.kind
        WHEN 'command' THEN items.trust = 'own' AND NOT {_TAKEN_BACK} AND EXISTS (
            SELECT 1 FROM runs WHERE item = items.id AND source = 'aishell' AND (exit_status = 0 OR judgement = 'confirmed'))
        WHEN 'example' THEN items.trust <> 'untrusted' AND items.pack IS NOT NULL
        END"""
)
"""Words and a command that served them."""

COUNTEREXAMPLES = Condition(sql=f"items.kind = 'command' AND items.trust = 'own' AND {_TAKEN_BACK}")


def asked(query: Query, redact: Callable[[str], str]) -> Condition:
    """A query's filters. Folders are kept without their secrets, so they are compared so."""
    condition = Condition()
    if query.kinds:
        condition &= Condition(sql=f"items.kind IN ({', '.join('?' * len(query.kinds))})", values=query.kinds)
    if query.since:
        condition &= Condition(sql="items.last > ?", values=(query.since,))
    if query.here or query.ok:
        condition &= _run(redact(query.cwd) if query.here else None, query.ok)
    return condition


def _run(folder: str | None, ok: bool) -> Condition:
    """It ran once so: in or below `folder`, and with exit status 0 and not taken back."""
    parts: list[str] = []
    values: tuple[str, ...] = ()
    if folder is not None:
        below = folder.rstrip("/") + "/"
        parts.append("(cwd = ? OR substr(cwd, 1, length(?)) = ?)")
        values = (folder, below, below)
    if ok:
        parts.append("exit_status = 0 AND judgement NOT IN ('undone', 'corrected')")
    return Condition(sql=f"EXISTS (SELECT 1 FROM runs WHERE item = items.id AND {' AND '.join(parts)})", values=values)
