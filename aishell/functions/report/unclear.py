"""Which words of a question must not be passed over: what is asked for, what is measured, what rows are chosen by.

The others, such as "paid" in "were paid by smokers", may be left out where the model comes to the same without being told so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aishell.functions.report.understand import Piece

_PREPOSITIONS = ("on", "at", "with", "to", "or", "and", "about", "during")
_BINDING = ("ask", "measure", "group", "up", "down", "compare", "not", "among")


def essential(pieces: Sequence[Piece], unused: Sequence[Collection[str]]) -> list[str]:
    """Those that every reading leaves out and none may: names, numbers, words that others depend on."""
    always = set.intersection(*(set(texts) for texts in unused)) if unused else set()
    return [piece.text for number, piece in enumerate(pieces) if piece.text in always and _binds(pieces, number)]


def _binds(pieces: Sequence[Piece], number: int) -> bool:
    piece = pieces[number]
    if piece.sort != "unknown":
        return piece.sort != "column"
    token = piece.tokens[0]
    if token.chinese or token.sort == "quoted" or (number and token.text[:1].isupper()):
        return True
    if token.low.endswith(("ed", "ing")) and len(token.low) > 4:
        return False
    of = number and pieces[number - 1].text.lower() in ("of", "for", "among")
    if of and token.low.endswith("s") and number >= 2 and pieces[number - 2].sort in ("column", "word"):
        return False  # "the average age of passengers": what a row is
    at = number - 1
    while at >= 0 and ((pieces[at].has("stop") and pieces[at].text.lower() in ("the", "a", "an")) or pieces[at].has("count")):
        at -= 1
    before = pieces[at] if at >= 0 else None
    if before is None or before.sort == "unknown":
        return True
    return bool(before.word and (before.word.role in _BINDING or before.text.lower() in _PREPOSITIONS))
