"""Whether a request takes several steps, and which way. Rules only: what one command does must not be kept waiting."""

from __future__ import annotations

import re
from typing import NamedTuple

from aishell.core.steps import Way
from aishell.planner.steps.clauses import Clause, clauses
from aishell.planner.steps.naming import resolved

_MOST_PARTS = 12
_LOOKS_FIRST = re.compile(
    r"\b(?:get|make)\s+\S+(?:\s+\S+)?\s+(?:to\s+)?work\b|\bmake\b.*\b(?:same|agree|match|consistent|like\s+in)\b"
    r"|修复|修好|修正|改正|找出原因|保持一致",
    re.I,
)
"""What is to be done only shows when something has been looked at."""
_FIXING = re.compile(
    r"\b(?:fix|repair|correct|mend|solve)\b|修复|修好|修正|改正|纠正", re.I
)  # fmt: skip
_BROKEN = re.compile(
    r"\bsyntax\b|\b(?:not|in)\s*valid\b|\bmalformed\b|\bbroken\s+(?:json|toml|ini|xml|python|script)"
    r"|\b(?:can(?:not|'t)|does\s+not|doesn't|fails?\s+to)\s+(?:be\s+)?pars|语法|无效|格式(?:错误|不对)|不合法|解析(?:失败|错误|不了)",
    re.I,
)
_MENDS = frozenset({"fix", "repair", "correct", "debug", "mend", "solve"})


class Several(NamedTuple):
    way: Way
    parts: tuple[str, ...] = ()


def several(text: str) -> Several | None:
    """How to go about `text` when it takes several steps; None when one command will do, or is the best guess."""
    if _FIXING.search(text) and _BROKEN.search(text):
        return Several("mending")
    found = clauses(text)
    if any(clause.verb in _MENDS or _LOOKS_FIRST.search(clause.text) for clause in found):
        return Several("looking")
    if len(found) < 2 or len(found) > _MOST_PARTS or not _apart(found):
        return None
    return Several("parts", resolved([clause.text for clause in found]))


def asks_for_change(text: str) -> bool:
    """Whether something has to be different afterwards, as far as the verbs tell."""
    return any(clause.changes or clause.verb in _MENDS for clause in clauses(text))


def _apart(found: tuple[Clause, ...]) -> bool:
    """Whether each clause is better done by itself.

    "Find all logs and delete them" is one command; so is "count the lines and sort the result". It takes a change that others
    come after, or a person who says "then".
    """
    before_last = found[:-1]
    if any(clause.changes for clause in before_last):
        return True
    return any(clause.explicit for clause in found[1:])
