"""The resident process of this person, as the settings want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.wiring.base import engine_log, engine_place
from aishell.wiring.memory import memory_spec
from aishell.wiring.suggest import suggest_spec

if TYPE_CHECKING:
    from aishell.backends.client import EngineBackend
    from aishell.backends.spec import LlamaSpec


def open_engine(wanted: Settings, paths: Paths, spec: LlamaSpec) -> EngineBackend:
    """The engine of this model, shared or not; nothing is started yet."""
    from aishell.backends.client import EngineBackend

    return EngineBackend(
        spec,
        memory=memory_spec(wanted, paths).to_wire(),
        suggest=suggest_spec(wanted, paths).to_wire(),
        place=engine_place(paths, spec) if wanted.engine.resident else None,
        log=engine_log(paths),
    )
