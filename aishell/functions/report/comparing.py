"""Conditions of numbers and times in a question: more than 150 horsepower, since 2010, in March, between 5 and 10."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from aishell.functions.report.titles import title_words
from aishell.functions.report.tokens import month_of
from aishell.functions.report.understand import Piece
from aishell.functions.report.values import Cell, Column, Filter, Operator, Table, Unit
from aishell.functions.report.words import MEASURED

_LATER = ("after", "since", "before", "until", "from", "till")
_YEARS = ("year", "yr", "season", "年", "年份", "年度")
_WHEN = ("year", "date", "time", "年", "年份", "日期", "时间")


def compared(table: Table, pieces: Sequence[Piece], used: set[int], today: datetime.date) -> list[tuple[int, Filter]]:
    """Each condition with where it stands; its pieces become used. What cannot be told stays unused."""
    found: list[tuple[int, Filter]] = []
    for number, piece in enumerate(pieces):
        if piece.has("span") and piece.word and (time := _time(table)) and time.temporal:
            used.add(number)
            unit: Unit | None = "day" if time.kind == "time" else None
            found.append((number, Filter(column=time, operator="between", values=span(piece.word.value, today), unit=unit)))
        if piece.has("compare") and (one := _compared(table, pieces, number, used)):
            found.append((number, one))
    for number, piece in enumerate(pieces):
        if (
            number not in used
            and piece.sort in ("number", "decade", "date", "month")
            and (one := _equal(table, pieces, number, used))
        ):
            found.append((number, one))
    found += _missing(pieces, used)
    return found


def span(words: str, today: datetime.date) -> tuple[datetime.date, datetime.date]:
    """First and last day of "this month", "last week", "yesterday"."""
    day = datetime.timedelta(days=1)
    which, _, unit = words.partition(" ")
    first = {
        "year": today.replace(month=1, day=1),
        "month": today.replace(day=1),
        "week": today - today.weekday() * day,
        "day": today,
    }[unit]
    if which == "this":
        return first, today
    last = first - day
    earlier = {"year": last.replace(month=1, day=1), "month": last.replace(day=1), "week": first - 7 * day, "day": last}
    return earlier[unit], last


def _compared(table: Table, pieces: Sequence[Piece], at: int, used: set[int]) -> Filter | None:
    word = pieces[at].word
    assert word is not None
    operator: Operator = word.value  # type: ignore[assignment]
    wanted = 2 if operator == "between" else 1
    numbers = _numbers(pieces, at, wanted, used)
    if len(numbers) < wanted:
        if (
            operator in ("between", ">=")
            and pieces[at].text.lower() in ("between", "from", "since")
            and _inside_a_title(pieces, at)
        ):
            used.add(at)  # fatalities between 1985 and 1999, which is a column's title
        return None
    closing = _closing(pieces, numbers[-1])
    if operator == ">=" and pieces[at].text.lower() == "from" and closing is not None:
        operator, numbers = "between", [*numbers, closing[1]]
        used.add(closing[0])
    column, beside = _column(
        table, pieces, at, numbers, times=pieces[at].text.lower() in _LATER or pieces[at].tokens[0].chinese
    )
    if column is None:
        return None
    used |= {at, *numbers} | ({beside} if beside is not None else set())
    made = _condition(column, operator, [pieces[number] for number in numbers])
    if made is None:
        used -= {at, *numbers, *([beside] if beside is not None else [])}
    return made


def _numbers(pieces: Sequence[Piece], at: int, wanted: int, used: set[int]) -> list[int]:
    """The numbers that a comparison is with: behind it, or before a word such as 以上 or "or more"."""
    found: list[int] = []
    for number in range(at + 1, min(len(pieces), at + 6)):
        piece = pieces[number]
        if piece.sort in ("number", "date", "month") and number not in used:
            found.append(number)
            if len(found) == wanted:
                return found
        elif not (piece.has("stop") or piece.has("unit") or piece.has("among") or piece.has("compare")):
            break
    if not found and at and wanted == 1:
        before = [number for number in (at - 1, at - 2) if number >= 0 and pieces[number].sort in ("number", "date", "month")]
        return [number for number in before if number not in used][:1]
    return found


def _closing(pieces: Sequence[Piece], at: int) -> tuple[int, int] | None:
    """The "to 2010" of "from 2000 to 2010": where its word stands, and its number."""
    for number in range(at + 1, min(len(pieces), at + 4)):
        if pieces[number].sort == "number" and pieces[number - 1].text.lower() in (
            "to",
            "until",
            "till",
            "through",
            "到",
            "至",
        ):
            return number - 1, number
        if pieces[number].sort not in ("word",):
            return None
    return None


def _inside_a_title(pieces: Sequence[Piece], at: int) -> bool:
    beside = pieces[max(0, at - 1) : at + 2]
    return any(piece.sort == "column" and any(token.sort == "number" for token in piece.tokens) for piece in beside)


def _column(
    table: Table, pieces: Sequence[Piece], at: int, numbers: Sequence[int], *, times: bool
) -> tuple[Column | None, int | None]:
    """Which column is compared, and where it is named: behind its number, or before; for a year, the column of times."""
    if any(pieces[number].sort in ("date", "month") for number in numbers):
        return _time(table), None
    if measured := _measured(table, pieces[at]):
        return measured, None
    year = all(_is_time(pieces[number]) for number in numbers)
    behind = numbers[-1] + 1
    if behind < len(pieces) and pieces[behind].has("unit") and year:
        behind += 1
    if (
        behind < len(pieces)
        and pieces[behind].sort == "column"
        and _comparable(pieces[behind].columns[0])
        and not (times and year)
    ):
        return pieces[behind].columns[0], behind
    named = at > 0 and pieces[at - 1].sort == "column" and any(piece.has("count") for piece in pieces)
    if year and (not named or times) and (times or pieces[at].has("compare", "between")) and (time := _time(table)):
        return time, None
    for number in range(min(at, numbers[0]) - 1, -1, -1):
        piece = pieces[number]
        if piece.sort == "column" and _comparable(piece.columns[0]):
            return piece.columns[0], number
        if piece.has("compare") or piece.sort == "number":
            break
    return (_time(table), None) if year else (None, None)


def _measured(table: Table, piece: Piece) -> Column | None:
    """The column that the comparing word itself names, where there is one: "older than" is about an age."""
    titles = MEASURED.get(piece.text.lower(), ())
    found = [column for column in table.columns if column.numeric and set(titles) & set(title_words(column.name))]
    return found[0] if len(found) == 1 else None


def _comparable(column: Column) -> bool:
    return column.numeric or column.temporal


def _is_time(piece: Piece) -> bool:
    if piece.sort in ("date", "month"):
        return True
    number, text = piece.tokens[0].number, piece.tokens[0].text
    return piece.sort == "number" and text.isdigit() and len(text) == 4 and 1500 <= number <= 2200


def _time(table: Table) -> Column | None:
    """The one column that says when; None when there is none, or several and none of them is just the date or year."""
    times = [column for column in table.columns if column.temporal or yearly(column)]
    if len(times) > 1:
        plain = [
            column
            for column in times
            if "".join(title_words(column.name)) in ("year", "date", "time", "年", "年份", "日期", "时间")
        ]
        times = plain if len(plain) == 1 else [column for column in plain if column.temporal][:1]
    return times[0] if len(times) == 1 else None


def yearly(column: Column) -> bool:
    """Whether its whole numbers are years."""
    whole = isinstance(column.low, int) and isinstance(column.high, int) and 1500 <= column.low <= column.high <= 2200
    return column.kind == "integer" and whole and bool(set(_YEARS) & set(title_words(column.name)))


def _equal(table: Table, pieces: Sequence[Piece], at: int, used: set[int]) -> Filter | None:
    """A time that something is in, or a number beside its title."""
    piece = pieces[at]
    beside = [number for number in (at - 1, at + 1) if 0 <= number < len(pieces)]
    if piece.sort == "decade":
        return _decade(table, piece, at, used)
    if piece.sort == "month" and piece.tokens[0].date is None:
        time = _time(table)
        if not (time and time.temporal):
            return None
        used.add(at)
        return Filter(column=time, operator="=", values=(month_of(piece.tokens[0].low),), unit="month")
    if _is_time(piece) and (time := _time(table)):
        used |= {at} | {number for number in beside if number > at and _says_year(pieces[number], time)}
        return _condition(time, "=", [piece])
    for number in reversed(beside):
        other = pieces[number]
        if other.sort == "column" and other.columns[0].numeric and number not in used and piece.sort == "number":
            used |= {at, number}
            return _condition(other.columns[0], "=", [piece])
    return None


def _says_year(piece: Piece, time: Column) -> bool:
    """Whether a piece behind a year only says that it is one: 2003年."""
    return piece.has("unit", "year") or (piece.sort == "column" and piece.columns[0] == time)


def _decade(table: Table, piece: Piece, at: int, used: set[int]) -> Filter | None:
    first, time = int(piece.tokens[0].number), _time(table)
    if time is None or first % 10 or not 1500 <= first <= 2200:
        return None
    used.add(at)
    return Filter(column=time, operator="between", values=(first, first + 9), unit="year" if time.temporal else None)


def _condition(column: Column, operator: Operator, pieces: Sequence[Piece]) -> Filter | None:
    """The comparison of a column with numbers or times; None where they are of different kinds."""
    tokens = [piece.tokens[0] for piece in pieces]
    if column.numeric:
        if any(token.text.endswith("%") for token in tokens) and isinstance(column.high, int | float) and column.high <= 1:
            tokens = [replace(token, number=token.number / 100) for token in tokens]  # where 50 % is 0.5
        if any(token.sort != "number" for token in tokens):
            return None
        values: list[Cell] = [int(token.number) if token.number.is_integer() else token.number for token in tokens]
        return Filter(column=column, operator=operator, values=_sorted(operator, values))
    if all(token.sort == "number" for token in tokens):
        years: list[Cell] = [int(token.number) for token in tokens]
        return Filter(column=column, operator=operator, values=_sorted(operator, years), unit="year")
    dates = [token.date or datetime.date(int(token.number), 1, 1) for token in tokens]
    if all(token.sort == "month" for token in tokens) and operator == "=":
        first = dates[0]
        last = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)
        return Filter(column=column, operator="between", values=(first, last), unit="day" if column.kind == "time" else None)
    unit: Unit | None = "day" if column.kind == "time" else None  # the whole day is meant, not its first second
    return Filter(column=column, operator=operator, values=_sorted(operator, list(dates)), unit=unit)


def _sorted(operator: Operator, values: list[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(values, key=lambda value: (str(type(value)), value))) if operator == "between" else tuple(values)


def _missing(pieces: Sequence[Piece], used: set[int]) -> list[tuple[int, Filter]]:
    """Rows where a column says nothing: missing horsepower, without a director. A number that is not there may be 0."""
    found = []
    for number, piece in enumerate(pieces):
        if piece.has("not", "missing"):
            beside = [number + 1, number - 1]
        elif piece.text.lower() in ("no", "without", "没有"):
            beside = [at for at in (number + 1, number + 2) if all(one.has("stop") for one in pieces[number + 1 : at])]
        else:
            continue
        for at in beside:
            if not 0 <= at < len(pieces) or pieces[at].sort != "column" or at in used:
                continue
            column = pieces[at].columns[0]
            if piece.has("not", "missing") or (column.missing and not column.numeric and column.yes is None):
                used |= {number, at}
                found.append((number, Filter(column=column, operator="missing")))
                break
    return found
