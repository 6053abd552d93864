"""Values of a table that stand in a question, in whatever form: Sundays for Sun, women for female."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aishell.functions.report.read import Data
from aishell.functions.report.sql import quoted
from aishell.functions.report.titles import title_words
from aishell.functions.report.tokens import Token
from aishell.functions.report.values import Column, Table
from aishell.functions.report.words import ALSO, WORDS, stem

GRAM = 6
"""Words of a name, at most."""
_FEW = 4
"""Values of a column in which one letter may stand for a word: F for female."""
_MOST_VALUES = 40
_VALUE = r"trim(regexp_replace(lower({}), '[^\p{{L}}\p{{N}}]+', ' ', 'g'))"
"""A value as it is compared: lower case, words only."""


def values_in(data: Data, table: Table, question: str) -> list[tuple[Column, list[str]]]:
    """Of each column of text, its values that stand in the question, in whatever form."""
    variants = sorted({form for gram in _grams(question) for form in _forms(gram)})
    found = []
    for column in table.columns:
        if column.kind != "text" or not variants:
            continue
        name = quoted(column.name)
        normal = _VALUE.format(name)
        different = f"SELECT DISTINCT {name} FROM {quoted(table.name)}"  # first, since the rest costs more a value
        sql = f"SELECT {name} FROM ({different}) WHERE {normal} IN (SELECT unnest(?)) LIMIT {_MOST_VALUES}"
        if values := [str(row[0]) for row in data.rows(sql, [variants])]:
            found.append((column, sorted(values)))
    return found


def _grams(question: str) -> Iterator[str]:
    """Neighbouring words of the question, and neighbouring Chinese letters."""
    words = normal(re.sub(r"([\u3400-\u4dbf\u4e00-\u9fff]+)", r" \1 ", question)).split()
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + GRAM) + 1):
            yield " ".join(words[start:end])
    for run in re.findall(r"[\u3400-\u4dbf\u4e00-\u9fff]+", question):
        for start in range(len(run)):
            for end in range(start + 1, min(len(run), start + 12) + 1):
                yield run[start:end]


def _forms(gram: str) -> set[str]:
    """A name as the data may have it: singular, or another word for the same."""
    found = {gram, gram.removesuffix("s"), gram.removesuffix("es"), gram.removesuffix(" s")}
    if gram.endswith("ies"):
        found.add(gram[:-3] + "y")
    if gram.endswith("children"):
        found.add(gram[:-3])
    if gram.endswith("men"):
        found.add(gram[:-2] + "an")
    for group in ALSO:
        if found & set(group):
            found |= set(group)
    return {form for form in found if form}


def normal(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.lower()).split())


def fitting(said: str, part: Sequence[Token], beside: Sequence[Token], column: Column, values: Sequence[str]) -> list[str]:
    """Those of a column's values that a part of the question is; one letter is one where the title stands beside it."""
    forms = _forms(said)
    found = [value for value in values if normal(value) in forms]
    quoted_one = len(part) == 1 and part[0].sort == "quoted"
    if quoted_one:
        return [value for value in values if value.lower() == part[0].low] or found
    if any(stem(token.low) in map(stem, title_words(column.name)) for token in beside):
        return found
    if len(said) < 2 and not (part[0].chinese and len(part) == 1):
        found = []
    if any(len(value) < 2 for value in found) and column.distinct > _FEW:
        found = [value for value in found if len(value) >= 2]
    role = WORDS.get(" ".join(token.low for token in part))
    if role and not (part[0].text[:1].isupper() and part[0].text in values and role.role not in ("stop", "ask", "not")):
        return []
    if len(part) == 1 and part[0].sort == "number":
        return []  # a number is compared with numbers; of a code it is a value when it is quoted
    return found
