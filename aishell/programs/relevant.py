"""The options of a program that the words of a request point to, by the words that both share."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from aishell.core.programs import Option, Program

_WORD = re.compile(r"[a-z][a-z0-9]+|\d+")
_SILENT = frozenset(
    """
    a an and are as at be by do does each file files for from get give has have how i in into is it its list make me my not of
    on only or output please print show so than that the their them then there these they this to use used using was what
    when where which will with you your all any
    """.split()
)
"""Words that stand in every request, or in every entry."""
_ENDINGS = re.compile(r"(?:ively|ation|ition|ings?|ies|ied|ment|able|ible|edly|ed|es|ly|est|er|ical|ic|s|e|y)$")
_SAME = {
    "folder": "directory", "folders": "directory", "dir": "directory", "subfolder": "recursive", "subfolders": "recursive",
    "inside": "recursive", "delete": "remove", "deleted": "removed", "biggest": "size", "largest": "size", "big": "size",
    "large": "size", "newest": "time", "latest": "time", "oldest": "time", "recent": "modified", "recently": "modified",
    "changed": "modified", "days": "hours", "day": "hours", "yesterday": "hours", "week": "hours", "weeks": "hours",
    "hidden": "starting", "descending": "reverse", "backwards": "reverse", "unzip": "extract", "unpack": "extract",
    "link": "symbolic", "links": "symbolic", "readable": "human", "duplicates": "unique", "numbers": "numeric",
    "keep": "preserve", "keeping": "preserve", "save": "write",
}  # fmt: skip
"""What documentation says for some words of requests. Short on purpose: each is a guess."""
_K, _B = 1.2, 0.6
"""BM25: how soon a word said again counts no more, and how much a long text counts less."""
_PROGRAMS = 3
_LEAST = 1.0
"""A score below that is one common word."""


def relevant(program: Program, request: str, most: int = 3) -> tuple[Option, ...]:
    """The options whose names and meanings fit the request best, best first; none where nothing fits. Under 2 ms."""
    asked = frozenset(_stems(request, asked=True))
    options = [one for one in program.options if one.meaning and (one.names[0][0] in "-+" or one.names[0].endswith("="))]
    texts = [_stems(" ".join((*one.names, *one.names, one.meaning))) for one in options]  # a name says more than a sentence
    if not asked or not texts:
        return ()
    common = Counter(stem for text in texts for stem in set(text) if stem in asked)
    average = sum(map(len, texts)) / len(texts) or 1.0
    scored = []
    for at, text in enumerate(texts):
        counts = Counter(stem for stem in text if stem in asked)
        room = _K * (1 - _B + _B * len(text) / average)
        score = sum(_rarity(common[stem], len(texts)) * n * (_K + 1) / (n + room) for stem, n in counts.items())
        if score > _LEAST:
            scored.append((-score, at))
    return tuple(options[at] for _, at in sorted(scored)[:most])


def lines(programs: Sequence[Program], request: str) -> tuple[str, ...]:
    """The entries of these programs that the words of a request point to, two a program."""
    return tuple(line(program, option) for program in programs[:_PROGRAMS] for option in relevant(program, request, 2))


def line(program: Program, option: Option) -> str:
    """`find: -mtime n: File's data was last modified less than, more than or exactly n*24 hours ago`"""
    entry = f"{', '.join(option.names)} {option.argument}".rstrip()
    return f"{program.name}: {entry}: {option.meaning}"


def _rarity(having: int, of: int) -> float:
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def _stems(text: str, *, asked: bool = False) -> list[str]:
    words = _WORD.findall(text.lower())
    if asked:
        words += [_SAME[word] for word in words if word in _SAME]
    found = [word for word in words if word not in _SILENT]
    return [_ENDINGS.sub("", word) if len(word) > 4 else word.removesuffix("s") for word in found]
