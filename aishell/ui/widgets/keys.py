"""The keys a block knows while it has the focus."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from textual.content import Content

from aishell.ui.shown import Part, shown
from aishell.ui.words import Words

Keys = dict[str, tuple[str, Callable[[], object]]]
"""The name of a key, what it does in a word or two, and what does it."""

_NAMES = {"enter": "Enter", "escape": "Esc"}


def keys_line(keys: Keys) -> Content:
    """`c copy   s save   n/Enter drop`, for the bottom of a block."""
    parts: list[Part] = []
    for what, alike in groupby(keys, lambda key: keys[key][0]):
        parts += [("/".join(_NAMES.get(key, key) for key in alike), "bold $text-primary"), f" {what}   "]
    return shown(*parts)


def mistaken_line(say: Words, keys: Keys) -> Content:
    """Likewise, for somebody who has typed a line into a question."""
    told = say("What you typed went nowhere: F6 goes to the prompt. Enter again, if it is your answer.")
    return shown((told, "bold $text-warning"), "   ", keys_line(keys))
