"""What a text is written in, as far as searching must know, and its characters in pairs where words have no blanks between."""

from __future__ import annotations

import re

from aishell.core.memory import Kind

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


def without_east_asian(text: str) -> str:
    """The rest of it."""
    return _EAST_ASIAN.sub(" ", text)


def embedded_text(kind: Kind, intent: str, body: str, gloss: str, place: str, *, multilingual: bool = False) -> str:
    """What of an item is made a vector, by a model of English or by a multilingual one.

    Measured on 600 queries, R@1 / R@10 (bench.retrieval). MiniLM with full text, wordings against raw commands: the command
    alone 40.0 / 69.2, gloss before it 43.2 / 74.7, gloss behind it 45.3 / 77.2. Where the words that led to a command are known
    the gloss adds nothing: words and command 41.5 / 75.3, with gloss 41.0 / 73.3, words alone 39.5 / 70.2. The multilingual
    model understands no commands: Chinese to English pack lines by the words alone 74.0 / 91.8, with the command 57.3 / 80.0.
    """
    if kind == "chunk":
        return f"{place}\n{body}" if place else body
    known_words = [intent] if multilingual else [intent, body]
    parts = known_words if intent else [body, gloss]
    return "\n".join(part for part in parts if part)


def storable(text: str) -> str:
    """Without the half characters of a file name that is no UTF-8, which SQLite does not take."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
