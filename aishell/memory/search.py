"""Finding: full text and meaning fused, small priors, and for each thing found the reasons why.

Items that full text or vectors rank get 1 / (60 + rank) each, times a weight (reciprocal rank fusion; Cormack, Clarke and
Buettcher 2009), and a few per cent more for where, when and how well a command ran.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from aishell.core.memory import Query, Recollection
from aishell.memory.conditions import COUNTEREXAMPLES, EXAMPLES, Condition, asked
from aishell.memory.fulltext import Words
from aishell.memory.language import east_asian
from aishell.memory.past import Known, Past, known
from aishell.memory.store import Store

Nearest = Callable[[str, int, tuple[str, ...]], list[tuple[int, float]] | None]
"""(text, how many, kinds) -> items with their cosine, best first; None until the embedder is ready. Called in any thread."""

# Measured on 600 queries each, R@1 / R@10 (bench.retrieval). English wordings to raw commands with gloss: vector weight 1:
# 44.7 / 76.0, 2: 45.7 / 76.7, 3: 45.3 / 77.2, 4: 45.5 / 77.0; to other wordings: 36.7 / 66.0, 37.0 / 68.0, 37.5 / 68.5,
# 37.5 / 68.3. Chinese to English: 2: 63.5 / 88.5, 8: 67.7 / 89.3, vectors alone 68.7 / 89.0; there full text is for what was
# written in the same characters.
_K = 60
_MEANING = 3.0
_MEANING_EAST_ASIAN = 8.0
_UNRELATED = 0.25
"""Below this cosine the nearest is not near: on the same sets 99 % of right answers are above (the first hundredth of wordings
to raw commands at 0.24, with gloss 0.30, Chinese to English 0.43)."""
_DEPTH = 100
"""Of each list, how many are fused."""
_FILTERED_DEPTH, _DEEPEST = 200, 2_000
"""Nearest items asked for when a condition lets only some through; the second when it leaves too few of the first."""
_MOST = 200
"""Results of one search."""
_READ = 2_000
"""Characters of a query."""
_CONSIDERED = 30
"""Best of the fused whose past is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """What a command's past adds to its score, as a part of it.

    All together 4.5 %, less than three ranks (63 / 60), so they part equals and cannot lift what means something else. Where
    chance made every command's past, R@1 / R@10 of set D with gloss are 42.8 / 76.7 and without any past 44.5 / 76.8; with 8 %
    they were 40.5 / 76.5.
    """

    folder: float = 0.02
    """It ran in this folder before."""
    project: float = 0.01
    """In the same git repository."""
    recency: float = 0.01
    """Used just now; half of it is left after three weeks."""
    worked: float = 0.01
    """The last run ended with exit status 0, and nobody took it back."""
    frequency: float = 0.005
    """Used 32 times or more; less for fewer."""
    half_life_s: float = 21 * 86_400.0

    def of(self, past: Past, now: float) -> float:
        place = self.folder if past.here else self.project if past.project else 0.0
        recency = self.recency * 0.5 ** (max(now - past.time, 0.0) / self.half_life_s) if past.time else 0.0
        frequency = self.frequency * min((past.runs.bit_length() - 1) / 5, 1.0) if past.runs else 0.0
        return place + recency + frequency + (self.worked if past.ended_well else 0.0)


class Search:
    """Finds in `store`; `nearest` asks the engine and answers None at once when it is not ready."""

    def __init__(
        self, store: Store, nearest: Nearest, *, priors: Priors | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._nearest = nearest
        self._priors = priors or Priors()
        self._clock = clock
        self._common: set[str] = set()

    def find(self, query: Query) -> list[Recollection]:
        """What fits the words and filters best, best first, at most `query.limit`; without words the last used."""
        return self._find(query, asked(query, self._store.redact))

    def examples(self, query: Query) -> list[Recollection]:
        """Words with the command that served them, for a model to learn from.

        The person's own that ended well or were confirmed and were never taken back or corrected, and lines of packs; nothing
        imported from a history, nothing untrusted.
        """
        return self._find(query, EXAMPLES & asked(query, self._store.redact))

    def counterexamples(self, query: Query) -> list[Recollection]:
        """The person's own commands for such words that were taken back or corrected."""
        return self._find(query, COUNTEREXAMPLES & asked(query, self._store.redact))

    def _find(self, query: Query, condition: Condition) -> list[Recollection]:
        query = replace(query, text=query.text[:_READ], limit=min(query.limit, _MOST))
        if query.limit < 1 or (condition.few and not condition.lets_any_through(self._store.db)):
            return []
        if not query.text.strip():
            return self._last(query, condition)
        depth, kinds = (_DEPTH, ()) if condition.any else (_FILTERED_DEPTH, query.kinds)
        with ThreadPoolExecutor(max_workers=1) as meanwhile:  # the engine takes 6 ms of 15, and so does full text
            asked_engine = meanwhile.submit(self._nearest, query.text, depth, kinds)
            words = Words(self._store.db, query.text, self._common)
            by_words = words.find(condition, _DEPTH)
        near = self._allowed(asked_engine.result() or [], depth, query, condition)
        near = {item: cosine for item, cosine in near.items() if cosine >= _UNRELATED}
        weight = _MEANING_EAST_ASIAN if east_asian(query.text) else _MEANING
        fused: dict[int, float] = {}
        for scored, share in ((by_words, 1.0), (list(near.items()), weight)):
            for item, rank in _ranked(scored):
                fused[item] = fused.get(item, 0.0) + share / (_K + rank)
        best = sorted(fused, key=lambda item: -fused[item])[: max(_CONSIDERED, 2 * query.limit)]
        found = known(self._store.db, best, self._store.redact(query.cwd))
        now = self._clock()
        known_ones = [
            replace(one, item=replace(one.item, score=fused[one.item.id] * (1 + self._priors.of(one.past, now))))
            for one in found
        ]
        chosen = _folded(sorted(known_ones, key=lambda one: -one.item.score))[: query.limit]
        matched = words.found_in([one.item.id for one in chosen])
        return [_told(one, matched.get(one.item.id, ()), near.get(one.item.id), now) for one in chosen]

    def _allowed(self, nearest: list[tuple[int, float]], depth: int, query: Query, condition: Condition) -> dict[int, float]:
        """Of the `depth` nearest those that the condition lets through, or of many more when these are too few."""
        if condition.any:
            return dict(nearest)
        allowed = condition.let_through(self._store.db, [item for item, _cosine in nearest])
        if len(allowed) < query.limit and len(nearest) == depth:
            nearest = self._nearest(query.text, _DEEPEST, query.kinds) or []
            allowed = condition.let_through(self._store.db, [item for item, _cosine in nearest])
        return dict([(item, cosine) for item, cosine in nearest if item in allowed][:_DEPTH])

    def _last(self, query: Query, condition: Condition) -> list[Recollection]:
        rows = self._store.db.execute(
            f"SELECT id FROM items WHERE {condition.sql} ORDER BY last DESC LIMIT ?", (*condition.values, 2 * query.limit)
        )
        now = self._clock()
        found = sorted(
            known(self._store.db, [row[0] for row in rows], self._store.redact(query.cwd)), key=lambda one: -one.item.time
        )
        return [replace(one.item, why=_why(one, (), None, now)) for one in _folded(found)[: query.limit]]


def _ranked(scored: Sequence[tuple[int, float]]) -> Iterator[tuple[int, int]]:
    """Items with their ranks from 1; those with equal scores have the same."""
    rank = 0
    before: float | None = None
    for at, (item, score) in enumerate(scored, 1):
        if score != before:
            rank, before = at, score
        yield item, rank


def _folded(found: Sequence[Known]) -> list[Known]:
    """Without commands that stand there already, led to by other words or from another source."""
    seen: set[str] = set()
    kept: list[Known] = []
    for one in found:
        key = " ".join(one.item.body.split()) if one.item.kind in ("command", "example") else f"{one.item.kind} {one.item.id}"
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept


def _told(found: Known, words: tuple[str, ...], cosine: float | None, now: float) -> Recollection:
    return replace(found.item, why=_why(found, words, cosine, now), cosine=cosine, matched=len(words))


def _why(found: Known, words: tuple[str, ...], cosine: float | None, now: float) -> tuple[str, ...]:
    past = found.past
    reasons: list[str] = []
    if words:
        reasons.append(f"words: {', '.join(words[:4])}")
    if cosine is not None:
        reasons.append(f"meaning {cosine:.2f}".replace("0.", "."))
    if past.here:
        reasons.append(_times(past.here, past.read, "here"))
    elif past.project:
        reasons.append("used in this project")
    elif past.runs > 1:
        reasons.append(f"used {past.runs} times")
    if past.runs and now - past.time < 86_400:
        reasons.append("used today")
    if past.judgement:
        reasons.append({"undone": "taken back", "corrected": "corrected", "confirmed": "confirmed"}[past.judgement])
    elif past.exit_status is not None:
        reasons.append("ended well" if past.exit_status == 0 else f"ended with status {past.exit_status}")
    return tuple(reasons)


def _times(number: int, read: bool, where: str) -> str:
    """`read`: whether all runs were looked at."""
    if number == 1:
        return f"used {where}"
    return f"used {number} times {where}" if read else f"used {number} times or more {where}"
