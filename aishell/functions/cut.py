"""Long texts: where their sentences end, how many tokens they may be, and parts that fit."""

from __future__ import annotations

import re

_SHORT = ("Mr", "Ms", "Dr", "St", "vs", "No", "Mrs", "Inc", "Ltd", "e.g", "i.e", "a.m", "p.m")
_ABBREVIATED = "".join(rf"(?<!\b{re.escape(word)}\.)" for word in _SHORT) + r"(?<!\b[A-Z]\.)"
_BORDER = re.compile(rf"(?<=[。！？；…])[”’」』）]*|{_ABBREVIATED}(?<=[.!?])[\"')\]”’]*(?=\s+\S)|\n\s*\n")
_WORD = re.compile(r"[A-Za-z]+")


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, each with what follows it; joined they are the text."""
    found: list[str] = []
    start = 0
    for border in _BORDER.finditer(text):
        if border.end() > start and text[start : border.end()].strip():
            found.append(text[start : border.end()])
            start = border.end()
    if text[start:].strip() or not found:
        found.append(text[start:])
    elif start < len(text):
        found[-1] += text[start:]
    return found


def tokens(text: str) -> int:
    """At least about as many as a text has: a word of n letters n / 3, anything else one a character. Blanks are free."""
    letters = words = 0
    for word in _WORD.finditer(text):
        words += -(-len(word[0]) // 3)
        letters += len(word[0])
    return words + sum(not character.isspace() for character in text) - letters


def parts(text: str, most: int, longest: int = 0) -> list[str]:
    """Parts of at most about `most` tokens that end where sentences do; a longer sentence is one up to `longest`."""
    longest = max(most, longest)
    found: list[str] = []
    part, size = "", 0
    for sentence in sentences(text):
        length = tokens(sentence)
        if part and size + length > most:
            found.append(part)
            part, size = "", 0
        while length > longest:
            head = beginning(sentence, longest)
            found.append(head)
            sentence = sentence[len(head) :]
            length = tokens(sentence)
        part, size = part + sentence, size + length
    return [*found, part] if part.strip() or not found else found


def beginning(text: str, most: int) -> str:
    """As much of a text's beginning as is about `most` tokens, at least a character."""
    if tokens(text[: 4 * most]) <= most and len(text) <= 4 * most:
        return text
    low, high = 1, min(len(text), 16 * most)
    while low < high:
        middle = (low + high + 1) // 2
        if tokens(text[:middle]) <= most:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def clipped(text: str, most: int) -> tuple[str, str]:
    """What of a text is looked at, and a note when that is not all of it."""
    head = beginning(text, most)
    if len(head) >= len(text):
        return text, ""
    return head, f"only the first {len(head)} characters were looked at"
