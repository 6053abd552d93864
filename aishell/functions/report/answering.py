"""From a question to its answer: plans by rule, checked by what they leave out; the model's own SELECT as a second opinion.

An answer is sure when every word of the question found its place and every reading comes to the same. Else it is given
only where the model, which saw the whole question and wrote SQL of its own, comes to the same. Anything else is refused.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from aishell.core.errors import ModelUnavailable, Unanswerable
from aishell.functions.asking import Model
from aishell.functions.languages import east_asian
from aishell.functions.report import free
from aishell.functions.report.graphs import chart_of
from aishell.functions.report.planning import Draft, drafts
from aishell.functions.report.read import Data
from aishell.functions.report.saying import Voice, figure
from aishell.functions.report.sql import compiled, computed, shown
from aishell.functions.report.unclear import essential, refuse_sums_of_sums
from aishell.functions.report.understand import Piece, pieces
from aishell.functions.report.values import Cell, Computed, Grid, Plan, Report, Section, Table

GetModel = Callable[[], Awaitable[Model | None]]
_SHOWN = 30
_MOST_GROUPS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One way to read the question, computed."""

    draft: Draft
    result: Computed


async def answer(data: Data, question: str, model: GetModel, *, table: str = "", today: datetime.date | None = None) -> Report:
    """The answer to a question. `model` is asked for when a second opinion is needed; None: only what is sure is answered.

    `today`: what "last month" is counted from.

    Raises Unanswerable when the data does not say it, or it is not clear; UsageError, TookTooLong, AishellError.
    """
    voice = Voice(chinese=east_asian(question))
    asked = [data.table(table)] if table else list(data.tables)
    of, found, made = _best(data, asked, question, today or datetime.date.today())
    readings = [_computed(data, draft) for draft in made]
    for draft in made:
        refuse_sums_of_sums(data, of, draft.plan)
    sure = (
        not made[0].unused
        and not any(draft.doubts for draft in made)
        and all(_same(readings[0].result.rows, other.result.rows) for other in readings[1:])
    )
    if sure:
        return _report(of, question, readings[0], voice, ())
    if lost := essential(found, [draft.unused for draft in made]):
        raise Unanswerable(_not_found(lost, of), hint=_columns(of))
    return await _second(data, of, question, readings, model, voice, found)


async def _second(
    data: Data, of: Table, question: str, readings: Sequence[_Reading], get: GetModel, voice: Voice, found: Sequence[Piece]
) -> Report:
    """With the model's opinion. Raises Unanswerable."""
    problem = _unclear(readings)
    named = tuple(dict.fromkeys(column for piece in found for column in piece.columns))
    try:
        model = await get()
        if model is None:
            raise Unanswerable(problem, hint=_columns(of))
        sql, rows = await free.answered(model, data, of, question, named)
    except ModelUnavailable as error:
        raise Unanswerable(f"{problem} The model could not be asked: {error}", hint=error.hint) from error
    agreed = [reading for reading in readings if rows and _agree(reading.result, rows)]
    if not agreed or not all(_same(agreed[0].result.rows, other.result.rows) for other in agreed[1:]):
        raise Unanswerable(problem, hint=_columns(of))
    draft = agreed[0].draft
    notes = [*draft.doubts, *(f'Of "{text}", {title} was taken.' for text, title in draft.choices)]
    if draft.unused:
        notes.append(f"Not used of the question: {', '.join(draft.unused)}.")
    notes.append("The model's own SQL comes to the same.")
    return _report(of, question, agreed[0], voice, notes, model_sql=sql)


def _best(data: Data, tables: Sequence[Table], question: str, today: datetime.date) -> tuple[Table, list[Piece], list[Draft]]:
    """The table that the question is about, and its plans. Raises Unanswerable."""
    tried: list[tuple[tuple[int, int], Table, list[Piece], list[Draft]]] = []
    problem: Unanswerable | None = None
    for table in tables:
        found = pieces(data, table, question)
        try:
            made = drafts(table, found, today)
        except Unanswerable as error:
            lost = essential(found, [[piece.text for piece in found if piece.sort == "unknown"]])
            problem = Unanswerable(_not_found(lost, table) if lost else str(error), hint=_columns(table))
            continue
        named = sum(len(piece.tokens) for piece in found if piece.sort in ("column", "value", "rows"))
        tried.append(((len(made[0].unused), -named), table, found, made))
    if not tried:
        raise problem or Unanswerable("There is no table that could answer it.")
    tried.sort(key=lambda one: one[0])
    if len(tried) > 1 and tried[0][0] == tried[1][0]:
        raise Unanswerable(
            f"It is not clear which table is meant: {tried[0][1].name} or {tried[1][1].name}.", hint="--table NAME says it."
        )
    return tried[0][1], tried[0][2], tried[0][3]


def _computed(data: Data, draft: Draft) -> _Reading:
    """Raises Unanswerable where a value is asked for and there are several."""
    sql, parameters = compiled(draft.plan)
    rows = data.rows(sql, parameters, most=_MOST_GROUPS)
    plan, result = draft.plan, computed(draft.plan, rows, shown(sql, parameters))
    if plan.measure != "value" or not result.several:
        return _Reading(draft=draft, result=result)
    if plan.otherwise is None or plan.column is None:
        name = plan.column.name if plan.column else ""
        raise Unanswerable(
            f"There are {figure(result.used)} rows, and it is not clear what is to be computed of {name}.",
            hint="Say total, average, median, highest, or how many.",
        )
    assumed = (
        (*draft.assumed, f"The {plan.otherwise} of {plan.column.name} was taken.") if plan.group is None else draft.assumed
    )
    return _computed(data, replace(draft, plan=replace(plan, measure=plan.otherwise, otherwise=None), assumed=assumed))


def _report(table: Table, question: str, reading: _Reading, voice: Voice, notes: Sequence[str], model_sql: str = "") -> Report:
    plan, result = reading.draft.plan, reading.result
    rows = [((voice.part(plan.group, row[0]),) if plan.group else ()) + (figure(row[-1]),) for row in result.rows]
    titles = ((voice.group(plan.group),) if plan.group else ()) + (voice.measure(plan),)
    told = [voice.answer(plan, result), voice.done(plan, result), *reading.draft.assumed, *notes]
    if len(rows) > _SHOWN:
        told.append(f"The first {_SHOWN} of {figure(result.groups)} are shown.")
    grid = Grid(titles=titles, rows=tuple(rows[:_SHOWN]), numeric=(False, True)) if plan.group and len(rows) > 1 else None
    section = Section(sentences=tuple(told), grid=grid, chart=chart_of(plan, result, voice))
    return Report(
        title=question,
        question=question,
        sections=(section,),
        value=_value(plan, result),
        rows=result.rows if plan.group else (),
        titles=titles,
        sure=not notes,
        sql=(result.sql, *((model_sql,) if model_sql else ())),
        notes=table.notes,
    )


def _value(plan: Plan, result: Computed) -> Cell:
    """The one number, or the one name, that is the answer."""
    if not result.rows or not result.used:
        return None
    if plan.group is None:
        return result.rows[0][-1]
    return result.rows[0][0] if plan.top == 1 and len(result.rows) == 1 else None


def _same(one: Sequence[tuple[Cell, ...]], other: Sequence[tuple[Cell, ...]]) -> bool:
    return len(one) == len(other) and all(
        all(_equal(a, b) for a, b in zip(left, right, strict=True)) for left, right in zip(one, other, strict=True)
    )


def _agree(result: Computed, rows: Sequence[tuple[Cell, ...]]) -> bool:
    """Whether the model's rows say what the plan's do: the same numbers, and names where it has some, in any order."""
    if len(rows) != len(result.rows) or not result.used:
        return False
    width = len(result.rows[0])
    if width == 1:
        return any(_percent(result.rows[0][0], cell) for cell in rows[0])
    if len(rows[0]) == 1 and len(rows) > 1:
        return _same(*(sorted(((row[-1],) for row in each), key=str) for each in (result.rows, rows)))
    own = {str(row[0]): row[-1] for row in result.rows}
    if len(rows) == 1 and len(rows[0]) == 1:
        return str(rows[0][0]) in own or _equal(rows[0][0], result.rows[0][-1])
    return all(any(str(cell) in own and any(_percent(own[str(cell)], value) for value in row) for cell in row) for row in rows)


def _percent(own: Cell, other: Cell) -> bool:
    """Equal, where a share may be said in parts of one."""
    if _equal(own, other):
        return True
    return isinstance(own, float) and isinstance(other, int | float) and _equal(own, other * 100)


def _equal(one: Cell, other: Cell) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return one == other


def _unclear(readings: Sequence[_Reading]) -> str:
    draft = readings[0].draft
    if draft.unused:
        return f"The question is not understood as a whole: {', '.join(map(repr, draft.unused))} names nothing in the data."
    if draft.doubts and not draft.choices:
        return f"It is not sure what is asked for. {draft.doubts[0]}"
    text = draft.choices[0][0]
    titles = sorted({title for reading in readings for said, title in reading.draft.choices if said == text})
    return f"It is not clear which column {text!r} is about: {', '.join(titles)}."


def _not_found(lost: Sequence[str], table: Table) -> str:
    words = ", ".join(map(repr, lost))
    return f"{table.name} has neither a column nor a value that is called {words}."


def _columns(table: Table) -> str:
    names = ", ".join(column.name for column in table.columns[:_SHOWN])
    return f"Its columns: {names}{' ...' if len(table.columns) > _SHOWN else ''}."
