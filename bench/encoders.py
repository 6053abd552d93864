"""The real embedding models for benchmarks, with what they gave kept on disk: 30,000 texts take minutes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aishell.config.paths import Paths
from aishell.memory.models import MINILM, MULTILINGUAL
from aishell.memory.spec import EmbedderSpec

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


def minilm() -> Encode:
    """The product's own MiniLM: 384 numbers a text."""
    from aishell import wiring

    return _loaded(wiring.embedders(Paths.from_environment(dict(os.environ)))[MINILM])


def multilingual() -> Encode:
    """USE multilingual, 512 numbers a text."""
    return _loaded(EmbedderSpec(name=MULTILINGUAL, kind="use"))


def _loaded(spec: EmbedderSpec) -> Encode:
    from aishell.memory.embed.opening import open_embedder

    embedder = open_embedder(spec)
    embedder.load()
    return embedder.documents


def kept(name: str, texts: Sequence[str], make: Callable[[], Encode], folder: Path) -> Vectors:
    """The vectors of `texts`, from `folder` if they were made before. `make` loads the model."""
    digest = hashlib.sha256("\0".join((name, *texts)).encode()).hexdigest()[:16]
    file = folder / f"{name}-{digest}.npy"
    if file.exists():
        return np.asarray(np.load(file), np.float32)
    vectors = make()(texts)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(file, vectors.astype(np.float16))
    return vectors
