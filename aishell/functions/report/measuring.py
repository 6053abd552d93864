"""What a question wants computed, and of which column."""

from __future__ import annotations

from aishell.core.errors import Unanswerable
from aishell.functions.report.comparing import yearly
from aishell.functions.report.reading import UNIQUE, Reading
from aishell.functions.report.titles import adds_up, averages, counts_things, names_rows, title_words
from aishell.functions.report.understand import Piece
from aishell.functions.report.values import Column, Group, Measured
from aishell.functions.report.words import SAME

Measure = tuple[Measured, Column | None]
_SOME = 0.5
"""Of names that mostly stand in one row, the others in several, it is not clear which of both is meant by "how many"."""
_THINGS = ("people", "persons", "rows", "records", "entries", "items", "人")
"""Words for whatever a row is."""
_HOW_MUCH = ("有多少", "多少", "有几")
"""Asked of what is no column: how many rows there are."""


def measure(reading: Reading, group: Group | None) -> Measure:
    """Raises Unanswerable."""
    extreme = bool(reading.superlative() and not reading.ranks)
    said = {piece.word.value for piece in reading.pieces if piece.word and piece.word.role == "measure"}
    if len(said) + extreme > 1:
        raise Unanswerable("It is not clear which of several things is to be computed.")
    count = reading.first("count")
    if count is not None and extreme:
        raise Unanswerable("It is not clear of what the highest or lowest number is to be found.")
    averaged = any(piece.has("measure", said) for piece in reading.pieces for said in ("mean", "median", "sum", "max", "min"))
    if count is not None and not (averaged and any(_measurable(column) for _, column in reading.named())):
        return _how_many(reading, count)
    if reading.first("measure", "distinct") is not None:
        if not reading.named():
            raise Unanswerable("It is not clear of which column the different values are to be counted.")
        at, column = reading.named()[0]
        reading.used.add(at)
        return "distinct", column
    numbers = [(at, column) for at, column in reading.named() if _measurable(column)]
    if reading.first("measure", "share") is not None or _rate(reading):
        reading.used |= {at for at, _ in numbers[:1]}
        _noun(reading)
        if numbers and _counts_or_sums(reading.pieces[numbers[0][0]], numbers[0][1]):
            raise Unanswerable(f"It is not clear whether rows or the sum of {numbers[0][1].name} are meant.")
        return "share", numbers[0][1] if numbers else None
    return _of_numbers(reading, numbers, group)


def _counts_or_sums(piece: Piece, column: Column) -> bool:
    """Whether "share of bills" could be of how many or of how much."""
    return piece.text.lower().endswith("s") and not (piece.full and adds_up(column))


def _rate(reading: Reading) -> bool:
    """Whether a rate of a column of yes and no is asked for: survival rate."""
    said = next(
        (at for at, piece in enumerate(reading.pieces) if piece.sort == "unknown" and piece.tokens[0].low == "rate"), None
    )
    if said is None or not any(one.column.yes is not None for _, one in reading.filters):
        return False
    reading.used.add(said)
    return True


def _how_many(reading: Reading, count: int) -> Measure:
    """Different values of a column of names, the sum of a column of numbers of things, or rows."""
    reading.first("measure", "sum")  # "how many in total" says nothing more
    numbers = [(at, column) for at, column in reading.named() if _measurable(column)]
    if numbers:
        return _summed(reading, *numbers[0])
    at = reading.behind(count, lambda one: one.sort in ("column", "unknown", "rows", "value", "number") or one.has("unit"))
    if at is None and count and reading.pieces[count - 1].sort in ("column", "rows"):
        at = count - 1  # 订单数: what is counted stands before
    target = reading.at(at) if at is not None else None
    if at is None or target is None or at in reading.used:
        return _rows(reading, _noun(reading))
    if target.sort == "column":
        reading.used.add(at)
        column = target.columns[0]
        if column.distinct == reading.table.rows and not column.missing:
            return "count", None
        if column.distinct > _SOME * reading.table.rows:
            raise Unanswerable(f"It is not clear whether rows or different values of {column.name} are to be counted.")
        return "distinct", column
    if target.has("unit"):
        reading.used.add(at)
        return _times(reading, target)
    if target.sort == "rows":
        return "count", None
    return _rows(reading, _noun(reading))


def _noun(reading: Reading) -> str:
    """What is counted: the first word that names nothing; it is used. A name is no such word, nor is a singular."""
    for number, piece in enumerate(reading.pieces):
        if piece.sort == "column" and number not in reading.used and _names_each(reading, piece.columns[0]):
            reading.used.add(number)
            return piece.text
        if piece.sort == "unknown" and number not in reading.used and _is_noun(piece, first=number == 0):
            reading.used.add(number)
            if piece.tokens[0].low not in _THINGS:
                reading.doubts.append(f"Each row was taken as one of the {piece.text}.")
            return piece.text
        if piece.sort in ("column", "number", "unknown") and number not in reading.used:
            return ""
    return ""


def _is_noun(piece: Piece, *, first: bool) -> bool:
    token = piece.tokens[0]
    if token.chinese or token.sort != "word" or (token.text[:1].isupper() and not first):
        return False
    return token.low in (*_THINGS, "children", "men", "women") or (token.low.endswith("s") and not token.low.endswith("ss"))


def _names_each(reading: Reading, column: Column) -> bool:
    """Whether each row has a name of its own in it."""
    return (column.kind == "text" or names_rows(column)) and column.distinct >= UNIQUE * reading.table.rows


def _measurable(column: Column) -> bool:
    return column.numeric and not names_rows(column) and not yearly(column)


def _rows(reading: Reading, noun: str) -> Measure:
    if reading.several_a_row():
        raise Unanswerable(f"A row may stand for several {noun or 'things'}: it is not clear what is to be counted.")
    return "count", None


def _times(reading: Reading, piece: Piece) -> Measure:
    """How many days: rows where there is one a day, else different days."""
    assert piece.word is not None
    times = [column for column in reading.table.columns if column.temporal or yearly(column)]
    if len(times) == 1 and times[0].distinct == reading.table.rows and piece.word.value == "day":
        return "count", None
    if len(times) == 1 and piece.word.value == ("day" if times[0].kind == "date" else "year" if times[0].numeric else ""):
        return "distinct", times[0]
    raise Unanswerable(f"It is not clear which {piece.text} are to be counted.")


def _summed(reading: Reading, at: int, column: Column) -> Measure:
    """How many of what a column of whole numbers says; of one that is measured and not counted, rows are meant."""
    reading.used.add(at)
    piece = reading.pieces[at]
    if counts_things(column) or (column.kind == "integer" and piece.full):
        return "sum", column
    if not piece.text.lower().endswith("s"):
        raise Unanswerable(f"It is not clear how many {piece.text} there are.")
    made = _rows(reading, piece.text)
    reading.doubts.append(f"Each row was taken as one of the {piece.text}.")
    return made


def _of_numbers(reading: Reading, named: list[tuple[int, Column]], group: Group | None) -> Measure:
    said, hint = "", ""
    for number, piece in enumerate(reading.pieces):
        if piece.word and piece.word.role == "measure":
            reading.used.add(number)
            said = said or piece.word.value
        if piece.word and piece.word.role in ("up", "down"):
            hint = hint or piece.word.value
    if not named and hint and hint != "often":
        if group is None and any(piece.sort in ("rows", "unknown") for piece in reading.pieces):
            raise Unanswerable("No column gives each row a name.")  # "the heaviest planet"
        named = [(-1, _hinted(reading, hint))]
    if not named:
        return _without_column(reading, said, hint, group)
    at, column = named[0]
    reading.used.add(at)
    if said:
        return said, column  # type: ignore[return-value]
    if not reading.ranks and (role := reading.superlative() or _inside(reading, at)):
        reading.order()
        return "min" if role == "up" else "max", column
    return "value", column


def _inside(reading: Reading, at: int) -> str:
    """What part of a title says: the "highest" of temp_max, asked for as the highest temperature."""
    return next((word.role for word in reading.pieces[at].inside if word.role in ("up", "down")), "") if at >= 0 else ""


def otherwise(reading: Reading, column: Column, group: Group | None) -> Measured | None:
    """What is computed of a column when no word says it, and there are several rows; None: that is not clear."""
    order = reading.order() if reading.ranks else ""
    extreme: Measured = "min" if order == "up" else "max"
    most = any(piece.has("down") and "most" in piece.text.lower().split() for piece in reading.pieces)
    if group is None:
        return "sum" if adds_up(column) else None
    if any(piece.text.lower() in ("best", "worst") for piece in reading.pieces) and not adds_up(column):
        return None  # a sum, a mean, or one?
    if order and not most and not adds_up(column):
        return None if reading.has("group") else extreme  # "top 3 shops by weight": of all parcels, or of one?
    return "mean" if averages(column) else "sum"


def _hinted(reading: Reading, hint: str) -> Column:
    """The column that "cheapest" is about."""
    wanted = {*hint.split(), *(other for word in hint.split() for other in SAME.get(word, ()))}
    found = [column for column in reading.table.columns if column.numeric and wanted & set(title_words(column.name))]
    if len(found) == 1:
        return found[0]
    raise Unanswerable(f"No column says which is the {hint.split()[0]}." if not found else "Several columns could be meant.")


def _without_column(reading: Reading, said: str, hint: str, group: Group | None) -> Measure:
    each = [at for at, column in reading.named() if _names_each(reading, column)]
    if not said and group and each:
        reading.used |= set(each[:1])  # the most orders, of a table with a number for each
        return "count", None
    generic = [at for at, piece in enumerate(reading.pieces) if piece.sort == "unknown" and piece.tokens[0].low in _THINGS]
    if not said and (hint == "often" or (group and not reading.several_a_row())):
        reading.used |= set(generic)
        plainly = hint == "often" or generic or any(piece.sort == "rows" for piece in reading.pieces)
        (reading.assumed if plainly else reading.doubts).append("Rows were counted.")
        return "count", None
    if not (said or hint or group) and reading.filters and any(piece.text in _HOW_MUCH for piece in reading.pieces):
        return "count", None  # 30 岁以上的有多少
    raise Unanswerable("The question names no column of numbers.")
