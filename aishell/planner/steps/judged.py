"""Whether a step did what it was for, as far as that shows without a model."""

from __future__ import annotations

from aishell.core.types import Outcome, Tier
from aishell.planner.steps.clauses import clauses
from aishell.planner.steps.lexicon import CHANGING
from aishell.planner.steps.past import shortened

_ERROR = 300
"""Characters of an error message that a model is shown."""


def wrong(part: str, tier: Tier, outcome: Outcome) -> str:
    """Why the step has to be done differently, in words for the model; empty when nothing speaks against it.

    A tried step that changed nothing has no `undo`.
    """
    error = shortened(outcome.stderr.head.decode("utf-8", "replace"), _ERROR)
    quiet = outcome.stdout.total == 0
    if outcome.status == "timed out":
        return "it took too long"
    if outcome.exit_code and not (tier == Tier.READ and outcome.exit_code == 1 and not error):  # grep and diff: no failure
        return f"it failed with status {outcome.exit_code}: {error}" if error else f"it failed with status {outcome.exit_code}"
    if _must_change(part):
        if tier == Tier.READ:
            return "it only reads, and changes nothing"
        if tier == Tier.DRY and outcome.undo is None and quiet:
            return f"it changed nothing: {error}" if error else "it changed nothing: no file fits"
    return ""


def _must_change(part: str) -> bool:
    found = clauses(part)
    return len(found) == 1 and (found[0].verb in CHANGING or (not part.isascii() and found[0].changes))
