"""Lines that the person ran before, and that went well."""

from __future__ import annotations

from collections.abc import Iterator

from aishell.planner.fix.nearest import nearest, sureness
from aishell.planner.fix.values import Case, Fix, Why


def ran_before(case: Case) -> Iterator[Fix]:
    """A line of the same number of words that differs by a slip."""
    words = case.failed.command.split()
    lines = {line for line in case.facts.past() if len(line.split()) == len(words)}
    found = nearest(case.failed.command.strip(), lines, most=2.0) if len(words) > 1 else []
    for near in found[:1]:
        why = Why("You ran this before, and it went well.")
        yield Fix(command=near.name, why=why, rule="ran before", sure=min(0.86, sureness(found)))


RULES = (ran_before,)
