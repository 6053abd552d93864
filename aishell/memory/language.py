"""What a text is written in, as far as searching must know, and its characters in pairs where words have no blanks between."""

from __future__ import annotations

import re

_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+")


def east_asian(text: str) -> bool:
    """Whether any of it is Chinese, Japanese or Korean."""
    return bool(_EAST_ASIAN.search(text))


def grams(text: str) -> str:
    """Its Chinese, Japanese and Korean characters in pairs with blanks between; a lone one stands alone.

    FTS5's own trigrams cannot match words of two characters, such as 查找.
    """
    found: list[str] = []
    for run in _EAST_ASIAN.findall(text):
        found += [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    return " ".join(found)


def storable(text: str) -> str:
    """Without the half characters of a file name that is no UTF-8, which SQLite does not take."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
