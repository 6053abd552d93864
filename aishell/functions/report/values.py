"""What a report is made of: columns of tables, plans of what is computed, and what came of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Cell = str | int | float | bool | datetime.date | datetime.datetime | None
Kind = Literal["integer", "number", "text", "date", "time"]
"""`time`: date and time of day."""
Measured = Literal["count", "distinct", "sum", "mean", "median", "min", "max", "share", "value"]
"""`value`: the one there is, where there is one row only."""
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "between", "missing", "present"]
Unit = Literal["year", "quarter", "month", "week", "day", "weekday", "hour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, and what is known of its cells."""

    name: str
    kind: Kind
    missing: int = 0
    spoiled: int = 0
    """Cells that hold something of another kind; they count as missing."""
    distinct: int = 0
    low: Cell = None
    high: Cell = None
    examples: tuple[Cell, ...] = ()
    """Some of its values, the most frequent first."""
    yes: Cell = None
    """The value that means yes, in a column that says yes or no."""
    no: Cell = None

    @property
    def numeric(self) -> bool:
        return self.kind in ("integer", "number")

    @property
    def temporal(self) -> bool:
        return self.kind in ("date", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it was read."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    """What a reader should know of how it was read, a sentence each."""
    called: tuple[str, ...] = ()
    """What a row is called, where that is known: of a log, a line."""

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Rows where a column's value is so; of several values, one of them is enough, but for `between`, which has two."""

    column: Column
    operator: Operator
    values: tuple[Cell, ...] = ()
    unit: Unit | None = None
    """Of a column of dates, this part is compared, as a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One row of the result for each value of a column, or for each year, month, ... of a column of dates."""

    column: Column
    unit: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is computed of one table."""

    table: str
    measure: Measured
    column: Column | None = None
    """What is measured; None: rows are counted."""
    filters: tuple[Filter, ...] = ()
    part: tuple[Filter, ...] = ()
    """Of a share of rows: those that are compared with all that pass the filters."""
    group: Group | None = None
    order: Literal["", "up", "down"] = ""
    """By the measure; else by the group."""
    top: int = 0
    """How many groups are wanted; 0: all of them."""
    otherwise: Measured | None = None
    """Of a value: what is computed where there are several rows; None: that is not clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """The result of a plan: a number, or one for each group."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """The last cell of each is the measure."""
    used: int
    """Rows of the table that passed the filters."""
    empty: int
    """Those of them without a value of what is measured, which do not count."""
    several: bool = False
    """Whether a number is made of more than one row."""
    groups: int = 0
    """How many groups there are, also when fewer are shown."""
    sql: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Numbers as a picture."""

    kind: Literal["bars", "line", "histogram"]
    title: str
    across: tuple[str, ...]
    """What stands below each value, or beside it."""
    values: tuple[float, ...]
    label: str = ""
    """What the values are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A small table to be shown."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...] = ()
    """Which of its columns are set flush right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report."""

    title: str = ""
    sentences: tuple[str, ...] = ()
    grid: Grid | None = None
    chart: Chart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told of a table: the answer to a question, or an overview."""

    title: str
    sections: tuple[Section, ...]
    question: str = ""
    value: Cell = None
    """The answer, where it is one number or name."""
    rows: tuple[tuple[Cell, ...], ...] = ()
    """The answer, where it is a table; the last cell of each row is the measure."""
    titles: tuple[str, ...] = ()
    sure: bool = True
    """Whether every word of the question was understood; else a sentence says which was not."""
    sql: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def said(self) -> str:
        """The text of it, without tables and pictures."""
        return "\n".join(sentence for section in self.sections for sentence in section.sentences)

    def table(self) -> Mapping[str, Any]:
        """For a program: plain values only."""
        return {
            "title": self.title,
            "question": self.question,
            "answer": plain(self.value),
            "titles": list(self.titles),
            "rows": [[plain(cell) for cell in row] for row in self.rows],
            "sure": self.sure,
            "text": [sentence for section in self.sections for sentence in section.sentences],
            "sql": list(self.sql),
            "notes": list(self.notes),
            "how": list(self.how),
        }


def plain(value: Cell) -> str | int | float | bool | None:
    """As JSON has it: dates in ISO form, and no number that is none."""
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value
