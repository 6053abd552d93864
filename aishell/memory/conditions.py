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
    few: bool = False
    """Whether it lets few items through, which an index tells: then they are listed first, and not every row asked."""

    def __and__(self, other: Condition) -> Condition:
        if self.any or other.any:
            return other if self.any else self
        return Condition(sql=f"({self.sql}) AND ({other.sql})", values=(*self.values, *other.values), few=self.few or other.few)

    @property
    def any(self) -> bool:
        """Whether it lets everything through."""
        return self.sql == "1"

    def lets_any_through(self, db: sqlite3.Connection) -> bool:
        return db.execute(f"SELECT 1 FROM items WHERE {self.sql} LIMIT 1", self.values).fetchone() is not None

    def let_through(self, db: sqlite3.Connection, items: Sequence[int]) -> set[int]:
        """Those of `items` that it allows."""
        if self.few:
            return {row[0] for row in db.execute(f"SELECT id FROM items WHERE {self.sql}", self.values)} & set(items)
        allowed: set[int] = set()
        for start in range(0, len(items), _VARIABLES):
            part = items[start : start + _VARIABLES]
            marks = ", ".join("?" * len(part))
            query = f"SELECT id FROM items WHERE id IN ({marks}) AND ({self.sql})"
            allowed.update(row[0] for row in db.execute(query, (*part, *self.values)))
        return allowed


# The sets below are made once a statement, from an index: asked of each row, they took 180 ms at 100,000 commands. A plus
# before a column keeps SQLite from walking through the index of kinds instead.
_TAKEN_BACK = "(SELECT item FROM runs WHERE judgement <> '' AND judgement IN ('undone', 'corrected'))"

EXAMPLES = Condition(
    sql=f"""items.intent <> '' AND CASE items.kind
        WHEN 'command' THEN items.trust = 'own' AND items.id NOT IN {_TAKEN_BACK} AND EXISTS (
            SELECT 1 FROM runs WHERE item = items.id AND source = 'aishell' AND (exit_status = 0 OR judgement = 'confirmed'))
        WHEN 'example' THEN items.trust <> 'untrusted' AND items.pack IS NOT NULL
        END"""
)
"""Words and a command that served them."""

COUNTEREXAMPLES = Condition(sql=f"+items.kind = 'command' AND items.trust = 'own' AND items.id IN {_TAKEN_BACK}", few=True)


def asked(query: Query, redact: Callable[[str], str]) -> Condition:
    """A query's filters. Folders are kept without their secrets, so they are compared so."""
    condition = Condition()
    if query.kinds:
        condition &= Condition(sql=f"+items.kind IN ({', '.join('?' * len(query.kinds))})", values=query.kinds)
    if query.since:
        condition &= Condition(sql="+items.last > ?", values=(query.since,))
    if query.here or query.ok:
        condition &= _run(redact(query.cwd) if query.here else None, query.ok)
    return condition


def _run(folder: str | None, ok: bool) -> Condition:
    """It ran once so: in or below `folder`, and with exit status 0 and not taken back."""
    well = "exit_status = 0 AND judgement NOT IN ('undone', 'corrected')" if ok else "1"
    if folder is None:
        return Condition(sql=f"EXISTS (SELECT 1 FROM runs WHERE item = items.id AND {well})")
    below = folder.rstrip("/") + "/"
    behind = folder.rstrip("/") + "0"  # the character after the slash: no other folder lies between
    return Condition(
        sql=f"items.id IN (SELECT item FROM runs WHERE cwd = ? AND {well}"
        f" UNION ALL SELECT item FROM runs WHERE cwd >= ? AND cwd < ? AND {well})",
        values=(folder, below, behind),
        few=True,
    )
