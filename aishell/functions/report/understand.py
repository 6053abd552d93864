"""Which columns and values of a table a question names: pieces, in order, of which the planner makes a plan.

Nothing is guessed: a piece is a title's words, a value that is in the data, a number, a word with a role (`words`), or it is
not understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aishell.functions.report.mentioned import GRAM, fitting, normal, values_in
from aishell.functions.report.read import Data
from aishell.functions.report.titles import OPTIONAL, title_words
from aishell.functions.report.tokens import Token, month_of, tokens
from aishell.functions.report.values import Column, Table
from aishell.functions.report.words import LONGEST, SAME, UNITS, WORDS, Word, stem

_ENDING = 3
"""Letters that a word may have more than the title: percentage, percent."""
_NO_WORD = Word("stop")

Sort = Literal["column", "value", "number", "decade", "date", "month", "word", "rows", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a question."""

    sort: Sort
    tokens: tuple[Token, ...]
    columns: tuple[Column, ...] = ()
    """Which it names, or of which it is a value; several when it could be each."""
    values: tuple[tuple[str, ...], ...] = ()
    """For each of these columns, the values."""
    word: Word | None = None
    inside: tuple[Word, ...] = ()
    """Roles of words that are part of a title: of `highest temperature` for temp_max, the first."""
    full: bool = True
    """Whether all words of the title are there."""

    @property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)

    def has(self, role: str, value: str | None = None) -> bool:
        return bool(self.word and self.word.role == role and value in (None, self.word.value))


def pieces(data: Data, table: Table, question: str) -> list[Piece]:
    """The question, taken apart. Raises TookTooLong, AishellError."""
    found_values = values_in(data, table, question)
    names = {column.name for column in table.columns} | {value for _, values in found_values for value in values}
    names |= {word for column in table.columns for word in title_words(column.name) if len(word) > 1}
    words = tokens(question, names)
    spans = _chosen([*_valued(words, found_values), *_titled(words, table)], words)
    made: list[Piece] = []
    at = 0
    while at < len(words):
        if span := spans.get(at):
            made.append(span[1])
            at += span[0]
            continue
        border = min((start for start in spans if start > at), default=len(words))
        length, piece = _plain(words, at, border, table)
        made.append(piece)
        at += length
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    start: int
    length: int
    piece: Piece
    weight: float


def _chosen(spans: Sequence[_Span], words: Sequence[Token]) -> dict[int, tuple[int, Piece]]:
    """The weightiest, without overlaps."""
    taken: set[int] = set()
    found: dict[int, tuple[int, Piece]] = {}
    for span in sorted(spans, key=lambda span: -span.weight):
        covered = set(range(span.start, span.start + span.length))
        if not covered & taken:
            taken |= covered
            found[span.start] = (span.length, span.piece)
    return found


def _plain(words: Sequence[Token], at: int, border: int, table: Table) -> tuple[int, Piece]:
    """Words that name nothing of the data, from `at` and before `border`: how many, and what they are."""
    token = words[at]
    if token.sort in ("number", "decade", "date", "month"):
        return 1, Piece(sort=token.sort, tokens=(token,))
    for length in range(min(LONGEST, border - at), 0, -1):
        phrase = " ".join(word.low for word in words[at : at + length])
        if phrase in WORDS:
            return length, Piece(sort="word", tokens=tuple(words[at : at + length]), word=WORDS[phrase])
    for length in (2, 1):
        said = "".join(word.low for word in words[at : at + length])
        if at + length <= border and (_is_rows(said, table) if length == 1 else stem(said) == _joined_name(table)):
            return length, Piece(sort="rows", tokens=tuple(words[at : at + length]))
    if month_of(token.low):
        return 1, Piece(sort="month", tokens=(token,))
    return 1, Piece(sort="unknown", tokens=(token,))


def _is_rows(word: str, table: Table) -> bool:
    """Whether a word is what the table is called after: penguins of penguins.csv."""
    own = [stem(part) for part in title_words(table.name) if len(part) > 3]
    joined = _joined_name(table)
    said = {stem(word), *map(stem, SAME.get(stem(word), ()))}
    if said & {*own, joined, *map(stem, table.called)}:
        return True
    return any(len(part) >= 4 and stem(word).startswith(part) for part in own) or (
        len(word) > 5 and joined.endswith(stem(word))
    )


def _valued(words: Sequence[Token], known: Sequence[tuple[Column, list[str]]]) -> Iterator[_Span]:
    """Where values stand. A word that has a role is a value only as it is written in the data, with a capital, or quoted."""
    for start in range(len(words)):
        for length in range(1, min(GRAM, len(words) - start) + 1):
            part = words[start : start + length]
            said = normal(" ".join(token.text for token in part))
            beside = (*words[max(0, start - 1) : start], *words[start + length : start + length + 1])
            fits = [(column, fit) for column, values in known if (fit := fitting(said, part, beside, column, values))]
            if not fits:
                continue
            exact = [one for one in fits if any(normal(value) in (said, said.removesuffix("s")) for value in one[1])]
            fits = exact or fits
            piece = Piece(
                sort="value",
                tokens=tuple(part),
                columns=tuple(column for column, _ in fits),
                values=tuple(tuple(values) for _, values in fits),
            )
            yield _Span(start=start, length=length, piece=piece, weight=length * 10 + (5 if exact else 3))


def _titled(words: Sequence[Token], table: Table) -> Iterator[_Span]:
    """Where titles stand, or words of them."""
    for start in range(len(words)):
        for length in range(1, min(GRAM, len(words) - start) + 1):
            part = words[start : start + length]
            if _silent(part[0]) or _silent(part[-1]):
                continue
            scored = [(score, column) for column in table.columns if (score := _score(part, column))]
            if not scored:
                continue
            best = max(score for score, _ in scored)
            columns = tuple(column for score, column in scored if score == best)
            if best[0] < 1 and any(_is_rows(token.low, table) for token in part):
                continue  # avengers of avengers.csv are its rows, not its column "Avengers Intro"
            columns = tuple(column for column in columns if best[0] == 1 or _is_about(part, column))
            if not columns:
                continue
            roles = tuple(WORDS[token.low] for token in part if token.low in WORDS)
            spoken = sum(token.low not in WORDS for token in part)
            if not spoken and (best[0] < 1 or _only_a_role(words, start, length, roles)):
                continue
            piece = Piece(
                sort="column",
                tokens=tuple(part),
                columns=columns,
                inside=tuple(role for role in roles if role.role in ("measure", "up", "down")),
                full=best[0] == 1,
            )
            yield _Span(start=start, length=length, piece=piece, weight=best[2] * 10 + best[0] + best[1])


def _joined_name(table: Table) -> str:
    return stem("".join(title_words(table.name)))


def _is_about(part: Sequence[Token], column: Column) -> bool:
    """Whether words of a title say what it is about: of an order date, "date", not "order". Of numbers any may."""
    if column.numeric:
        return True
    words = [word for word in title_words(column.name) if word not in OPTIONAL]
    words = words[: words.index("of")] if "of" in words else words
    words = [word for word in words if word not in UNITS] or words
    return bool(words) and any(_alike(token, words[-1]) for token in part)


def _silent(token: Token) -> bool:
    """Whether no title begins or ends with a word."""
    word = WORDS.get(token.low)
    return bool(word and word.role in ("stop", "ask", "among", "not", "group", "compare") and word.value != "thing")


def _only_a_role(words: Sequence[Token], start: int, length: int, roles: Sequence[Word]) -> bool:
    """Whether `total` is what is to be computed, and not the column of that name."""
    if all(role.role == "unit" for role in roles):
        return False
    after = words[start + length].low if start + length < len(words) else ""
    before = words[start - 1].low if start else ""
    of = after == "of" and (roles[0].value != "thing" or words[start].low in ("number", "amount", "level", "value"))
    if of or WORDS.get(f"{before} {words[start].low}", _NO_WORD).role in ("count", "measure", "down", "up"):
        return True
    return bool(after) and after not in WORDS and roles[0].role != "stop"


def _score(part: Sequence[Token], column: Column) -> tuple[float, float, int] | None:
    """How much of the title is said, how exactly (0 to 3), in how many words; None when some word is not of the title."""
    title = title_words(column.name)
    if column.name == part[0].low and len(part) == 1:
        return (1.0, 3.0, max(1, len(title)))
    needed = [word for word in title if word not in UNITS and word not in OPTIONAL] or title
    spoken = [token for token in part if not _between(token)]
    if all(token.sort == "number" for token in spoken):
        return None
    rest, quality = list(title), 3.0
    for token in spoken:
        best = max(((_alike(token, word), word) for word in rest), default=(0.0, ""))
        if not best[0]:
            return _joined(part, title)
        quality = min(quality, best[0])
        rest.remove(best[1])
    left = [word for word in rest if word in needed]
    matched = len(title) - len(rest)
    if not any(word in needed for word in title if word not in rest):
        return None
    if quality < 2 and left:
        return None  # half a title by half a word is no name
    return ((len(needed) - len(left)) / len(needed), quality, matched)


def _between(token: Token) -> bool:
    """Whether a word may stand between those of a title."""
    word = WORDS.get(token.low)
    return bool(word and word.role in ("stop", "among", "compare") and word.value != "thing")


def _alike(token: Token, word: str) -> float:
    """Is it a word of the title? 3: the same, 2: another word for it, 1.5: what the title's word is short for."""
    if token.sort == "number":
        return 3.0 if token.text == word or (len(word) == 2 and len(token.text) == 4 and token.text.endswith(word)) else 0.0
    said, own = stem(token.low), stem(word)
    if said == own:
        return 3.0
    if said in map(stem, SAME.get(word, ())) or own in map(stem, SAME.get(token.low, ())):
        return 2.0
    return 1.5 if len(word) >= 3 and token.low.startswith(word) and len(token.low) >= len(word) + 2 else 0.0


def _joined(part: Sequence[Token], title: Sequence[str]) -> tuple[float, float, int] | None:
    """`win percentage` for winpercent."""
    before, own = "".join(token.low for token in part[:-1]), "".join(title)
    said = before + part[-1].low
    longer = len(said) - len(own)
    if (
        0 < len(before) < len(own)
        and len(own) >= 6
        and (stem(said) == stem(own) or (said.startswith(own) and longer <= _ENDING))
    ):
        return (1.0, 2.0, len(part))
    return None
