"""Suggestions for a line at hand: every source's lines, one scorer, and what may be shown unasked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from aishell.core.suggestions import Source, Suggestion, Typing
from aishell.core.typed import Entry
from aishell.suggest.gate import Gate
from aishell.suggest.likely import Likely, Weights
from aishell.suggest.outcomes import Outcomes
from aishell.suggest.past import Past

News = Callable[[], tuple[Sequence[Entry], bool]]
"""The lines typed since the last call, oldest first, and whether they stand in the place of all before."""
_NEW = 0.02
"""The share of what is typed next that has never been typed so far: what a line has to be likelier than."""


class Remembered(NamedTuple):
    """A run that the memory knows."""

    line: str
    folder: str
    status: int | None
    typed: bool
    """It is in the history of typed lines, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Which sources are on."""

    history: bool = True
    next: bool = True
    memory: bool = True
    tldr: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What suggestions are made of. All of it comes from outside."""

    news: News
    outcomes: Outcomes
    gate: Gate
    remembered: Callable[[], Iterable[Remembered]] = tuple
    """What the memory has learned since the last call, oldest first."""
    examples: Callable[[str], Sequence[tuple[str, str]]] = lambda program: ()
    """What a program is used for and how, of those installed; slow the first time."""
    on: Switches = field(default_factory=Switches)
    weights: Weights = field(default_factory=Weights)


class Suggester:
    """Of one history. `read` takes a second for 100,000 lines, once; the rest some hundred microseconds, judging apart."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._past = Past()
        self._statuses: dict[str, int] = {}
        """What the memory knows of lines that ran before there were outcomes."""
        self._recalled: set[str] = set()
        """Lines that only the memory knows."""
        self._likely: tuple[object, Likely] | None = None
        self._busy = threading.Lock()
        self.ready = False

    def read(self) -> None:
        """Bring everything up to date. For a thread, the first time."""
        with self._busy:
            self._given.outcomes.load()
            news, anew = self._given.news()
            if anew or not self.ready:
                self._begin(news)
            else:
                for entry in news:
                    self._recalled.discard(entry.text)
                    self._past.add(*entry)
            self.ready = True

    def _begin(self, news: Sequence[Entry]) -> None:
        self._past, self._likely = Past(), None
        before = [run for run in self._given.remembered() if run.line] if self._given.on.memory else []
        self._statuses = {run.line: run.status for run in before if run.status is not None}
        older = [Entry(run.line, run.folder) for run in before if not run.typed]
        self._recalled = {entry.text for entry in older}.difference(entry.text for entry in news)
        self._past.extend(iter([*older, *(news if self._given.on.history else ())]))

    def suggest(self, typing: Typing, limit: int) -> list[Suggestion]:
        """The best first, at most `limit`; at most one of them may be shown unasked. May ask the judge: some milliseconds."""
        found = [one for one in self._ranked(typing, limit) if not self._given.gate.hides(one.line)][:limit]
        for at, one in enumerate(found):
            if one.ghost and self._given.gate.passes(one.line, typing.folder):
                return [replace(other, ghost=number == at) for number, other in enumerate(found)]
        return [replace(one, ghost=False) for one in found]

    def at_once(self, typing: Typing) -> Suggestion | None:
        """What may be shown unasked, as far as that is known without asking the judge."""
        gate = self._given.gate
        for one in self._ranked(typing, 4):
            if one.ghost and not gate.hides(one.line) and not gate.stops(one.line):
                return one if gate.judged(one.line, typing.folder) else None
        return None

    def _ranked(self, typing: Typing, limit: int) -> list[Suggestion]:
        text = typing.text
        if not self.ready or "\n" in text or typing.cursor != len(text):
            return []
        with self._busy:
            likely = self._at_prompt(typing)
            lines = set(self._past.starting(text))
            lines.update(line for line in likely.voted() if line.startswith(text))
            lines.discard(text)
            weighed = {line: likely.likely(line) for line in lines}
            all_of_them = sum(weighed.values())
            best = sorted(weighed, key=weighed.__getitem__, reverse=True)[: max(limit, 4)]
            return [self._made(line, weighed[line], all_of_them, likely, typing) for line in best]

    def _made(self, line: str, weight: float, all_of_them: float, likely: Likely, typing: Typing) -> Suggestion:
        source: Source = "next" if not typing.text else "memory" if line in self._recalled else "history"
        score = weight / (all_of_them + _NEW) if typing.text else weight
        return Suggestion(line=line, source=source, why=likely.why(line), score=score, ghost=True)

    def _at_prompt(self, typing: Typing) -> Likely:
        """Made once a prompt."""
        key = (typing.previous, typing.status, typing.folder, len(self._past), id(self._past))
        if self._likely is None or self._likely[0] != key:
            self._likely = (key, Likely(self._past, typing.previous, typing.folder, self._given.weights))
        return self._likely[1]
