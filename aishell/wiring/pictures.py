"""Pictures: the reader of their text, and the vision model where one was fetched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.wiring.base import catalog, settings

if TYPE_CHECKING:
    from aishell.functions.pictures.describe import Describing, Look

_THREADS = 4
"""At most: more bring nothing for pieces of text this small."""
_CONTEXT = 4096
"""Tokens: SmolVLM cuts a picture into 17 tiles of 64, and the answer is short."""
MISSING = "what a picture shows needs a vision model, which is not here: `aishell model pull smolvlm-500m` (546 MB)"


def describing_configured() -> Describing:
    """As the settings of whoever runs this say. Raises AssetError, ConfigError."""
    loaded, paths = settings()
    return open_describing(loaded.settings, paths)


def open_describing(wanted: Settings, paths: Paths) -> Describing:
    """Nothing is loaded yet. Raises AssetError when the catalog cannot be read."""
    from aishell.functions.pictures.describe import Describing
    from aishell.functions.pictures.reading import Reader

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Describing(Reader(wanted.model.threads or min(_THREADS, cores)), _vision(wanted, paths))


def _vision(wanted: Settings, paths: Paths) -> Look | None:
    """The vision model that was added last, or else a shipped one, if it is here with what belongs to it."""
    known = catalog(paths)
    for asset in reversed(known.all()):
        files = [known.get(part) for part in asset.needs]
        if asset.kind == "vision" and files and all(map(known.present, (asset, *files))):
            from aishell.backends.spec import LlamaSpec
            from aishell.backends.vision import Vision

            spec = LlamaSpec(
                path=str(known.location(asset)),
                name=asset.id,
                context_tokens=_CONTEXT,
                threads=wanted.model.threads,
                gpu_layers=wanted.model.gpu_layers,
                repack=False,
                chat_template=asset.chat_template,
            )
            return Vision(spec, str(known.location(files[0])))
    return None
