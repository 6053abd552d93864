"""Which words of a question must not be passed over: what is asked for, what is measured, what rows are chosen by.

The others, such as "paid" in "were paid by smokers", may be left out where the model comes to the same without being told so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aishell.core.errors import Unanswerable
from aishell.functions.report.read import Data
from aishell.functions.report.sql import quoted
from aishell.functions.report.understand import Piece
from aishell.functions.report.values import Plan, Table

_PREPOSITIONS = ("on", "at", "with", "to", "or", "and", "about", "during")
_BINDING = ("ask", "measure", "group", "up", "down", "compare", "not", "among")

_ALL = "^(all|total|overall|grand total|subtotal)( |$)|^(合计|总计|小计|全部)"
_MOST_NAMES = 50
"""Names of a column that may hold a sum of the others; of more, one that begins with "all" is just a name."""


def refuse_sums_of_sums(data: Data, table: Table, plan: Plan) -> None:
    """Raises Unanswerable where rows of a total would be added to those they are the total of."""
    named = {one.column.name for one in (*plan.filters, *plan.part)} | ({plan.group.column.name} if plan.group else set())
    if plan.measure in ("min", "max", "value", "distinct"):
        return
    for column in table.columns:
        if column.kind != "text" or column.distinct > _MOST_NAMES or column.name in named:
            continue
        name = quoted(column.name)
        sql = f"SELECT DISTINCT {name} FROM {quoted(table.name)} WHERE regexp_matches(lower({name}), ?) LIMIT 1"
        if found := data.rows(sql, [_ALL]):
            raise Unanswerable(
                f"Of {column.name}, {found[0][0]!r} seems to be the total of other rows, which would count twice.",
                hint=f"Say which {column.name} is meant, or ask per {column.name}.",
            )


def essential(pieces: Sequence[Piece], unused: Sequence[Collection[str]]) -> list[str]:
    """Those that every reading leaves out and none may: names, numbers, words that others depend on."""
    always = set.intersection(*(set(texts) for texts in unused)) if unused else set()
    return [piece.text for number, piece in enumerate(pieces) if piece.text in always and _binds(pieces, number)]


def _binds(pieces: Sequence[Piece], number: int) -> bool:
    piece = pieces[number]
    if piece.sort != "unknown":
        return piece.sort != "column"
    token = piece.tokens[0]
    if token.chinese or token.sort == "quoted" or (number and token.text[:1].isupper()):
        return True
    if token.low.endswith(("ed", "ing")) and len(token.low) > 4:
        return False
    of = number and pieces[number - 1].text.lower() in ("of", "for", "among")
    if of and token.low.endswith("s") and number >= 2 and pieces[number - 2].sort in ("column", "word"):
        return False  # "the average age of passengers": what a row is
    at = number - 1
    while at >= 0 and ((pieces[at].has("stop") and pieces[at].text.lower() in ("the", "a", "an")) or pieces[at].has("count")):
        at -= 1
    before = pieces[at] if at >= 0 else None
    if before is None or before.sort == "unknown":
        return True
    return bool(before.word and (before.word.role in _BINDING or before.text.lower() in _PREPOSITIONS))
