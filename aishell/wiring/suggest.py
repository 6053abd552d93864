"""What suggestions are made with, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.wiring.memory import memory_file

if TYPE_CHECKING:
    from aishell.suggest.spec import SuggestSpec


def suggest_spec(wanted: Settings, paths: Paths) -> SuggestSpec:
    from aishell.suggest.spec import SuggestSpec

    own = wanted.suggest
    return SuggestSpec(
        history=str(paths.state / "line_history"),
        outcomes=str(paths.state / "line_outcomes"),
        redact=str(shipped("redact.toml")),
        policy=str(shipped("policy.toml")),
        memory=str(memory_file(paths)) if own.memory or own.tldr else "",
        own=tuple(str(folder) for folder in (paths.config_file.parent, paths.state, paths.cache, paths.runtime)),
        use_history=own.history,
        use_next=own.next,
        use_memory=own.memory,
        use_tldr=own.tldr,
    )
