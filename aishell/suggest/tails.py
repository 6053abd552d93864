"""The rest of the word at hand, for a line that was never typed so far: words that were used with this program, or just now.

Six of ten characters that people type stand in lines that are new to their history; only their words are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aishell.suggest.past import Past
from aishell.suggest.shape import derived, shape, words

_RECENT = 25
"""Lines back in which any word counts."""
_WITH_PROGRAM = 80
_SHORTEST = 3
_SEPARATOR = re.compile(r"&&|\|\|?|;|\$\(")


@dataclass(frozen=True, slots=True)
class Tails:
    """Of one prompt."""

    past: Past
    fade: float
    recent: float
    """What a word of the lines just before is worth, beside one used with the same program."""
    unknown: float
    """Votes for a word that is in neither."""
    known: dict[str, dict[str, float]] = field(default_factory=dict)

    def likely(self, text: str) -> dict[str, float]:
        """For each way the word at hand may end, the line up to there, and the share of the votes it has."""
        stem, word = _split(text)
        if not stem.strip():
            return {}
        if stem not in self.known:
            self.known[stem] = self._votes(stem)
        votes = {end: vote for end, vote in self.known[stem].items() if end.startswith(word) and end != word}
        total = sum(votes.values()) + self.unknown
        return {stem + end: vote / total for end, vote in votes.items()}

    def _votes(self, stem: str) -> dict[str, float]:
        past, votes = self.past, dict[str, float]()
        own = shape(_SEPARATOR.split(stem)[-1])
        for chain, key in ((past.run, own.program), (past.headed, own.head)):
            for number, at in enumerate(chain.newest(key, _WITH_PROGRAM), 1):
                for end in words(past.lines[at])[1:]:
                    votes[end] = votes.get(end, 0.0) + number**-self.fade
        for back, line in enumerate(reversed(past.lines[-_RECENT:]), 1):
            for end in (end for end, mark in derived(shape(line).arguments).items() if mark[-1] in "an"):
                votes[end] = votes.get(end, 0.0) + self.recent * back**-self.fade
        used = set(words(stem))
        return {end: vote for end, vote in votes.items() if len(end) >= _SHORTEST and end not in used}


def _split(text: str) -> tuple[str, str]:
    """What stands before the word at hand, and as much of the word as there is."""
    at = len(text)
    while at and not text[at - 1].isspace():
        at -= 1
    return text[:at], text[at:]
