"""The memory file, and what finds in it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.core.errors import AishellError, MemoryUnavailable, ModelUnavailable
from aishell.wiring.base import Tell, audit_file, catalog, engine_place, model_spec, tell, without_secrets

if TYPE_CHECKING:
    from aishell.core.programs import Examples
    from aishell.memory.meaning import Meaning
    from aishell.memory.opening import Opened
    from aishell.memory.spec import EmbedderSpec, MemorySpec
    from aishell.memory.store import Store

_MEANING_S = 0.25
"""A question takes 5 to 15 ms; the engine may be busy with another's."""


def memory_file(paths: Paths) -> Path:
    return paths.state / "memory" / "memory.db"


def memory_spec(wanted: Settings, paths: Paths) -> MemorySpec:
    """What the engine's memory is started with."""
    from aishell.memory import models
    from aishell.memory.spec import MemorySpec

    plugged = any(name.startswith(models.PLUGIN) for name in (wanted.memory.embedder, wanted.memory.multilingual))
    known = embedders(paths, plugged=plugged)
    embedder = known.get(wanted.memory.embedder)
    multilingual = known.get(wanted.memory.multilingual)
    if multilingual is None and embedder and not embedder.built_in:
        multilingual = embedder  # only the person knows what its languages are
    return MemorySpec(
        file=str(memory_file(paths)),
        embedder=embedder,
        multilingual=multilingual,
        exemplars=str(shipped("examples.tsv")),
        programs=str(shipped("programs.tsv")),
    )


def embedders(paths: Paths, *, plugged: bool = True) -> dict[str, EmbedderSpec]:
    """The models that can be chosen, by name: the two built in, those the user added, and those of plugins if `plugged`."""
    from aishell.memory import models

    asset = (assets := catalog(paths)).get(models.MINILM)
    found = models.known(paths.cache, models_folder(paths), wheel=assets.location(asset), sha256=asset.sha256)
    if not plugged:
        return found
    from aishell.wiring.plugged import plugged_embedders

    return found | plugged_embedders(paths)


def models_folder(paths: Paths) -> Path:
    """Where embedding models that the user added lie."""
    return paths.assets / "embedders"


def open_memory(paths: Paths, *, redact: Callable[[str], str] = without_secrets) -> Opened:
    """The memory file, mended if need be, or why there is none. Never raises for what may be wrong with it."""
    from aishell.memory.opening import open_or_none

    def entries() -> list[dict[str, Any]]:
        from aishell.actions.audit import read

        with suppress(OSError):
            return [entry for entry in read(audit_file(paths)) if entry]
        return []

    return open_or_none(memory_file(paths), redact=redact, entries=entries)


def open_own_history(tell: Tell) -> Callable[[str], None]:
    """Writes into the history of the person's own shell; what keeps it from that is told."""

    def write(command: str) -> None:
        from aishell.memory.history.append import append, own_history

        try:
            append(*own_history(os.environ, Path.home()), command, time.time())
        except AishellError as error:
            tell(str(error))

    return write


def open_store(paths: Paths, *, redact: Callable[[str], str] = without_secrets, tell: Tell = tell) -> Store:
    """The memory file, for a command that is about nothing else. Raises MemoryUnavailable."""
    opened = open_memory(paths, redact=redact)
    if opened.store is None:
        raise MemoryUnavailable(opened.said, hint=opened.hint)
    if opened.said:
        tell(opened.said)
    return opened.store


def examples_of(paths: Paths, name: str) -> Examples | None:
    """What packs in memory tell of a program; None also when there is no memory."""
    from aishell.memory.known_programs import examples_of

    if not memory_file(paths).exists() or not (store := open_memory(paths).store):
        return None
    try:
        return examples_of(store.db, name)
    finally:
        store.close()


def open_meaning(wanted: Settings, paths: Paths) -> Meaning:
    """What finds by meaning while there is an engine: none is started, none waited for longer than a person notices."""
    from aishell.backends import brief
    from aishell.memory.meaning import Meaning

    try:
        place = engine_place(paths, model_spec(wanted, paths))
    except ModelUnavailable:
        return Meaning(lambda **_fields: None)
    file = str(memory_file(paths))
    return Meaning(lambda **fields: brief.ask(place, "nearest", _MEANING_S, file=file, **fields))
