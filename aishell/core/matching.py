"""How well a name fits what somebody has typed of it."""

from __future__ import annotations

import re
from enum import IntEnum

_LEAST_LETTERS = 2
"""One letter stands somewhere in nearly every name."""


class Fit(IntEnum):
    """A better one leaves the others unasked: who types the beginning of a name means one that begins so."""

    NONE = 0
    LOOSE = 1
    """The letters stand in it, in this order: `dcmp` in docker-compose.yml."""
    FOLDED = 2
    """It begins with them when case does not count."""
    EXACT = 3


class Matcher:
    """For one text and many names."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._folded = typed.casefold()
        self._loose = re.compile(".*?".join(map(re.escape, self._folded)), re.S) if len(typed) >= _LEAST_LETTERS else None

    def fit(self, name: str) -> Fit:
        if name.startswith(self._typed):
            return Fit.EXACT
        folded = name.casefold()
        if folded.startswith(self._folded):
            return Fit.FOLDED
        return Fit.LOOSE if self._loose and self._loose.search(folded) else Fit.NONE

    def closeness(self, name: str) -> float:
        """How likely a name of a loose fit is meant, to compare with others: letters that begin a word or stand together."""
        places = self._places(name.casefold())
        score = 0.0
        for number, at in enumerate(places):
            score += 2.0 if _begins_word(name, at) else 0.0
            score += 1.0 if number and places[number - 1] == at - 1 else 0.0
        return score - 0.1 * (places[-1] - places[0]) - 0.01 * len(name) if places else 0.0

    def _places(self, folded: str) -> list[int]:
        """Where the letters stand: of the shortest stretch that ends where the first one does."""
        at = -1
        for letter in self._folded:
            at = folded.find(letter, at + 1)
            if at < 0:
                return []
        places = []
        end = at + 1
        for letter in reversed(self._folded):
            end = folded.rfind(letter, 0, end)
            places.append(end)
        return places[::-1]


def _begins_word(name: str, at: int) -> bool:
    """At the start, behind a sign, or where small letters turn into capitals."""
    if at == 0 or at >= len(name):  # casefolding may have made it longer
        return at == 0
    before, here = name[at - 1], name[at]
    return not before.isalnum() or (before.islower() and here.isupper()) or (before.isdigit() != here.isdigit())
