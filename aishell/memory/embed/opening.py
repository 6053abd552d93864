"""From a spec to the embedder it describes."""

from __future__ import annotations

from pathlib import Path

from aishell.memory.embed import minilm
from aishell.memory.embed.embedder import Embedder
from aishell.memory.embed.multilingual import MultilingualEmbedder
from aishell.memory.embed.onnx import OnnxEmbedder
from aishell.memory.spec import EmbedderSpec


def open_embedder(spec: EmbedderSpec) -> Embedder:
    """Not loaded yet; an export that is missing is made now. Raises ModelUnavailable."""
    if spec.kind == "use":
        return MultilingualEmbedder()
    if spec.wheel:
        minilm.ensure(spec)
    return OnnxEmbedder(Path(spec.folder))
