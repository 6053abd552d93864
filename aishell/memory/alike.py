"""Earlier commands for words like these: few, and only what is really near."""

from __future__ import annotations

from aishell.core.memory import Query, Recollection
from aishell.memory.search import Search

_MOST = 3
_LOOKED_AT = 12
_NEAR = 0.45
"""Cosine. Of 25 requests said in other words, 84 % are above it when the request was kept with the command, and 60 % when only
the command was; the nearest wrong one of 24 is above it for 0 and 4 % of them (MiniLM; at 0.40: 92, 64, 8 and 20 %)."""
_WORDS = 2
"""Where meanings are not known, so many different words have to be the same."""


def earlier(search: Search, words: str, folder: str) -> list[Recollection]:
    """The person's commands for such words, best first, at most three, those that failed included. Raises MemoryUnavailable."""
    found = search.find(Query(text=words, cwd=folder, kinds=("command",), limit=_LOOKED_AT))
    return [each for each in found if _near(each)][:_MOST]


def _near(found: Recollection) -> bool:
    return found.cosine >= _NEAR if found.cosine is not None else found.matched >= _WORDS
