"""What every embedder is, and texts made fit for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(texts, dimension), each row of length 1."""

_LONGEST = 4000
"""Characters of a text that are looked at: more than the tokens a model reads, and a bound for the tokenizer."""


class Embedder(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def fingerprint(self) -> str:
        """Vectors of two fingerprints are never compared."""
        ...

    def load(self) -> None:
        """Make it ready: seconds, where all else takes milliseconds. Raises ModelUnavailable."""
        ...

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Raises ModelUnavailable."""
        ...

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Raises ModelUnavailable."""
        ...


def clean(text: str) -> str:
    """Its beginning, with lone surrogates (bytes that were no text) replaced: tokenizers refuse them."""
    return text[:_LONGEST].encode("utf-8", "replace").decode()


def unit(vectors: Vectors) -> Vectors:
    """Each row brought to length 1; one without a direction stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
