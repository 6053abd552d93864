"""What is told of a table without a question: what it is, notable figures, groups, course over time, gaps; all by rule.

Every number in the text is a cell of a computed result; the sentences are written here, none by a model.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import replace

from aishell.functions.report.comparing import yearly
from aishell.functions.report.graphs import MOST_BARS, chart
from aishell.functions.report.read import Data
from aishell.functions.report.saying import Voice, figure, kind_said, plainly, rows_said
from aishell.functions.report.sql import compiled, computed, quoted, shown
from aishell.functions.report.titles import adds_up, names_rows, title_words
from aishell.functions.report.values import (
    Cell,
    Chart,
    Column,
    Computed,
    Grid,
    Group,
    Measured,
    Plan,
    Report,
    Section,
    Table,
    Unit,
)

_BINS = 12
_MOST_MEASURES = 6
_ENGLISH = Voice()


def overview(data: Data, *, table: str = "") -> Report:
    """Of one table, the largest if none is named; the others are listed. Raises UsageError, TookTooLong, AishellError."""
    of = data.table(table) if table else max(data.tables, key=lambda one: one.rows)
    writer = _Writer(data, of)
    sections = [writer.whole(), *writer.numbers(), *writer.groups(), *writer.course(), *writer.gaps()]
    if len(data.tables) > 1:
        others = tuple((one.name, figure(one.rows), figure(len(one.columns))) for one in data.tables)
        grid = Grid(titles=("table", "rows", "columns"), rows=others, numeric=(False, True, True))
        sections.append(Section(title="Tables", sentences=("--table NAME tells about another one.",), grid=grid))
    return Report(title=of.name, sections=tuple(sections), sql=tuple(writer.sql), notes=of.notes)


def measures(table: Table) -> list[Column]:
    """Columns whose numbers are worth a look: no years, codes, places on a map, or yes and no; what adds up comes first."""
    found = [
        column
        for column in table.columns
        if column.numeric and column.yes is None and column.distinct > 2 and not _named(table, column)
    ]
    return sorted(found, key=lambda column: (not adds_up(column), column.distinct <= 12))


def _named(table: Table, column: Column) -> bool:
    if names_rows(column) or {"latitude", "longitude", "lat", "lon", "lng"} & set(title_words(column.name)):
        return True
    in_turn = column.kind == "integer" and column.distinct == table.rows and column.low in (0, 1)
    return yearly(column) or in_turn


class _Writer:
    """Writes the sections of one table's overview."""

    def __init__(self, data: Data, table: Table) -> None:
        self._data = data
        self._table = table
        self._measures = measures(table)
        self.sql: list[str] = []

    def whole(self) -> Section:
        table = self._table
        said = f"{table.name} has {rows_said(table.rows)} and {figure(len(table.columns))} columns."
        rows = tuple(
            (one.name, kind_said(one.kind), figure(one.missing), figure(one.distinct), _range(one)) for one in table.columns
        )
        grid = Grid(
            titles=("column", "kind", "missing", "different", "values"), rows=rows, numeric=(False, False, True, True, False)
        )
        return Section(title="The data", sentences=(said, *table.notes), grid=grid)

    def numbers(self) -> Iterator[Section]:
        """Spread of the columns of numbers, and a histogram of the first."""
        chosen = self._measures[:_MOST_MEASURES]
        if not chosen:
            return
        rows, said = [], []
        for column in chosen:
            name = quoted(column.name)
            sql = f"SELECT min({name}), quantile_cont({name}, 0.25), median({name}), avg({name}), quantile_cont({name}, 0.75), "
            sql += f"max({name}) FROM {quoted(self._table.name)}"
            spread = self._rows(sql)[0]
            rows.append((column.name, *map(figure, spread)))
            said += self._far_out(column, spread)
        first = chosen[0]
        said.insert(
            0, f"The median of {first.name} is {rows[0][3]}, half of its values lie between {rows[0][2]} and {rows[0][5]}."
        )
        grid = Grid(
            titles=("column", "lowest", "quarter", "median", "mean", "three quarters", "highest"),
            rows=tuple(rows),
            numeric=(False, *[True] * 6),
        )
        yield Section(title="Numbers", sentences=tuple(said[:4]), grid=grid, chart=self._histogram(first))

    def _far_out(self, column: Column, spread: tuple[Cell, ...]) -> list[str]:
        """How many values lie far from the middle half (more than three times its width)."""
        low, high = spread[1], spread[4]
        if not isinstance(low, int | float) or not isinstance(high, int | float) or high <= low:
            return []
        name, width = quoted(column.name), 3 * (high - low)
        sql = f"SELECT count(*) FROM {quoted(self._table.name)} WHERE {name} > {high + width!r} OR {name} < {low - width!r}"
        count = self._rows(sql)[0][0]
        return [f"{figure(count)} values of {column.name} lie far from the others."] if count else []

    def _histogram(self, column: Column) -> Chart | None:
        if not isinstance(column.low, int | float) or not isinstance(column.high, int | float) or column.high <= column.low:
            return None
        width = _round(column.low, column.high, whole=column.kind == "integer")
        start = math.floor(column.low / width)
        name = quoted(column.name)
        sql = f"SELECT CAST(floor({name} / {width!r}) AS BIGINT) - {start} AS bin, count(*) FROM {quoted(self._table.name)}"
        found = self._rows(f"{sql} WHERE {name} IS NOT NULL GROUP BY bin ORDER BY bin")
        counts = {number: count for number, count in found if isinstance(number, int) and isinstance(count, int)}
        bins = range(max(counts) + 1)
        return Chart(
            kind="histogram",
            title=f"rows / {column.name}",
            across=tuple(figure((start + number) * width) for number in bins),
            values=tuple(float(counts.get(number, 0)) for number in bins),
            label="rows",
        )

    def groups(self) -> Iterator[Section]:
        """The columns with a few different names: how many rows of each; for the first also what is measured."""
        texts = [one for one in self._table.columns if one.kind == "text" and one.yes is None and one.no is None]
        few = sorted(
            (one for one in texts if 2 <= one.distinct <= min(MOST_BARS, self._table.rows - 1)),
            key=lambda one: one.distinct < 3,
        )
        if not few:
            return
        said = []
        counted = [self._counted(column) for column in few[:3]]
        for column, result in zip(few, counted, strict=False):
            name = _ENGLISH.part(Group(column=column), result.rows[0][0])
            count = rows_said(result.rows[0][-1])
            said.append(f"The most frequent of {figure(column.distinct)} {column.name} values is {name} ({count}).")
        yield Section(title="Groups", sentences=tuple(said), chart=self._bars(few[0], counted[0], "rows"))
        if self._measures:
            yield self._by_group(few[0], self._measures[0])

    def _counted(self, column: Column) -> Computed:
        return self._plan(Plan(table=self._table.name, measure="count", group=Group(column=column), order="down"))

    def _by_group(self, column: Column, measured: Column) -> Section:
        group = Group(column=column)
        how: Measured = "sum" if adds_up(measured) else "mean"
        plan = Plan(table=self._table.name, measure=how, column=measured, group=group, order="down")
        result = self._plan(plan)
        named = [row for row in result.rows if row[0] is not None]
        (first, most), (last, least) = ((_ENGLISH.part(group, row[0]), figure(row[-1])) for row in (named[0], named[-1]))
        said = f"The {_ENGLISH.measure(plan)} is highest for {first} ({most}) and lowest for {last} ({least})."
        return Section(sentences=(said,), chart=self._bars(column, result, _ENGLISH.measure(plan)))

    def _bars(self, column: Column, result: Computed, label: str) -> Chart | None:
        group = Group(column=column)
        return chart(
            f"{label} / {column.name}",
            [(_ENGLISH.part(group, row[0]), row[-1]) for row in result.rows],
            times=False,
            label=label,
        )

    def course(self) -> Iterator[Section]:
        """What becomes of it over time: how many rows, or the first column that adds up."""
        dates = [one for one in self._table.columns if one.temporal]
        time = next(iter([*dates, *(one for one in self._table.columns if yearly(one) and one.distinct > 2)]), None)
        if time is None:
            return
        group = Group(column=time, unit=_unit(time))
        adds = next((one for one in self._measures if adds_up(one)), None)
        plan = Plan(table=self._table.name, measure="sum" if adds else "count", column=adds, group=group)
        result = self._plan(plan)
        if not adds and self._measures and len({row[-1] for row in result.rows}) <= 2:  # as many each day or month
            plan = replace(plan, measure="mean", column=self._measures[0])
            result = self._plan(plan)
        rows = [(_ENGLISH.part(group, row[0]), row[-1]) for row in result.rows if row[0] is not None]
        if len(rows) < 3:
            return
        measure = _ENGLISH.measure(plan)
        when, most = max(rows, key=lambda row: row[-1] if isinstance(row[-1], int | float) else 0)
        said = f"From {rows[0][0]} to {rows[-1][0]}, the {measure} was highest in {when} ({figure(most)});"
        said += f" at first it was {figure(rows[0][-1])}, at last {figure(rows[-1][-1])}."
        drawn = chart(f"{measure} / {_ENGLISH.group(group)}", rows, times=True, label=measure)
        yield Section(title="Over time", sentences=(said,), chart=drawn)

    def gaps(self) -> Iterator[Section]:
        """Where values are missing."""
        missing = sorted((one for one in self._table.columns if one.missing), key=lambda one: -one.missing)
        said = []
        for one in missing[:5]:
            share = 100 * one.missing / self._table.rows
            said.append(f"{one.name}: {figure(one.missing)} of {figure(self._table.rows)} values are missing ({share:.1f} %).")
        yield Section(title="Gaps", sentences=tuple(said or ["No value is missing."]))

    def _plan(self, plan: Plan) -> Computed:
        sql, parameters = compiled(plan)
        rows = self._data.rows(sql, parameters)
        result = computed(plan, rows, shown(sql, parameters))
        self.sql.append(result.sql)
        return result

    def _rows(self, sql: str) -> list[tuple[Cell, ...]]:
        self.sql.append(sql)
        return self._data.rows(sql)


def _round(low: float, high: float, *, whole: bool) -> float:
    """The width of about a dozen bins: 1, 2, 5, 10, ... in whatever power of ten."""
    wanted = (high - low) / _BINS
    power = 10.0 ** math.floor(math.log10(wanted))
    width = next(power * step for step in (1, 2, 5, 10) if power * step >= wanted)
    return max(1.0, width) if whole else width


def _unit(column: Column) -> Unit | None:
    """Which parts of its time give a picture of about 12 to 60 points."""
    if not isinstance(column.low, datetime.date) or not isinstance(column.high, datetime.date):
        return None
    days = (column.high - column.low).days
    for most, unit in ((3, "hour"), (60, "day"), (400, "week"), (2000, "month")):
        if days <= most:
            return None if unit == "hour" and column.kind == "date" else unit  # type: ignore[return-value]
    return "year"


def _range(column: Column) -> str:
    if column.kind == "text":
        return ", ".join(plainly(value) for value in column.examples[:4])
    return f"{plainly(column.low)} to {plainly(column.high)}"
