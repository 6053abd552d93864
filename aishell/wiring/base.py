"""What everything is wired from: settings, the catalog, secrets, the engine's place."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.config.load import Loaded, load
from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.core.errors import ModelUnavailable
from aishell.core.text import visible

if TYPE_CHECKING:
    from aishell.assets.catalog import Asset, Catalog
    from aishell.backends.launch import Place
    from aishell.backends.spec import LlamaSpec
    from aishell.memory.redact import Redactor


Tell = Callable[[str], None]
"""Brings a sentence to the person."""


def settings() -> tuple[Loaded, Paths]:
    """What is in force for this run. Raises ConfigError."""
    environment = dict(os.environ)
    paths = Paths.from_environment(environment)
    return load(paths.config_file, environment), paths


def catalog(paths: Paths) -> Catalog:
    from aishell.assets.catalog import Catalog

    return Catalog(shipped("assets.toml"), paths.assets)


def chosen_model(wanted: Settings, paths: Paths) -> tuple[Asset, Path]:
    """The model in use and its file. Raises ModelUnavailable when it is not here."""
    known = catalog(paths)
    asset = known.get(wanted.model.use)
    if not known.present(asset):
        raise ModelUnavailable(
            f"The model {asset.id} is not on this machine.",
            hint=f"`aishell model pull {asset.id}` fetches it ({asset.size / 1e9:.1f} GB).",
        )
    return asset, known.location(asset)


@functools.cache
def open_redactor() -> Redactor:
    """What takes secrets out of a text before it is kept or sent. Raises ConfigError."""
    from aishell.memory.redact import Redactor

    return Redactor.from_file(shipped("redact.toml"), os.environ)


def without_secrets(text: str) -> str:
    """Raises ConfigError. The rules are read at first use: compiling them takes 30 ms that `--print` need not spend."""
    return open_redactor().redact(text).text


def audit_file(paths: Paths) -> Path:
    return paths.state / "audit.jsonl"


def engine_log(paths: Paths) -> Path:
    return paths.state / "engine.log"


def engine_place(paths: Paths, spec: LlamaSpec) -> Place:
    from aishell.backends.launch import Place

    return Place(paths.runtime, spec.key())


def model_spec(wanted: Settings, paths: Paths) -> LlamaSpec:
    """What llama.cpp is started with. Raises ModelUnavailable when the model is not here."""
    from aishell.backends.spec import LlamaSpec

    asset, file = chosen_model(wanted, paths)
    return LlamaSpec(
        path=str(file),
        name=asset.id,
        sha256=asset.sha256,
        context_tokens=wanted.model.context_tokens,
        threads=wanted.model.threads,
        gpu_layers=wanted.model.gpu_layers,
        chat_template=wanted.model.chat_template or asset.chat_template,
        prefix_folder=str(paths.cache / "prefixes") if wanted.model.prefix_cache_mb else "",
        prefix_bytes=wanted.model.prefix_cache_mb << 20,
        repack=wanted.model.repack and wanted.engine.resident,  # one reply does not earn back a longer load
        draft=wanted.engine.draft,
        cache_tokens=wanted.engine.cache_tokens if wanted.engine.resident else 0,
        idle_s=60 * wanted.engine.idle_minutes,
    )


def tell(sentence: str) -> None:
    """A sentence to the person, on standard error."""
    if sys.stderr:
        sys.stderr.write(f"aishell: {visible(sentence)}\n")
        sys.stderr.flush()
