"""An embedder that a plugin brings, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aishell.core.errors import ExtensionFailed, ModelUnavailable
from aishell.memory.embed.embedder import Vectors, clean, unit
from aishell.memory.spec import EmbedderSpec

_AT_ONCE = 64
"""Texts in one call."""
_LARGEST = 8192
"""Numbers of a vector: more is no embedding."""
_TRIED = "a text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugged:
    """Each may block, and the first two raise ExtensionFailed."""

    embed: Callable[[list[str]], Any]
    """Texts as vectors, if it does as it should."""
    start: Callable[[], None]
    """It is there from now on; raises at once when it is left alone."""
    broken: Callable[[str], ExtensionFailed]
    """What it gave is none of it, in half a sentence: it is left alone."""


class PluginEmbedder:
    """Implements `embed.embedder.Embedder`; what it gives is looked at. Used by one thread."""

    def __init__(self, spec: EmbedderSpec, plugged: Plugged) -> None:
        """Blocks until it has embedded a text: only then is it known how long its vectors are. Raises ModelUnavailable."""
        self.name = spec.name
        self._plugged = plugged
        self.dimension = 0
        self.dimension = self.documents([_TRIED]).shape[1]
        self.fingerprint = f"{spec.name} {spec.package} {spec.value} {self.dimension}"

    def load(self) -> None:
        try:
            self._plugged.start()
        except ExtensionFailed as error:
            raise ModelUnavailable(str(error), hint=error.hint) from error

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self.documents(texts)

    def documents(self, texts: Sequence[str]) -> Vectors:
        parts = [texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE)]
        try:
            found = [self._vectors([clean(text) for text in part]) for part in parts]
        except ExtensionFailed as error:
            raise ModelUnavailable(str(error), hint=error.hint) from error
        return np.concatenate(found) if found else np.zeros((0, self.dimension), np.float32)

    def _vectors(self, texts: list[str]) -> Vectors:
        """Raises ExtensionFailed."""
        given = self._plugged.embed(texts)
        try:
            found = np.asarray(given, np.float32)
        except (ValueError, TypeError, OverflowError):
            raise self._plugged.broken("gives what are no vectors of one length") from None
        if found.ndim != 2 or len(found) != len(texts) or not 0 < found.shape[1] <= _LARGEST:
            raise self._plugged.broken(f"gives no vector for each of {len(texts)} texts")
        if self.dimension and found.shape[1] != self.dimension:
            raise self._plugged.broken(f"gives vectors of {found.shape[1]} numbers after some of {self.dimension}")
        if not np.isfinite(found).all():
            raise self._plugged.broken("gives vectors with numbers that are not finite")
        return unit(found)
