"""What a llama.cpp model is started with; plain data, so that it can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaSpec:
    path: str
    """A GGUF file."""
    name: str
    context_tokens: int = 4096
    threads: int = 0
    """0: one a core this process may use."""
    gpu_layers: int = -1
    """-1: all that fit, when the build can offload."""
    chat_template: str = ""
    """A Jinja template in place of the model's own."""
    prefix_folder: str = ""
    """Where the computed state of stable prompt prefixes is kept; empty: nowhere."""
    prefix_bytes: int = 512 << 20
    """Room for these files altogether."""
