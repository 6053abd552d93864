"""Pictures: the reader of their text, and the vision model where one was fetched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.wiring.base import catalog, settings

if TYPE_CHECKING:
    from aishell.assets.catalog import Asset, Catalog
    from aishell.functions.pictures.describe import Describing, Look

_THREADS = 4
"""At most: more bring nothing for pieces of text this small."""
_CONTEXT = 4096
"""Tokens: SmolVLM cuts a picture into 17 tiles of 64, and the answer is short."""
MISSING = (
    "what a picture shows needs a model that is not here: `aishell model pull efficientnet-lite0` (19 MB) names its kind, "
    "`aishell model pull smolvlm-500m` (546 MB) describes it"
)
NO_ANSWER = "answers about pictures need a vision model, which is not here: `aishell model pull smolvlm-500m` (546 MB)"


def describing_configured() -> Describing:
    """As the settings of whoever runs this say. Raises AssetError, ConfigError."""
    loaded, paths = settings()
    return open_describing(loaded.settings, paths)


def open_describing(wanted: Settings, paths: Paths) -> Describing:
    """Nothing is loaded yet. Raises AssetError when the catalog cannot be read."""
    from aishell.functions.pictures.describe import Describing
    from aishell.functions.pictures.kinds import Kinds
    from aishell.functions.pictures.reading import Reader

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = wanted.model.threads or min(_THREADS, cores)
    known = catalog(paths)
    files = next((found for asset in known.all() if asset.kind == "kinds" and (found := _files(known, asset))), None)
    kinds = Kinds(files[0], files[1], threads=threads) if files else None
    return Describing(Reader(threads), _vision(wanted, paths), kinds)


def _vision(wanted: Settings, paths: Paths) -> Look | None:
    """The vision model that was added last, or else a shipped one, if it is here with what belongs to it."""
    known = catalog(paths)
    for asset in reversed(known.all()):
        if asset.kind == "vision" and (files := _files(known, asset)):
            from aishell.backends.spec import LlamaSpec
            from aishell.backends.vision import Vision

            spec = LlamaSpec(
                path=str(files[0]),
                name=asset.id,
                context_tokens=_CONTEXT,
                threads=wanted.model.threads,
                gpu_layers=wanted.model.gpu_layers,
                repack=False,
                chat_template=asset.chat_template,
            )
            return Vision(spec, str(files[1]))
    return None


def _files(known: Catalog, asset: Asset) -> tuple[Path, ...]:
    """Of an asset and what it needs; empty when one is not here."""
    whole = (asset, *map(known.get, asset.needs))
    return tuple(map(known.location, whole)) if len(whole) > 1 and all(map(known.present, whole)) else ()
