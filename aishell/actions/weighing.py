"""What a dry run has changed, weighed: what forbids it, and what a person should look at twice."""

from __future__ import annotations

import stat
from collections.abc import Callable

from aishell.actions.risk import Rules
from aishell.core.changes import Change, Changes
from aishell.core.types import Outcome, Request, Tier, Tried

Misfits = Callable[[Request, str, Changes], tuple[str, ...]]
"""Why a command that was tried, and would change this, may not be what was asked for; one sentence each."""


def no_misfits(_request: Request, _command: str, _changes: Changes) -> tuple[str, ...]:
    return ()


def weighed(rules: Rules, outcome: Outcome, changes: Changes, misfits: tuple[str, ...]) -> Tried:
    """`misfits`: why it may not be what was asked for."""
    found = list(rules.changes(change.path for change in changes.listed))
    return Tried(
        outcome=outcome,
        changes=changes,
        forbidden=tuple(f"it changes {path}: {reason}" for path, tier, reason in found if tier == Tier.DENY),
        careful=(
            *misfits,
            *(f"{path}: {reason}" for path, tier, reason in found if tier == Tier.ASK),
            *(f"{change.path}: it would run with its owner's rights" for change in changes.listed if _gives_rights(change)),
        ),
    )


def _gives_rights(change: Change) -> bool:
    """Whether a file becomes set-user-id or set-group-id."""
    return change.sort == "file" and bool((change.mode_after or 0) & (stat.S_ISUID | stat.S_ISGID))
