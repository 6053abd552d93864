"""Full text: the items whose words a person used, best first, in bounded time whatever the words are.

Ranking by bm25 costs about 2 µs for every row that holds any of the words, and `find` or `file` stands in tens of thousands.
So rare words choose the candidates, and frequent ones only help to rank them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aishell.memory.conditions import Condition
from aishell.memory.language import grams, without_east_asian

if TYPE_CHECKING:
    from aishell.memory.store import Store

_WORD = re.compile(r"[^\W_]+")
_READ = 1_000
"""Characters of a query that are read."""
_WORDS = 24
"""Words of a query that are looked for, and as many pairs of characters."""
_LONGEST = 64
"""Characters of a word."""
_ROWS = 1_000
"""Rows that are ranked at most for a set of words."""
_ENOUGH = 100
"""Rows that rare words must find to choose alone."""
_PAGES = 500
"""Written in one transaction of tidying."""
_WEIGHTS = "1.0, 1.0, 0.5, 1.0"
"""bm25 of intent, body, gloss, pairs of characters."""


def terms(text: str) -> list[str]:
    """The words and pairs of characters of a query as FTS5 strings, each once.

    Nothing in them has a meaning to FTS5: they hold letters and digits only, in quotes.
    """
    text = text[:_READ]
    words = [word[:_LONGEST].lower() for word in _WORD.findall(without_east_asian(text))]
    pairs = grams(text).split()
    return [f'"{word}"' for word in list(dict.fromkeys(words))[:_WORDS]] + [
        f'grams : "{pair}"' for pair in list(dict.fromkeys(pairs))[:_WORDS]
    ]


def tidy(store: Store) -> None:
    """Bring the index together after many writes: searching took half the time then (12 segments, 97,000 items).

    In small transactions, so that other shells wait milliseconds.
    """
    pages = -_PAGES  # negative: all segments, whatever their sizes, are to become one
    while True:
        before = store.db.total_changes
        with store.write() as db:
            db.execute("INSERT INTO texts (texts, rank) VALUES ('merge', ?)", (pages,))
        pages = _PAGES
        if store.db.total_changes - before < 2:  # as SQLite documents the end
            return


class Words:
    """A query's words, those that choose what is ranked apart from those that only rank."""

    def __init__(self, db: sqlite3.Connection, text: str) -> None:
        self._db = db
        by_rarity = sorted((rows, term) for term in terms(text) if (rows := self._rows(term, _ROWS + 1)))
        self.rare: list[str] = []
        total = 0
        for rows, term in by_rarity:
            total += rows
            if total > _ROWS:
                break
            self.rare.append(term)
        self.frequent = [term for _rows, term in by_rarity[len(self.rare) :]]

    def _rows(self, expression: str, most: int) -> int:
        """How many rows it matches; counting ends at `most`."""
        query = "SELECT count(*) FROM (SELECT 1 FROM texts WHERE texts MATCH ? LIMIT ?)"
        return int(self._db.execute(query, (expression, most)).fetchone()[0])

    def find(self, condition: Condition, limit: int) -> list[tuple[int, float]]:
        """Items with their bm25, best (that is least) first."""
        ranks: dict[int, float] = {}
        rare, frequent = " OR ".join(self.rare), " OR ".join(self.frequent)
        if rare:
            self._rank(rare, condition, limit, ranks)
        if rare and frequent:
            self._rank(f"({rare}) AND ({frequent})", condition, limit, ranks)
        if frequent and len(ranks) < min(limit, _ENOUGH):
            self._rank(self._together(), condition, limit, ranks)
            if len(ranks) < limit and not condition.any:
                self._rank(frequent, condition, limit, ranks)
        return sorted(ranks.items(), key=lambda rank: rank[1])[:limit]

    def _together(self) -> str:
        """As many of the frequent words, from the rarest on, as are found in enough rows together."""
        for number in range(len(self.frequent), 1, -1):
            expression = " AND ".join(self.frequent[:number])
            if self._rows(expression, _ENOUGH) == _ENOUGH:
                return expression
        return self.frequent[0]

    def _rank(self, expression: str, condition: Condition, limit: int, ranks: dict[int, float]) -> None:
        """Take the best into `ranks`; of very many rows the newest are ranked."""
        allowed = "" if condition.any else f"CROSS JOIN items ON items.id = texts.rowid AND ({condition.sql})"
        rows = self._db.execute(
            f"SELECT id, rank FROM (SELECT texts.rowid AS id, bm25(texts, {_WEIGHTS}) AS rank FROM texts {allowed}"
            " WHERE texts MATCH ? ORDER BY texts.rowid DESC LIMIT ?) ORDER BY rank LIMIT ?",
            (*condition.values, expression, _ROWS, limit),
        )
        for item, rank in rows:
            ranks[item] = min(rank, ranks.get(item, 0.0))

    def found_in(self, items: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """For each item, its words that the query's words matched; of frequent ones only when no rare one did."""
        found: dict[int, tuple[str, ...]] = {}
        columns = " || char(10) || ".join(f"highlight(texts, {column}, char(2), char(3))" for column in range(4))
        for expression in (" OR ".join(self.rare), " OR ".join(self.frequent)):
            for item in items if expression else ():
                if item in found:
                    continue
                query = f"SELECT {columns} FROM texts WHERE texts MATCH ? AND rowid = ?"
                if row := self._db.execute(query, (expression, item)).fetchone():
                    marked = re.findall("\x02(.*?)\x03", row[0], re.S)
                    found[item] = tuple(dict.fromkeys(" ".join(word.split()).lower() for word in marked))
        return found
