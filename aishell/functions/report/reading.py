"""One way to read a question, while a plan is made of it: its pieces, and which of them have found their use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aishell.functions.report.comparing import yearly
from aishell.functions.report.titles import counts_things, title_words
from aishell.functions.report.understand import Piece
from aishell.functions.report.values import Column, Filter, Group, Table, Unit

UNIQUE = 0.98
"""Of a column that names each row, this share of the values differs at least."""


class Reading:
    """Pieces of which each names one column at most."""

    def __init__(self, table: Table, pieces: Sequence[Piece]) -> None:
        self.table = table
        self.pieces = list(pieces)
        self.used: set[int] = set()
        self.assumed: list[str] = []
        self.filters: list[tuple[int, Filter]] = []
        """With where each stands."""
        self.doubts: list[str] = []
        """What is assumed where something else could be meant, a sentence each: only with a second opinion."""
        self.ranks = False
        """Whether one or some of the groups are wanted, so that "highest" chooses among them."""

    def at(self, number: int) -> Piece | None:
        return self.pieces[number] if 0 <= number < len(self.pieces) else None

    def has(self, role: str) -> bool:
        return any(piece.has(role) for piece in self.pieces)

    def first(self, role: str, value: str | None = None) -> int | None:
        """Where the first piece with a role stands; it is used."""
        for number, piece in enumerate(self.pieces):
            if piece.has(role, value):
                self.used.add(number)
                return number
        return None

    def behind(self, number: int, wanted: Callable[[Piece], bool], *, over: str = "stop among") -> int | None:
        """The next piece behind `number` that is wanted; between them are only words of the roles `over`."""
        for at in range(number + 1, len(self.pieces)):
            piece = self.pieces[at]
            if wanted(piece):
                return at
            if not (piece.word and piece.word.role in over.split()):
                return None
        return None

    def negated(self, number: int) -> bool:
        """Whether "not" stands before a piece, or before others of the same column; it is used then."""
        own = self.pieces[number].columns
        for at in range(number - 1, max(-1, number - 7), -1):
            piece = self.pieces[at]
            if piece.has("not", ""):
                self.used.add(at)
                return True
            between = piece.has("stop") or piece.has("among") or piece.text.lower() == "from"
            if not (between or (piece.columns and piece.columns == own)):
                return False
        return False

    def superlative(self) -> str:
        """down or up for highest or lowest, where it is no part of a title."""
        return next((role for piece in self.pieces for role in ("down", "up") if piece.has(role)), "")

    def order(self) -> str:
        """down for the highest, up for the lowest; its words are used."""
        for role in ("down", "up"):
            for number, piece in enumerate(self.pieces):
                if piece.has(role) or any(word.role == role for word in piece.inside):
                    self.used |= {number} if piece.has(role) else set()
                    return role
        for number, piece in enumerate(self.pieces):
            if piece.has("order") and piece.word:
                self.used.add(number)
                return piece.word.value
        return ""

    def named(self) -> list[tuple[int, Column]]:
        """Columns that are named and have no use yet."""
        return [
            (at, piece.columns[0]) for at, piece in enumerate(self.pieces) if piece.sort == "column" and at not in self.used
        ]

    def grouping(self, piece: Piece) -> Group | None:
        """The group that a column or a unit of time makes."""
        if piece.sort == "column":
            column = piece.columns[0]
            return Group(column=column, unit="day" if column.kind == "time" else None)
        time = self.time_column()
        if time is None or piece.word is None:
            return None
        unit: Unit = piece.word.value  # type: ignore[assignment]
        if time.temporal:
            return Group(column=time, unit=None if unit == "day" and time.kind == "date" else unit)
        return Group(column=time) if unit == "year" else None

    def time_column(self) -> Column | None:
        dates = [column for column in self.table.columns if column.temporal]
        return dates[0] if dates else next((column for column in self.table.columns if yearly(column)), None)

    def row_name(self) -> Column | None:
        """The column that gives each row its name."""
        texts = [one for one in self.table.columns if one.kind == "text" and one.distinct >= 0.9 * self.table.rows]
        titled = [column for column in texts if {"name", "title"} & set(title_words(column.name))]
        return next(iter(titled or texts), None)

    def several_a_row(self) -> bool:
        """Whether a row may stand for several things: it has a number of them."""
        return any(map(counts_things, self.table.columns))
