"""In which letters a request is written."""

from __future__ import annotations

import re

_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s，。、]*/[^\s，。、]*")
_LATIN_ENDS = 0x24F


def other_script(text: str) -> bool:
    """Whether a request is written in other letters than Latin ones; names in quotes and paths do not count."""
    return any(ord(letter) > _LATIN_ENDS and letter.isalpha() for letter in _NAMES.sub(" ", text))
