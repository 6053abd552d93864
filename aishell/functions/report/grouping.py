"""What a question wants a number for each of, or wants one of: per island, which country, top 5 airlines."""

from __future__ import annotations

from aishell.functions.report.comparing import yearly
from aishell.functions.report.reading import Reading
from aishell.functions.report.understand import Piece
from aishell.functions.report.values import Group

Grouped = tuple[Group, int]
"""The group, and how many are wanted by default: 1 for "which", 0 for all."""


def top(reading: Reading) -> int:
    """N of top N, 前 N, the 3 cheapest; 0 when there is none."""
    for number, piece in enumerate(reading.pieces):
        first = piece.text.lower() == "first"
        if not (first or piece.has("top") or piece.has("down") or piece.has("up")):
            continue
        for at in (number + 1, number - 1):
            count = reading.at(at)
            if count and count.sort == "number" and at not in reading.used and 1 <= count.tokens[0].number <= 1000:
                reading.used |= {at} | ({number} if first else set())
                return int(count.tokens[0].number)
    return 0


def per(reading: Reading, wanted: int) -> Grouped | None:
    """What stands behind per, by, each; or a rhythm such as monthly, or a trend."""
    for number, piece in enumerate(reading.pieces):
        if not piece.has("group"):
            continue
        at = reading.behind(number, lambda one: one.sort == "column" or one.has("unit"), over="stop among count")
        if at is None or (piece.text.lower() == "by" and _is_no_group(reading, reading.pieces[at], wanted)):
            continue
        if made := reading.grouping(reading.pieces[at]):
            reading.used |= set(range(number, at + 1))
            return made, 0
    for number, piece in enumerate(reading.pieces):
        if piece.has("unit") and piece.text.lower().endswith("ly") and (made := reading.grouping(piece)):
            reading.used.add(number)
            return made, 0
    trend = reading.first("rate")
    if trend is not None and (time := reading.time_column()):
        return Group(column=time, unit="month" if time.temporal else None), 0
    return None


def which(reading: Reading, wanted: int) -> Grouped | None:
    """The thing that is asked for by its name: which country, top 5 airlines, the most common method."""
    best = reading.has("down") or reading.has("up")
    for number, piece in enumerate(reading.pieces):
        often = piece.has("down", "often") or piece.has("up", "often")
        counted = wanted and piece.sort == "number" and number in reading.used
        ranked = piece.text.lower() in ("top", "best", "worst") and any(one.text.lower() == "by" for one in reading.pieces)
        if not (piece.has("ask", "group") or (piece.has("ask") and best) or often or counted or ranked):
            continue
        at = reading.behind(
            number, lambda one: one.sort in ("column", "rows") or one.has("unit"), over="stop among top down up order"
        )
        if at is None or at in reading.used or _is_measured(reading, reading.pieces[at]):
            continue
        target = reading.pieces[at]
        name = reading.row_name() if target.sort == "rows" else None
        made = Group(column=name) if name else reading.grouping(target) if target.sort != "rows" else None
        if made:
            reading.used |= {number, at}
            return made, 1
    return _with_most(reading)


def _with_most(reading: Reading) -> Grouped | None:
    """The shop with the most orders."""
    for number, piece in enumerate(reading.pieces):
        if piece.text.lower() != "with" or not number:
            continue
        target = reading.pieces[number - 1]
        at = reading.behind(number, lambda one: one.has("down") or one.has("up"), over="stop")
        if at is None or number - 1 in reading.used or not (target.sort == "column" or target.has("unit")):
            continue
        if not _is_measured(reading, target) and (made := reading.grouping(target)):
            reading.used.add(number - 1)
            return made, 1
    return None


def _is_no_group(reading: Reading, target: Piece, wanted: int) -> bool:
    """Top 5 airlines by fatalities, paid by smokers: "by" says what they are ranked by, or who did it."""
    if target.sort != "column":
        return False
    column = target.columns[0]
    ranking = wanted or reading.has("order") or reading.has("down") or reading.has("up")
    if column.numeric and ranking:
        return True
    return column.yes is not None and target.text.lower().endswith("s") and not column.name.lower().endswith("s")


def _is_measured(reading: Reading, target: Piece) -> bool:
    """Whether a column behind "what is the highest" is what is looked at, not what is asked for."""
    if target.sort != "column":
        return False
    column = target.columns[0]
    return column.numeric and column.yes is None and not yearly(column)
