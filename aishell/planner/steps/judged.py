"""Whether a step did what it was for, as far as that shows without a model: from its outcome, and from what it would change."""

from __future__ import annotations

import os
import re

from aishell.core.changes import Changes
from aishell.core.types import Outcome, Tier
from aishell.planner.steps.clauses import clauses
from aishell.planner.steps.lexicon import CHANGING, MAKING, REMOVING
from aishell.planner.steps.past import shortened

_ERROR = 300
"""Characters of an error message that a model is shown."""
_FILE = r"[\w./~-]*\w\.[a-z][a-z0-9]{0,4}(?:\.gz|\.bz2|\.xz)?"
_INTO = re.compile(
    rf"\b(?:into|to|as|named|called)\s+(?:a\s+(?:new\s+)?(?:file|archive)\s+(?:named\s+|called\s+)?)?['\"“]?(?P<en>{_FILE})\b"
    rf"|(?:到|为|成|入|至|叫)\s*['\"“]?(?P<zh>{_FILE})",
    re.ASCII,
)
"""A file that is there afterwards: "into todo.txt", "as src.tar.gz"."""
_GIVING = frozenset("collect dump echo extract list output print sort write save".split())
"""Verbs after which "into FILE" says where the result goes, though they need not change anything."""
_FOLDER = re.compile(
    r"\b(?:folder|directory)\s+(?:named\s+|called\s+)?['\"“]?(?P<en>[\w.-]*\w)|(?:文件夹|目录)\s*(?P<zh>[\w.-]*\w)", re.ASCII
)
_MAKES_FOLDERS = frozenset({"create", "make", "创建", "新建", "建立"})
_NO_NAME = frozenset("and for in inside with under below that which if to here of on from where into".split())


def wrong(part: str, tier: Tier, outcome: Outcome) -> str:
    """Why the step has to be done differently, in words for the model; empty when nothing speaks against it.

    A tried step that changed nothing has no `undo`.
    """
    error = shortened(outcome.stderr.head.decode("utf-8", "replace"), _ERROR)
    if outcome.status == "timed out":
        return "it took too long"
    if outcome.exit_code and not (tier == Tier.READ and outcome.exit_code == 1 and not error):  # grep and diff: no failure
        return f"it failed with status {outcome.exit_code}: {error}" if error else f"it failed with status {outcome.exit_code}"
    if tier == Tier.READ and (target := _target(part)):
        return f"it does not write {target}"
    if _must_change(part):
        if tier == Tier.READ:
            return "it only reads, and changes nothing"
        if tier == Tier.DRY and outcome.undo is None and outcome.stdout.total == 0:
            return f"it changed nothing: {error}" if error else "it changed nothing"
    return ""


def misses(part: str, cwd: str, changes: Changes) -> str:
    """How what a tried step would change does not fit its words; empty when it does, as far as rules can tell."""
    changed = {change.path for change in changes.listed if change.kind != "deleted"}
    if target := _target(part):
        path = os.path.realpath(os.path.join(cwd, os.path.expanduser(target)))
        if path not in changed and not any(other.endswith(f"/{target.lstrip('./')}") for other in changed):
            return f"it does not write {target}"
    verbs = {clause.verb for clause in clauses(part)}
    folder = next((match["en"] or match["zh"] for match in _FOLDER.finditer(part)), "")
    here = os.path.realpath(cwd)
    made = any(path.startswith(f"{here}/") and path.endswith(f"/{folder}") for path in changed)
    if folder and folder not in _NO_NAME and verbs & _MAKES_FOLDERS and not made:
        return f"it does not make the folder {folder} here"
    gone = [change.path for change in changes.listed if change.kind == "deleted" and change.sort == "file"]
    if gone and verbs and verbs <= MAKING and not changes.totals.added >= len(gone):
        return f"it deletes {os.path.basename(gone[0])}, which was not asked for"
    return ""


def _target(part: str) -> str:
    """The file that the words want written; empty when they name none."""
    found = clauses(part)
    verbs = {clause.verb for clause in found}
    if not found or verbs & REMOVING or not (found[-1].changes or verbs & _GIVING):
        return ""
    return next((match["en"] or match["zh"] for match in _INTO.finditer(part)), "")


def _must_change(part: str) -> bool:
    found = clauses(part) if part else ()
    return len(found) == 1 and found[0].changes and (found[0].verb in CHANGING or not part.isascii())
