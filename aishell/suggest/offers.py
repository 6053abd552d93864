"""What a line may become, weighed: whole lines, the beginnings they share, and the rest of a word.

What is offered best is not the likeliest line but the one that saves most keys: its likelihood times what is left to type. So
`git commit -m` comes before one of many messages, and a whole line where it is clear which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aishell.suggest.likely import Likely
from aishell.suggest.past import Past
from aishell.suggest.shape import ends
from aishell.suggest.tails import Tails

_DOUBT = 3
"""Times that a few lines count as more than they do: what was typed once says little about what is new."""
_SHARED = 60
"""Lines whose beginnings are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Tuned on half of the histories that `bench/suggest.py` was given."""

    new: float = 6.0
    """What a line that was new counts beside one that was not, where it is asked whether the next one is."""
    sure: float = 3.5
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
    _weights: dict[str, float] = field(default_factory=dict)

    def best(self, text: str, most: int) -> list[Offer]:
        """At most `most`, best first."""
        weighed = self._weighed(text)
        known = sum(weighed.values())
        new = self._new(weighed, known) if text else 0.0
        share = 1.0 / (known + new) if text else 1.0  # before anything is typed, what is known is all there is to go by
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

    def _new(self, weighed: dict[str, float], known: float) -> float:
        """How likely a line is that was never typed: by how many of those that begin so were new when they were typed."""
        times = sum(self.past.count.get(line, 0) for line in weighed)
        return self.worth.new * known * len(weighed) / (times + _DOUBT) if times else self.worth.new

    def _value(self, offer: Offer, typed: int) -> float:
        return float(offer.likely**self.worth.sure * (len(offer.line) - typed - 0.9))

    def _weighed(self, text: str) -> dict[str, float]:
        lines = dict.fromkeys(self.past.starting(text))
        if not self._kept:
            self._kept = list(dict.fromkeys(self.likely.voted()))
        lines.update((line, None) for line in self._kept if line.startswith(text))
        lines.pop(text, None)
        known = self._weights
        for line in lines:
            if line not in known:
                known[line] = self.likely.likely(line) * self.discount(line)
        return {line: weight for line in lines if (weight := known[line])}

    def _ends(self, line: str, typed: int) -> Iterator[str]:
        """Where the part of `line` behind what is typed may end: behind a word, behind a folder of a path, at its end."""
        if typed:  # before anything is typed, a program's name alone is no suggestion
            for end in ends(line, typed):
                yield line[:end]
        yield line
