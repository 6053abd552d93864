"""An embedder for aishell: words and their parts, hashed into 64 numbers. memory.embedder = "plugin:hashed"."""

from __future__ import annotations

from zlib import crc32

DIMENSION = 64


def hashed(texts: list[str]) -> list[list[float]]:
    """A vector for each text: nearer to each other the more letters in a row two texts share."""
    return [_vector(text) for text in texts]


def _vector(text: str) -> list[float]:
    vector = [0.0] * DIMENSION
    for word in text.lower().split():
        marked = f"<{word}>"
        for start in range(len(marked) - 2):
            number = crc32(marked[start : start + 3].encode("utf-8", "replace"))
            vector[number % DIMENSION] += 1.0 if number & 0x10000 else -1.0
    return vector
