"""The text functions, over the configured model and embedder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Priority
from aishell.wiring.collections import finding, vectors
from aishell.wiring.remote import is_remote

if TYPE_CHECKING:
    from aishell.functions.offer import Offer


def open_configured(*, priority: Priority) -> AbstractAsyncContextManager[Offer]:
    """As the settings of whoever runs this say. Raises ModelUnavailable, ConfigError."""
    loaded, paths = wiring.settings()
    return open_functions(loaded.settings, paths, priority=priority)


@asynccontextmanager
async def open_functions(wanted: Settings, paths: Paths, *, priority: Priority = Priority.SOON) -> AsyncIterator[Offer]:
    """The model loads from now on; it is let go of at the end. Raises ModelUnavailable."""
    from aishell.backends.client import EngineBackend
    from aishell.functions.offer import Offer

    backend = wiring.open_backend(wanted, paths, "functions")
    engine = backend if isinstance(backend, EngineBackend) else None
    try:
        if engine is None and is_remote(wanted):  # vectors are always made here
            with suppress(ModelUnavailable):
                engine = wiring.open_engine(wanted, paths, wiring.model_spec(wanted, paths))
        embedders = engine is not None and wanted.memory.embedder != "none" and wanted.memory.multilingual != "none"
        meaning = engine if embedders else None
        yield Offer(
            backend,
            engine.embed if engine else _no_embedder,
            priority=priority,
            find=finding(paths, meaning),
            embed_by=vectors(meaning) if meaning else None,
        )
    finally:
        await backend.close()
        if engine:
            await engine.close()


async def _no_embedder(_texts: list[str]) -> list[list[float]]:
    raise ModelUnavailable("Only the engine has an embedder.", hint='Set model.backend = "engine".')
