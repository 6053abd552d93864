"""What a person has added to aishell, from their own settings folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell.config.load import own_hooks
from aishell.config.paths import Paths
from aishell.wiring.base import Tell

if TYPE_CHECKING:
    from aishell.extend.hooks import Hooks


def open_hooks(paths: Paths, tell: Tell) -> Hooks | None:
    """None where there are none. Raises ConfigError."""
    files = own_hooks(paths.config_file)
    if not files.before and not files.after:
        return None
    from aishell.extend.hooks import Hooks

    return Hooks(files, tell)
