"""What is known of a table's columns: kind, range, how many different values, how many missing, some examples."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aishell.functions.report.sql import quoted
from aishell.functions.report.values import Cell, Column, Kind, Table

if TYPE_CHECKING:
    import duckdb

_COUNTED_EXACTLY = 2_000_000
_EXAMPLES = 5
_KINDS: dict[str, Kind] = {"BIGINT": "integer", "DOUBLE": "number", "DATE": "date", "TIMESTAMP": "time"}
_YES = ("yes", "y", "true", "t", "1", "1.0", "是", "有", "对", "√")
_NO = ("no", "n", "false", "f", "0", "0.0", "否", "无", "错", "×")


def profiled(connection: duckdb.DuckDBPyConnection, name: str, spoiled: Mapping[str, int], notes: Sequence[str]) -> Table:
    """The table `name` with what is known of it; columns without any value are left out, and named. Raises duckdb.Error."""
    described = connection.execute(f"DESCRIBE {quoted(name)}").fetchall()
    total = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
    rows = int(total[0]) if total else 0
    columns: list[Column] = []
    empty: list[Column] = []
    for title, kind, *_ in described:
        column = _profiled(connection, name, str(title), _KINDS.get(str(kind), "text"), rows, spoiled.get(str(title), 0))
        (columns if column.distinct or not rows else empty).append(column)
    told = [*notes, f"Without any value: {', '.join(column.name for column in empty)}."] if empty else notes
    return Table(name=name, rows=rows, columns=tuple(columns), notes=tuple(told))


def _profiled(connection: duckdb.DuckDBPyConnection, table: str, title: str, kind: Kind, rows: int, spoiled: int) -> Column:
    name = quoted(title)
    different = "count(DISTINCT {})" if rows <= _COUNTED_EXACTLY else "approx_count_distinct({})"
    sql = f"SELECT count({name}), {different.format(name)}, min({name}), max({name}) FROM {quoted(table)}"
    filled, distinct, low, high = connection.execute(sql).fetchone() or (0, 0, None, None)
    sql = f"SELECT {name} FROM (SELECT {name} FROM {quoted(table)} WHERE {name} IS NOT NULL LIMIT 200000)"
    sql += f" GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {_EXAMPLES}"
    examples: tuple[Cell, ...] = tuple(row[0] for row in connection.execute(sql).fetchall())
    yes, no = _meaning(examples, distinct)
    if kind == "time" and isinstance(low, datetime.datetime) and low.tzinfo:
        low = high = None
    return Column(
        name=title,
        kind=kind,
        missing=rows - filled,
        spoiled=spoiled,
        distinct=distinct,
        low=low,
        high=high,
        examples=examples,
        yes=yes,
        no=no,
    )


def _meaning(examples: Sequence[Cell], distinct: int) -> tuple[Cell, Cell]:
    """Of a column with two values, or one, that say yes and no: which does what."""
    if not 1 <= distinct <= 2:
        return None, None
    yes = [value for value in examples if str(value).strip().lower() in _YES]
    no = [value for value in examples if str(value).strip().lower() in _NO]
    if len(yes) + len(no) < distinct or len(yes) > 1 or len(no) > 1:
        return None, None
    return (yes[0] if yes else None), (no[0] if no else None)
