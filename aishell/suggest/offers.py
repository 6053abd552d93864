"""What a line may become, weighed: whole lines, the beginnings they share, and the rest of a word.

What is offered best is not the likeliest line but the one that saves most keys: its likelihood times what is left to type. So
`git commit -m` comes before one of many messages, and a whole line where it is clear which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aishell.core.suggestions import Source
from aishell.suggest.likely import Likely
from aishell.suggest.past import Past
from aishell.suggest.shape import ends
from aishell.suggest.tails import Tails

_SHARED = 60
"""Lines whose beginnings are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Tuned on half of the histories that `bench/suggest.py` was given."""

    new: float = 0.8
    """How likely the next line is one that was never typed, before a key of it is known;"""
    surprise: float = 0.75
    """each key that is typed makes it so much less likely that it would begin so by chance."""
    sure: float = 2.0
    """The power of the likelihood, beside the keys saved: above 1, likely ones come before long ones."""
    recent: float = 0.5
    unknown: float = 2.0
    """Both as in `Tails`."""


@dataclass(slots=True)
class Offer:
    line: str
    likely: float = 0.0
    whole: float = 0.0
    """The part of it that lines have which end there."""
    source: Source = "history"
    why: str = ""


@dataclass(slots=True)
class Offers:
    """Of one prompt: made once behind a line, asked at each key."""

    past: Past
    likely: Likely
    worth: Worth
    discount: Callable[[str], float]
    """For a line: 0 when it is not to be offered, less than 1 when it was passed over before."""
    tails: Tails
    _kept: list[str] = field(default_factory=list)

    def best(self, text: str, most: int) -> list[Offer]:
        """At most `most`, best first."""
        new = self.worth.new * self.worth.surprise ** len(text) if text else self.worth.new / 4
        weighed = self._weighed(text)
        share = 1.0 / (sum(weighed.values()) + new)
        found: dict[str, Offer] = {}
        for line in sorted(weighed, key=weighed.__getitem__, reverse=True)[:_SHARED]:
            for end in self._ends(line, len(text)):
                offer = found.setdefault(end, Offer(end))
                offer.likely += weighed[line] * share
            found[line].whole += weighed[line] * share
        if text.strip():
            for line, likely in self.tails.likely(text).items():
                for end in self._ends(line, len(text)):
                    offer = found.setdefault(end, Offer(end, why="a word used before"))
                    offer.likely += likely * new * share
        return sorted(found.values(), key=lambda offer: self._value(offer, len(text)), reverse=True)[:most]

    def _value(self, offer: Offer, typed: int) -> float:
        return float(offer.likely**self.worth.sure * (len(offer.line) - typed - 0.9))

    def _weighed(self, text: str) -> dict[str, float]:
        lines = {line: None for line in self.past.starting(text)}
        if not self._kept:
            self._kept = list(dict.fromkeys(self.likely.voted()))
        lines.update((line, None) for line in self._kept if line.startswith(text))
        lines.pop(text, None)
        return {line: weight for line in lines if (weight := self.likely.likely(line) * self.discount(line))}

    def _ends(self, line: str, typed: int) -> Iterator[str]:
        """Where the part of `line` behind what is typed may end: behind a word, behind a folder of a path, at its end."""
        if typed:  # before anything is typed, a program's name alone is no suggestion
            for end in ends(line, typed):
                yield line[:end]
        yield line
