"""What a llama.cpp model is started with; plain data, so that it can be handed to another process."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aishell import __version__

WAITING = {"KMP_BLOCKTIME": "1", "GOMP_SPINCOUNT": "1000"}
"""How threads wait for each other: spin for a moment, then sleep. Measured (Qwen 1.5B, 2 cores, ms a token on a quiet machine /
beside two other busy processes): sleeping at once 44 / 44 to 120, this 28 / 66 to 76, spinning for long 28 / 79. libomp (clang)
reads the first, in ms; libgomp (gcc) the second, in rounds."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy's matrix products, which only memory's low-priority thread computes, stay in that thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LlamaSpec:
    path: str
    """A GGUF file."""
    name: str
    sha256: str = ""
    """Of the file, when it is known; computed states are kept under it."""
    context_tokens: int = 4096
    """The longest conversation: prompt and reply."""
    cache_tokens: int = 0
    """Room for the computed state of all conversations together; at least `context_tokens`."""
    threads: int = 0
    """0: one a core this process may use, fewer while others need them."""
    gpu_layers: int = -1
    """-1: as many as the GPUs' free memory takes, when the build can offload."""
    repack: bool = True
    """Weights rearranged for this CPU while loading: faster replies for a longer load and more memory."""
    draft: bool = True
    """Guess ahead and check several tokens at once."""
    chat_template: str = ""
    """A Jinja template in place of the model's own."""
    prefix_folder: str = ""
    """Where the computed state of stable prompt prefixes is kept; empty: nowhere."""
    prefix_bytes: int = 512 << 20
    """Room for these files altogether."""
    idle_s: float = 1800.0
    """A resident engine without clients ends after this time."""

    def key(self) -> str:
        """One engine a user and model: a short name made of the model file's place."""
        return hashlib.sha256(os.path.realpath(self.path).encode("utf-8", "surrogateescape")).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    model: LlamaSpec
    memory: Mapping[str, Any] = field(default_factory=dict)
    """What its memory is started with, for `aishell.engine` alone to read; empty: it has none."""
    suggest: Mapping[str, Any] = field(default_factory=dict)
    """What its suggestions are made with, likewise."""

    def to_wire(self) -> dict[str, Any]:
        return {"model": asdict(self.model), "memory": dict(self.memory), "suggest": dict(self.suggest)}

    def with_context(self, tokens: int) -> EngineSpec:
        return replace(self, model=replace(self.model, context_tokens=tokens, cache_tokens=tokens))

    def fingerprint(self) -> str:
        """Changes when an engine started earlier would not do: with any setting, the model file, or the code an engine runs."""
        rooms = json.dumps([dict(self.memory), dict(self.suggest)], sort_keys=True)
        about = [__version__, repr(sorted(asdict(self.model).items())), rooms]
        package = Path(__file__).parents[1]
        code = [file for room in ("backends", "memory", "suggest", "extend", "core") for file in (package / room).rglob("*.py")]
        for file in (self.model.path, *map(str, sorted([package / "engine.py", package / "suggesting.py", *code]))):
            try:
                state = os.stat(file)
            except OSError:
                continue
            about.append(f"{state.st_size}:{state.st_mtime_ns}")
        return hashlib.sha256("\n".join(about).encode("utf-8", "surrogateescape")).hexdigest()[:16]
