"""Which picture shows a result: bars for groups, a line for times."""

from __future__ import annotations

from collections.abc import Sequence

from aishell.functions.report.saying import Voice
from aishell.functions.report.values import Cell, Chart, Computed, Group, Plan

MOST_BARS = 20
_FEWEST = 2
_TIMES = ("year", "quarter", "month", "week", "day", "hour")


def chart_of(plan: Plan, result: Computed, voice: Voice) -> Chart | None:
    """None for a single number, and where a picture would show too little or too much."""
    if plan.group is None or (plan.top == 1 and plan.order):
        return None
    shown = [(voice.part(plan.group, row[0]), row[-1]) for row in result.rows if isinstance(row[-1], int | float)]
    title = f"{voice.measure(plan)} / {voice.group(plan.group)}"
    return chart(title, shown, times=not plan.order and ordered(plan.group), label=voice.measure(plan))


def chart(title: str, shown: Sequence[tuple[str, Cell]], *, times: bool, label: str) -> Chart | None:
    if len(shown) < _FEWEST or (len(shown) > MOST_BARS and not times):
        return None
    return Chart(
        kind="line" if times and len(shown) > 2 else "bars",
        title=title,
        across=tuple(name for name, _ in shown),
        values=tuple(float(value) for _, value in shown if isinstance(value, int | float)),
        label=label,
    )


def ordered(group: Group) -> bool:
    """Whether its values follow each other: times and years."""
    return (
        group.unit in _TIMES
        or group.column.temporal
        or (group.column.kind == "integer" and "year" in group.column.name.lower())
    )
