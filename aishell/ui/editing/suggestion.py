"""What may be offered behind the cursor while somebody types, and where such offers come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import NamedTuple


class Suggestion(NamedTuple):
    """A whole line that could be meant. It is only ever shown, until the person takes it."""

    line: str
    source: str
    """Where it comes from, in a word: history, files, model."""


Suggest = Callable[[str, int, str], AsyncIterator[Suggestion]]
"""Given the text, the cursor in it, and the folder: suggestions, better ones later. Closed when the next key is typed."""


def behind(text: str, line: str) -> str:
    """What `line` has more than `text`; nothing when it does not begin with it."""
    return line[len(text) :] if line.startswith(text) else ""


def next_word(ghost: str) -> str:
    """The part of a suggestion that one word takes: up to the blank or slash behind it."""
    at = len(ghost) - len(ghost.lstrip())
    while at < len(ghost) and not ghost[at].isspace():
        at += 1
        if ghost[at - 1] == "/":
            break
    return ghost[:at]
