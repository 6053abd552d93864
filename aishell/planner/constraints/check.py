"""A command held against the conditions of a request, from its text alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from aishell.core.types import Script
from aishell.planner.constraints import act, look, scope, select
from aishell.planner.constraints.values import Constraint, Fault, Finding, Kind, Mismatch
from aishell.planner.constraints.view import View, view

_CHECKS: dict[Kind, Callable[[Constraint, View], Finding]] = {
    "keep": act.keep,
    "shallow": select.shallow,
    "deep": select.deep,
    "count": look.count,
    "total": look.total,
    "each": look.each,
    "sorted": look.in_order,
    "limit": look.limit,
    "time": select.of_time,
    "size": select.of_size,
    "except": select.left_out,
    "hidden": select.hidden,
    "type": select.only_type,
    "case": look.case,
    "word": look.whole_words,
    "empty": select.empty,
    "extension": act.extension,
    "path": act.path,
    "name": act.name,
    "text": act.text,
    "content": look.content,
    "sort": lambda _asked, _seen: "unknown",  # shows in what would be lost
    "swap": act.swap,
    "number": act.number,
    "output": act.output,
    "human": look.human,
    "names": look.names_only,
    "lines": look.lines,
    "numbered": look.numbered,
    "unique": look.unique,
    "mode": act.mode,
    "owner": act.owner,
    "careful": act.careful,
    "question": act.question,
    "action": act.action,
    "scope": scope.scope,
}


def findings(constraints: Iterable[Constraint], script: Script, cwd: str = "") -> tuple[tuple[Constraint, Finding], ...]:
    """Each condition with what the command says about it: a Fault, "met", or "unknown" when it cannot be told."""
    seen = view(script, cwd)
    if script.error or not seen.stages:
        return tuple((constraint, "unknown") for constraint in constraints)
    return tuple((constraint, _sure(_CHECKS[constraint.kind](constraint, seen), seen)) for constraint in constraints)


def _sure(found: Finding, seen: View) -> Finding:
    """Nothing is certain about a command that runs what is not understood here."""
    doubtful = isinstance(found, Fault) and found.certain and not seen.understood
    return replace(found, certain=False) if doubtful and isinstance(found, Fault) else found


def check(constraints: Iterable[Constraint], script: Script, cwd: str = "") -> tuple[Mismatch, ...]:
    """What the command does not meet, the surest and weightiest first. Nothing runs; a script with an error gives none.

    `cwd` is the folder it would run in; without it nothing is certain about paths, since `.` may be the one that is asked for.
    A command with a `certain` mismatch can be rejected; any other mismatch is a warning and a reason to prefer another.
    """
    faults = [(constraint, found) for constraint, found in findings(constraints, script, cwd) if isinstance(found, Fault)]
    missed = [Mismatch(constraint=constraint, fault=fault) for constraint, fault in faults]
    return tuple(sorted(missed, key=lambda mismatch: (not mismatch.certain, -mismatch.weight)))
