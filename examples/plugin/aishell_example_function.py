"""A text function for aishell: `aishell extend filter syllables notes.txt`, and a tool for requests with its words."""

from __future__ import annotations

import re

WHEN = ("how many syllables",)
READS = True

_VOWELS = re.compile("[aeiouyäöü]+")


def syllables(text: str) -> dict[str, int]:
    """How many words and syllables a text has."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return {"words": len(words), "syllables": sum(max(1, len(_VOWELS.findall(word))) for word in words)}
