"""A plan as SQL with parameters, run on sealed data; and its result."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aishell.functions.report.values import Cell, Column, Computed, Filter, Group, Plan, Unit

_MEASURES = {"sum": "sum", "mean": "avg", "median": "median", "min": "min", "max": "max", "value": "max"}
_PARTS: dict[Unit, str] = {
    "year": "year({})",
    "quarter": "strftime({}, '%Y') || '-Q' || quarter({})",
    "month": "strftime({}, '%Y-%m')",
    "week": "strftime({}, '%G-W%V')",
    "day": "CAST({} AS DATE)",
    "weekday": "isodow({})",
    "hour": "hour({})",
}
"""What stands for a row's group when it is made of a date."""
_NUMBERS: dict[Unit, str] = {
    **_PARTS,
    "quarter": "quarter({})",
    "month": "month({})",
    "week": "week({})",
    "day": "CAST({} AS DATE)",
}
"""What a filter on a part of a date compares, as a number."""
TIES = 20
"""So many more groups than are wanted may share the last place."""


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def compiled(plan: Plan) -> tuple[str, list[Cell]]:
    """SQL and its parameters. Its rows: the group where there is one, the measure, rows used, rows without a value."""
    parameters: list[Cell] = []
    part = _where(plan.part, parameters) if plan.part else ""
    filters = _where(plan.filters, parameters)
    value = quoted(plan.column.name) if plan.column else ""
    columns = [f"{_measure(plan, value, part)} AS measure", "count(*) AS used"]
    columns.append(f"count(*) - count({value}) AS empty" if value else "0 AS empty")
    sql = f"FROM {quoted(plan.table)}" + (f"\nWHERE {filters}" if filters else "")
    if plan.group:
        columns.insert(0, f"{grouping(plan.group)} AS part")
        sql += f"\nGROUP BY part\nORDER BY {_order(plan)}"
    return "SELECT " + ", ".join(columns) + "\n" + sql, parameters


def shown(sql: str, parameters: Sequence[Cell]) -> str:
    """The same with the parameters in their places, for people."""
    values = iter(parameters)

    def constant(_mark: re.Match[str]) -> str:
        value = next(values)
        return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"

    return re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\?", lambda m: constant(m) if m[0] == "?" else m[0], sql)


def computed(plan: Plan, rows: Sequence[tuple[Cell, ...]], sql: str) -> Computed:
    """The rows that `compiled` asked for as a result; of the highest N all that share the last place are kept."""
    used = sum(_whole(row[-2]) for row in rows)
    empty = sum(_whole(row[-1]) for row in rows)
    bare = [row[:-2] for row in rows]
    kept = [row for row in bare if row[-1] is not None and not (plan.top and row[0] is None)] if plan.group else bare
    groups = len(kept)
    if plan.top and len(kept) > plan.top:
        last = kept[plan.top - 1][-1]
        end = plan.top
        while plan.order and end < min(len(kept), plan.top + TIES) and kept[end][-1] == last:
            end += 1
        kept = kept[:end]
    title = plan.group.column.name if plan.group else ""
    titles = (*((title,) if plan.group else ()), plan.column.name if plan.column else "rows")
    several = any(_whole(row[-2]) > 1 for row in rows)
    return Computed(titles=titles, rows=tuple(kept), used=used, empty=empty, several=several, groups=groups, sql=sql)


def grouping(group: Group) -> str:
    name = quoted(group.column.name)
    return _PARTS[group.unit].replace("{}", name) if group.unit else name


def _measure(plan: Plan, value: str, part: str) -> str:
    if plan.measure == "share":
        if value and part:
            return f"100.0 * sum({value}) FILTER (WHERE {part}) / nullif(sum({value}), 0)"
        if value:  # of the sum of a column
            return f"100.0 * sum({value}) / nullif(sum(sum({value})) OVER (), 0)"
        if part:
            return f"100.0 * count(*) FILTER (WHERE {part}) / nullif(count(*), 0)"
        return "100.0 * count(*) / nullif(sum(count(*)) OVER (), 0)"
    if plan.measure == "count":
        return f"count({value})" if value else "count(*)"
    if plan.measure == "distinct":
        return f"count(DISTINCT {value})"
    return f"{_MEASURES[plan.measure]}({value})"


def _order(plan: Plan) -> str:
    if not plan.order:
        return "part NULLS LAST"
    return f"measure {'ASC' if plan.order == 'up' else 'DESC'} NULLS LAST, part NULLS LAST"


def _where(filters: Sequence[Filter], parameters: list[Cell]) -> str:
    return " AND ".join(_condition(one, parameters) for one in filters)


def _condition(one: Filter, parameters: list[Cell]) -> str:
    name = quoted(one.column.name)
    if one.operator == "missing":
        return f"{name} IS NULL"
    if one.operator == "present":
        return f"{name} IS NOT NULL"
    value = _NUMBERS[one.unit].replace("{}", name) if one.unit else name
    parameters.extend(one.values)
    if one.operator == "between":
        return f"{value} BETWEEN ? AND ?"
    marks = ", ".join("?" * len(one.values))
    if one.operator == "=":
        return f"{value} = ?" if len(one.values) == 1 else f"{value} IN ({marks})"
    if one.operator == "!=":
        return f"({value} NOT IN ({marks}) OR {name} IS NULL)"
    return f"{value} {one.operator} ?"


def _whole(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def label(column: Column, unit: Unit | None) -> str:
    return f"{unit} of {column.name}" if unit else column.name
