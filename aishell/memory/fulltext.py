"""Full text: the items whose words a person used, best first, in bounded time whatever the words are.

Ranking by bm25 costs about 1 µs for every row that holds any of the words, and `find` or `file` stands in tens of thousands.
So rare words choose the candidates, and frequent ones only help to rank them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aishell.memory.conditions import Condition
from aishell.memory.language import grams, without_east_asian
from aishell.memory.schema import TOKENIZER

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
"""Rows that are ranked at most for a set of words, and rows of rare words together. With 300, 1,000 or 3,000 of 10,594, recall
in the first 10 is 56.5 to 57.2 on set A of bench.retrieval, and 56.8 when every row is ranked."""
_COMMON = 1 / 8
"""Of all items: a word in more is left out where others find enough. bm25 reads every row of every word before it ranks the
first, 7 ms of 12 at 100,000 commands. Recall in the first 10 of sets A and D with gloss, full text alone: 56.0 and 65.2, with
such words 57.0 and 64.2; fused with vectors 69.3 and 77.5, with them 68.3 and 77.3. At 1/20 full text falls to 59.3."""
_ENOUGH = 100
"""Rows that rare words must find to choose alone."""
_PAGES = 500
"""Written in one transaction of tidying."""
_FEW = 20
"""Rows below which, where a condition left so few, every row with any of the words is looked at."""
_SAYING_NOTHING = frozenset(
    """a an the of to in on at for with and or is are was were be do does did how what which when where that this it i me my
    we""".split()
)
"""Left out when there are others. In a large memory they are among the common ones anyway; in a small one they would find."""
_COLUMNS = "intent, body, gloss, grams"
_WEIGHTS = "1.0, 1.0, 0.5, 1.0"
"""bm25 of intent, body, gloss, pairs of characters."""


def terms(text: str) -> list[str]:
    """The words and pairs of characters of a query as FTS5 strings, each once.

    Nothing in them has a meaning to FTS5: they hold letters and digits only, in quotes.
    """
    text = text[:_READ]
    words = [word[:_LONGEST].lower() for word in _WORD.findall(without_east_asian(text))]
    words = [word for word in words if word not in _SAYING_NOTHING] or words
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
    """A query's words: those that choose what is ranked, those that only rank, and those that say next to nothing.

    `known_common` gathers words of the last sort over many queries: to count a word's rows up to there takes 0.5 ms.
    """

    def __init__(self, db: sqlite3.Connection, text: str, known_common: set[str] | None = None) -> None:
        self._db = db
        known = set() if known_common is None else known_common
        items = db.execute("SELECT max(id) FROM items").fetchone()[0] or 0  # counting them takes 3 ms at 100,000
        most = max(_ROWS, int(items * _COMMON))
        every = terms(text)
        by_rarity = sorted((rows, term) for term in every if term not in known and (rows := self._rows(term, most + 1)))
        self.rare: list[str] = []
        self.frequent: list[str] = []
        self.common = [term for term in every if term in known]
        total = 0
        for rows, term in by_rarity:
            total += rows
            (self.rare if total <= _ROWS else self.frequent if rows <= most else self.common).append(term)
        known.update(self.common)

    def _rows(self, expression: str, most: int) -> int:
        """How many rows it matches; counting ends at `most`."""
        query = "SELECT count(*) FROM (SELECT 1 FROM texts WHERE texts MATCH ? LIMIT ?)"
        return int(self._db.execute(query, (expression, most)).fetchone()[0])

    def find(self, condition: Condition, limit: int) -> list[tuple[int, float]]:
        """Items with their bm25, best (that is least) first."""
        ranks: dict[int, float] = {}
        rare, frequent = " OR ".join(self.rare), " OR ".join(self.frequent)
        if condition.few:
            if every := self.rare + self.frequent + self.common:
                self._rank(" OR ".join(every), condition, limit, ranks)
            return sorted(ranks.items(), key=lambda rank: rank[1])
        if rare:
            self._rank(rare, condition, limit, ranks)
        if rare and frequent:
            self._rank(f"({rare}) AND ({frequent})", condition, limit, ranks)
        if (rest := self.frequent + self.common) and len(ranks) < min(limit, _ENOUGH):
            self._rank(self._together(rest), condition, limit, ranks)
            if len(ranks) < min(limit, _FEW) and not condition.any:
                self._rank(" OR ".join(rest), condition, limit, ranks)
        return sorted(ranks.items(), key=lambda rank: rank[1])[:limit]

    def _together(self, words: Sequence[str]) -> str:
        """As many of the words, from the rarest on, as are found in enough rows together."""
        for number in range(len(words), 1, -1):
            expression = " AND ".join(words[:number])
            if self._rows(expression, _ENOUGH) == _ENOUGH:
                return expression
        return words[0]

    def _rank(self, expression: str, condition: Condition, limit: int, ranks: dict[int, float]) -> None:
        """Take the best into `ranks`; of very many rows the newest are ranked."""
        join = where = ""
        if condition.few:
            where = f"+texts.rowid IN (SELECT id FROM items WHERE {condition.sql}) AND"
        elif not condition.any:
            join = f"CROSS JOIN items ON items.id = texts.rowid AND ({condition.sql})"
        rows = self._db.execute(
            f"SELECT id, rank FROM (SELECT texts.rowid AS id, bm25(texts, {_WEIGHTS}) AS rank FROM texts {join}"
            f" WHERE {where} texts MATCH ? ORDER BY texts.rowid DESC LIMIT ?) ORDER BY rank LIMIT ?",
            (*condition.values, expression, _ROWS, limit),
        )
        for item, rank in rows:
            ranks[item] = min(rank, ranks.get(item, 0.0))

    def found_in(self, items: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """For each item, its words that the query's words matched; of frequent ones only when no rare one did.

        The few texts are looked through in a small table in memory: asking the large one for each took 5 ms for ten.
        """
        found: dict[int, tuple[str, ...]] = {}
        self._copy(items)
        columns = " || char(10) || ".join(f"highlight(shown, {column}, char(2), char(3))" for column in range(4))
        for expression in (" OR ".join(self.frequent + self.common), " OR ".join(self.rare)):
            query = f"SELECT rowid, {columns} FROM temp.shown WHERE shown MATCH ?"
            for item, text in self._db.execute(query, (expression,)) if expression else ():
                marked = re.findall("\x02(.*?)\x03", text, re.S)
                found[item] = tuple(dict.fromkeys(" ".join(word.split()).lower() for word in marked))
        return found

    def _copy(self, items: Sequence[int]) -> None:
        self._db.execute("PRAGMA temp_store = MEMORY")  # what is remembered gets into no other file
        self._db.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.shown USING fts5 ({_COLUMNS}, tokenize='{TOKENIZER}')")
        self._db.execute("DELETE FROM temp.shown")
        marks = ", ".join("?" * len(items))
        self._db.execute(
            f"INSERT INTO temp.shown (rowid, {_COLUMNS}) SELECT id, {_COLUMNS} FROM items WHERE id IN ({marks})", tuple(items)
        )
