"""Suggestions for a line at hand: every source's lines, one scorer, and what may be shown unasked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from aishell.core.suggestions import Source, Suggestion, Typing
from aishell.core.typed import Entry
from aishell.suggest.gate import Gate
from aishell.suggest.likely import Likely, Weights
from aishell.suggest.offers import Offer, Offers, Worth
from aishell.suggest.outcomes import Outcomes
from aishell.suggest.past import Past
from aishell.suggest.tails import Tails

News = Callable[[], tuple[Sequence[Entry], bool]]
"""The lines typed since the last call, oldest first, and whether they stand in the place of all before."""
_LEAST = 0.01
"""How likely what is shown behind a text must be."""
_PASSED = 0.3
"""What an offer that was passed over counts beside one that was taken."""


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
    worth: Worth = field(default_factory=Worth)
    unasked: float = 0.4
    """How likely a line must be to be shown before anything is typed."""


class Suggester:
    """Of one history. `read` takes seconds for 100,000 lines, once; a key some hundred microseconds, judging apart."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._past = Past()
        self._statuses: dict[str, int] = {}
        """What the memory knows of lines that ran before there were outcomes."""
        self._told: dict[str, int] = {}
        """What shells have said of their last lines."""
        self._recalled: set[str] = set()
        """Lines that only the memory knows."""
        self._offers: tuple[object, Offers] | None = None
        self._examples: dict[str, Sequence[tuple[str, str]]] = {}
        self._busy = threading.Lock()
        self.ready = False

    def read(self) -> None:
        """Bring everything up to date. For a thread, the first time."""
        self._given.outcomes.load()
        news, anew = self._given.news()
        if anew or not self.ready:
            past = self._begun(news)
            with self._busy:
                self._past, self._offers, self.ready = past, None, True
        elif news:
            with self._busy:
                for entry in news:
                    if self._given.on.history and not self._given.gate.hides(entry.text):
                        self._recalled.discard(entry.text)
                        self._past.add(*entry)

    def _begun(self, news: Sequence[Entry]) -> Past:
        runs = [run for run in self._given.remembered() if run.line]
        self._statuses = {run.line: run.status for run in runs if run.status is not None}
        older = [Entry(run.line, run.folder) for run in runs if not run.typed] if self._given.on.memory else []
        self._recalled = {entry.text for entry in older}.difference(entry.text for entry in news)
        lines = [*older, *(news if self._given.on.history else ())]
        hidden = {line for line in {entry.text for entry in lines} if self._given.gate.hides(line)}
        past = Past()
        past.extend(entry for entry in lines if entry.text not in hidden)
        return past

    def suggest(self, typing: Typing, limit: int) -> list[Suggestion]:
        """The best first, at most `limit`; at most one of them may be shown unasked. May ask the judge: some milliseconds."""
        program, _, rest = typing.text.partition(" ")
        if self._given.on.tldr and rest and program not in self._examples:
            self._examples[program] = self._given.examples(program)
        gate = self._given.gate
        if typing.previous and typing.status is not None:
            self._told[typing.previous[-1].strip()] = typing.status
        found = [one for one in self._ranked(typing, limit + 4) if not gate.hides(one.line)]
        for at, one in enumerate(found):
            if one.ghost and not self._failed(one.line) and gate.passes(one.line, typing.folder):
                return [one, *(replace(other, ghost=False) for other in (*found[:at], *found[at + 1 :]))][:limit]
        return [replace(one, ghost=False) for one in found][:limit]

    def at_once(self, typing: Typing) -> Suggestion | None:
        """What may be shown unasked, as far as that is known without asking the judge."""
        gate = self._given.gate
        for one in self._ranked(typing, 4):
            if one.ghost and not self._failed(one.line) and not gate.hides(one.line) and not gate.stops(one.line):
                return one if gate.judged(one.line, typing.folder) else None
        return None

    def may_show(self, line: str, folder: str) -> bool:
        """Whether a line from elsewhere may be shown unasked. May ask the judge."""
        return not self._failed(line) and self._given.gate.passes(line, folder)

    def _ranked(self, typing: Typing, limit: int) -> list[Suggestion]:
        text = typing.text
        if not self.ready or "\n" in text or typing.cursor != len(text) or not (text or self._given.on.next):
            return []
        with self._busy:
            offers = self._at_prompt(typing)
            found = [one for rank, one in enumerate(offers.best(text, 3 * limit)) if one.whole or not rank][:limit]
            return [*(self._made(one, offers, text) for one in found), *self._from_examples(text, found)][:limit]

    def _made(self, offer: Offer, offers: Offers, text: str) -> Suggestion:
        source: Source = "next" if not text else "memory" if offer.line in self._recalled else "history"
        once = self._past.count.get(offer.line) == 1  # which is no habit
        return Suggestion(
            line=offer.line,
            source=source,
            why=offer.why or offers.likely.why(offer.line),
            score=min(offer.likely, 1.0),
            ghost=offer.likely >= (_LEAST if text else self._given.unasked) and not (once and not text),
        )

    def _from_examples(self, text: str, found: list[Offer]) -> Iterator[Suggestion]:
        """Of tldr-pages, up to what a person has to fill in."""
        for about, command in self._examples.get(text.partition(" ")[0], ()):
            line = command.partition("{{")[0].rstrip()
            if line.startswith(text) and len(line) > len(text) and all(line != one.line for one in found):
                yield Suggestion(line=line, source="tldr", why=about, score=0.0)

    def _at_prompt(self, typing: Typing) -> Offers:
        """Made once a prompt."""
        version = self._given.outcomes.version
        key = (typing.previous, typing.status, typing.folder, version, len(self._past), id(self._past))
        if self._offers is None or self._offers[0] != key:
            weights, worth = self._given.weights, self._given.worth
            likely = Likely(self._past, typing.previous, typing.folder, weights)
            tails = Tails(self._past, weights.fade, worth.recent, worth.unknown)
            self._offers = (key, Offers(self._past, likely, worth, self._discount, tails))
        return self._offers[1]

    def _discount(self, line: str) -> float:
        if self._failed(line):
            return 0.0
        known = self._given.outcomes.of(line)
        return (1 + known.taken) / (1 + known.taken + _PASSED * known.passed)

    def _failed(self, line: str) -> bool:
        """Whether the last run of `line` is known to have failed."""
        if (status := self._told.get(line)) is None and (status := self._given.outcomes.of(line).status) is None:
            status = self._statuses.get(line)
        return bool(status)
