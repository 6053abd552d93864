"""Whether a step did what it was for, as far as that shows without a model: from its outcome, and from what it would change."""

from __future__ import annotations

import os
import re

from aishell.core.changes import Changes
from aishell.core.steps import Past
from aishell.core.types import Observed, Outcome, Tier
from aishell.planner.steps.clauses import clauses
from aishell.planner.steps.lexicon import CHANGING, KEEPING
from aishell.planner.steps.naming import files, folder, target
from aishell.planner.steps.past import LEFT_OUT, points_back, shortened

_ERROR = 300
"""Characters of an error message that a model is shown."""
_OF_TEXT = frozenset("extract convert cut format strip split merge".split())
"""Verbs of what may be done to a text that is only to be seen."""
_PACKED = re.compile(r"\.(?:tar|t?gz|zip|xz|bz2|7z|rar|zst)\b|\b(?:archives?|tarballs?|zip)\b|压缩包", re.I)
_MAKES_FOLDERS = frozenset({"create", "make", "创建", "新建", "建立"})


def wrong(part: str, tier: Tier, outcome: Outcome) -> str:
    """Why the step has to be done differently, in words for the model; empty when nothing speaks against it.

    A tried step that changed nothing has no `undo`.
    """
    if outcome.status == "timed out":
        return "it took too long"
    error = outcome.stderr.head.decode("utf-8", "replace")
    if failure := _failure(outcome.exit_code, tier == Tier.READ, error):
        return failure
    changed = tier > Tier.DRY or outcome.undo is not None
    said = outcome.stdout.total > 0
    return doubt(part, outcome.step.action.command, reads=tier == Tier.READ, said=said, changed=changed, error=error)


def seen(part: str, command: str, observed: Observed) -> str:
    """The same of a command that was only looked at."""
    error = observed.stderr.decode("utf-8", "replace")
    if not observed.stdout and observed.changes.nothing and (failure := _failure(observed.exit_code, observed.reads, error)):
        return failure
    said, changed = bool(observed.stdout), not observed.changes.nothing
    return doubt(part, command, reads=observed.reads, said=said, changed=changed, error=error)


def _failure(exit_code: int, reads: bool, error: str) -> str:
    error = shortened(error, _ERROR)
    if not exit_code or (reads and exit_code == 1 and not error):  # grep and diff: no failure
        return ""
    return f"it failed with status {exit_code}: {error}" if error else f"it failed with status {exit_code}"


def doubt(part: str, command: str, *, reads: bool, said: bool, changed: bool, error: str) -> str:
    """Why a command that went well may not have done what the words say; empty when nothing speaks against it.

    `said`: it printed something. `changed`: a file, as far as that is known.
    """
    if (aim := target(part)) and os.path.basename(aim) not in command:
        return f"it does not write {aim}"
    about = files(part)
    if reads and about and not said and not any(name in command for name in about):
        return f"it does not read {about[0]}"
    if _must_change(part):
        if reads:
            return "it only reads, and changes nothing"
        if not changed and not said:
            error = shortened(error, _ERROR)
            return f"it changed nothing: {error}" if error else "it changed nothing"
    return ""


def misses(part: str, cwd: str, changes: Changes, before: Past | None = None) -> str:
    """How what a tried step would change does not fit its words; empty when it does, as far as rules can tell.

    `before`: the step before it, whose output "them" would be.
    """
    changed = {change.path for change in changes.listed if change.kind != "deleted"}
    here = os.path.realpath(cwd)
    if aim := target(part):
        path = os.path.realpath(os.path.join(cwd, os.path.expanduser(aim)))
        if path not in changed and not any(other.endswith(f"/{aim.lstrip('./')}") for other in changed):
            return f"it does not write {aim}"
    verbs = {clause.verb for clause in clauses(part)}
    name = folder(part)
    made = any(path.startswith(f"{here}/") and path.endswith(f"/{name}") for path in changed)
    if name and verbs & _MAKES_FOLDERS and not made:
        return f"it does not make the folder {name} here"
    return _loses(part, here, changes, verbs, before)


def _loses(part: str, here: str, changes: Changes, verbs: set[str], before: Past | None) -> str:
    """What goes that the words did not mean; empty when nothing does."""
    gone = [change.path for change in changes.listed if change.kind == "deleted" and change.sort == "file"]
    if not gone:
        return ""
    first = os.path.basename(gone[0])
    if verbs and verbs <= KEEPING and changes.totals.added < len(gone):
        return f"it deletes {first}, which was not asked for"
    named = before.output if before and points_back(part) and LEFT_OUT not in before.output else ""
    if named and (more := [path for path in gone if os.path.basename(path) not in named]):
        return f"it deletes {os.path.basename(more[0])}, which is not among them"
    return ""


def _must_change(part: str) -> bool:
    found = clauses(part) if part else ()
    if len(found) != 1 or not found[0].changes or (found[0].verb in _OF_TEXT and not _PACKED.search(part)):
        return False
    return found[0].verb in CHANGING or not part.isascii()
