"""Characters that make a command look like another one, found before anything else is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_HARMLESS = frozenset("\n\t ")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols by category that are drawn as nothing."""
_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Control, format (zero-width, bidirectional, tags), unassigned, private, halves of pairs, odd spaces."""
_EMOJI_STYLE = frozenset("\ufe0e\ufe0f")
_MOST = 4


def hidden(text: str) -> tuple[str, ...]:
    """The deceiving characters of `text` with their code points, each once, four at most; empty when there are none."""
    return tuple(dict.fromkeys(_found(text)))[:_MOST]


def foreign_letters(name: str) -> tuple[str, ...]:
    """The letters of a command's name that are not ASCII: some look like ASCII ones."""
    return tuple(dict.fromkeys(_named(letter) for letter in name if ord(letter) > 0x7F))[:_MOST]


def _found(text: str) -> Iterator[str]:
    before = ""
    for letter in text:
        if _deceives(letter, before):
            yield _named(letter)
        before = letter


def _deceives(letter: str, before: str) -> bool:
    if letter in _HARMLESS or " " < letter < "\x7f":
        return False
    if letter in _EMOJI_STYLE:  # chooses between two drawings of a symbol; behind anything else it only hides
        return unicodedata.category(before or " ") != "So"
    variation = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef" or "\u180b" <= letter <= "\u180f"
    return variation or letter in _BLANK or unicodedata.category(letter) in _CATEGORIES


def _named(letter: str) -> str:
    name = unicodedata.name(letter, "").lower()
    return f"U+{ord(letter):04X}{f' {name}' if name else ''}"
