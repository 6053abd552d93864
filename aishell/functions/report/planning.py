"""Pieces of a question as plans: measure, filters, group, order; where a piece could be several columns, a plan for each.

Whatever piece no plan makes use of is named, so that nobody takes an answer for more than it is.
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aishell.core.errors import Unanswerable
from aishell.functions.report.comparing import compared, yearly
from aishell.functions.report.grouping import per, top, which
from aishell.functions.report.measuring import measure, otherwise
from aishell.functions.report.reading import Reading
from aishell.functions.report.understand import Piece
from aishell.functions.report.values import Filter, Group, Measured, Plan, Table

MOST = 12
"""Plans of one question."""
_SILENT = ("stop", "ask", "among", "rate", "order", "group", "up", "down", "top")
"""Words that may go without use; those that say what is to be computed may not."""


_NO_NUMBER = ("when", "where", "why", "什么时候", "何时", "为什么", "哪里")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan, and what of the question it makes no use of."""

    plan: Plan
    unused: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    """Where a piece could be several columns: the piece, and the title taken."""
    assumed: tuple[str, ...] = ()
    """What is taken for granted, a sentence each."""
    doubts: tuple[str, ...] = ()
    """The same, where something else could be meant."""


def drafts(table: Table, pieces: Sequence[Piece], today: datetime.date) -> list[Draft]:
    """A plan for each way to read the question; `today`: of "last month". Raises Unanswerable when there is none."""
    unclear = [number for number, piece in enumerate(pieces) if len(piece.columns) > 1]
    if math.prod(len(pieces[number].columns) for number in unclear) > MOST:
        words = ", ".join(repr(pieces[number].text) for number in unclear)
        raise Unanswerable(f"Too many columns could be meant by {words}.")
    ways = itertools.product(*(range(len(pieces[number].columns)) for number in unclear))
    found: list[Draft] = []
    problem: Unanswerable | None = None
    for way in ways:
        chosen = list(pieces)
        for number, index in zip(unclear, way, strict=True):
            piece = pieces[number]
            chosen[number] = replace(piece, columns=(piece.columns[index],), values=piece.values[index : index + 1])
        try:
            draft = _draft(Reading(table, chosen), today)
        except Unanswerable as error:
            problem = error
            continue
        choices = tuple((pieces[number].text, chosen[number].columns[0].name) for number in unclear)
        found.append(replace(draft, choices=choices))
    if not found:
        raise problem or Unanswerable("The question names nothing that can be computed.")
    fewest = min(len(draft.unused) for draft in found)
    return [draft for draft in found if len(draft.unused) == fewest]


def _draft(reading: Reading, today: datetime.date) -> Draft:
    """Raises Unanswerable."""
    wanted = top(reading)
    reading.filters = compared(reading.table, reading.pieces, reading.used, today)
    reading.filters += _valued(reading)
    grouped = per(reading, wanted) or (None if _counts(reading) else which(reading, wanted))
    reading.filters += _said_yes(reading)
    group, one = grouped or (None, 0)
    reading.ranks = bool(group and (wanted or one))
    _is_a_number(reading, group)
    _no_other_or(reading)
    measured, column = measure(reading, group)
    order = reading.order() if reading.ranks or reading.has("order") else ""
    if group and one and not order:
        raise Unanswerable(f"It is not clear by what the {group.column.name} is to be chosen.")
    if wanted and group:
        order = order or "down"
    filters, part = _shared(reading, measured, group)
    plan = Plan(
        table=reading.table.name,
        measure=measured,
        column=column,
        otherwise=otherwise(reading, column, group) if measured == "value" and column else None,
        filters=filters,
        part=part,
        group=group,
        order=order if group else "",  # type: ignore[arg-type]
        top=(wanted or one) if group and order else 0,
    )
    return Draft(
        plan=plan,
        unused=_unused(reading),
        assumed=tuple(dict.fromkeys(reading.assumed)),
        doubts=tuple(dict.fromkeys(reading.doubts)),
    )


def _is_a_number(reading: Reading, group: Group | None) -> None:
    """Raises Unanswerable where a name, a time or a reason is asked for and no column of it is named."""
    for number, piece in enumerate(reading.pieces):
        reason = piece.text.lower() in _NO_NUMBER and (number == 0 or piece.tokens[0].chinese)
        if reason or (piece.has("ask", "group") and group is None):
            raise Unanswerable(f"It is not clear what {piece.text!r} asks for.")


def _no_other_or(reading: Reading) -> None:
    """Raises Unanswerable where "or" stands between conditions of different columns: a plan has all of them hold."""
    for number, piece in enumerate(reading.pieces):
        if piece.text.lower() not in ("or", "或", "或者"):
            continue
        around = [next((one for one in side if not one.has("stop")), None) for side in _sides(reading.pieces, number)]
        columns = {one.columns[0] for one in around if one and one.sort == "value"}
        alternatives = len(columns) == 1 and all(one and one.sort == "value" for one in around)
        if not alternatives and any(at < number for at, _ in reading.filters) and any(at > number for at, _ in reading.filters):
            raise Unanswerable("Conditions of different columns can only hold together here, not one or the other.")


def _sides(pieces: Sequence[Piece], number: int) -> tuple[Sequence[Piece], Sequence[Piece]]:
    return pieces[:number][::-1], pieces[number + 1 :]


def _counts(reading: Reading) -> bool:
    """Whether a number is asked for, so that "which" asks for nothing."""
    return reading.has("count") and not any(piece.has("ask", "group") for piece in reading.pieces) and not reading.has("down")


def _valued(reading: Reading) -> list[tuple[int, Filter]]:
    """A filter for each value that is named; several values of one column are alternatives."""
    found: dict[tuple[str, bool], tuple[int, Filter]] = {}
    for number, piece in enumerate(reading.pieces):
        if piece.sort != "value":
            continue
        reading.used.add(number)
        negated = reading.negated(number)
        key = piece.columns[0].name, negated
        before = found[key][1].values if key in found else ()
        made = Filter(column=piece.columns[0], operator="!=" if negated else "=", values=(*before, *piece.values[0]))
        found[key] = (number, made)
        for step in (-1, 1):
            at = number + step
            while (beside := reading.at(at)) and beside.has("stop"):
                at += step
            if beside and beside.sort == "column" and beside.columns[0] == piece.columns[0]:
                reading.used.add(at)  # "class is third": the title belongs to its value
    return list(found.values())


def _said_yes(reading: Reading) -> list[tuple[int, Filter]]:
    """Columns of yes and no that are named without being asked for: smokers, survived. Raises Unanswerable."""
    found = []
    for number, column in reading.named():
        if column.yes is None and column.no is None:
            continue
        before = reading.at(number - 1)
        if before and before.has("measure") and not before.has("measure", "share"):
            continue  # the average of a column of 0 and 1
        reading.used.add(number)
        wanted = column.no if reading.negated(number) else column.yes
        if wanted is None:
            raise Unanswerable(f"{column.name} has one value only.")
        found.append((number, Filter(column=column, operator="=", values=(wanted,))))
    return found


def _shared(reading: Reading, measured: Measured, group: Group | None) -> tuple[tuple[Filter, ...], tuple[Filter, ...]]:
    """Filters of all rows, and of the part of a share: what is said last; but before "among" and "占" stands the part."""
    ordered = sorted(reading.filters, key=lambda one: one[0])
    if measured != "share":
        return tuple(one for _, one in ordered), ()
    times = [one for one in ordered if one[1].column.temporal or yearly(one[1].column)]
    if len(times) < len(ordered):  # "since 2000" says of when all of it is
        ordered = [*times, *(one for one in ordered if one not in times)]
    if not ordered:
        if group is None:
            raise Unanswerable("It is not clear of what the share is to be computed.")
        return (), ()
    words = ("among", "amongst", "占")
    border = next((at for at, piece in enumerate(reading.pieces) if piece.text.lower() in words), len(reading.pieces))
    before = [one for at, one in ordered if at < border and (at, one) not in times]
    if before and len(before) < len(ordered):
        return tuple(one for _, one in ordered if one not in before), tuple(before)
    return tuple(one for _, one in ordered[:-1]), (ordered[-1][1],)


def _silent(piece: Piece) -> bool:
    """Whether a piece may go without use: "from" is silent where no number follows it."""
    return bool(piece.word and (piece.word.role in _SILENT or piece.text.lower() == "from"))


def _unused(reading: Reading) -> tuple[str, ...]:
    """Pieces that say something of which no use was made."""
    return tuple(
        piece.text
        for number, piece in enumerate(reading.pieces)
        if number not in reading.used and piece.sort != "rows" and not _silent(piece)
    )
