"""What the cells of a column of text are: numbers as people write them, dates, or text; decided by a sample, then told apart.

A cell that is nothing of its column's kind counts as missing, and is counted. A column of which more than one cell in twenty
would be lost stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aishell.functions.report.sql import quoted
from aishell.functions.report.values import Kind

MOST_SPOILED = 0.05
_NO_NUMBER = ("na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "—", ".", "?", "unknown")
"""What stands for a missing number or date."""
_NO_TEXT = ("null", "n/a", "#n/a", "nan")
"""And for a missing text: fewer, since None and NA are values in many tables."""

_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,17})")
_CODE = re.compile(r"0\d+")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+")
_SIGNS = re.compile(r"^([-+]?)\s*[$€£¥￥]\s*|\s*([$€£¥￥%]|USD|EUR|GBP|CNY|RMB|元)$")

_DATES = tuple(
    "%Y-%m-%d|%Y/%m/%d|%Y.%m.%d|%Y年%m月%d日|%d.%m.%Y|%m/%d/%Y|%d/%m/%Y|%m/%d/%y|%d/%m/%y|%d-%m-%Y|%b %d %Y|%d %b %Y|%d-%b-%y"
    "|%d-%b-%Y|%B %d, %Y|%b %d, %Y|%d %B %Y|%Y-%m".split("|")
)
_TIMES = tuple(
    "%Y-%m-%d %H:%M:%S|%Y-%m-%dT%H:%M:%S|%Y/%m/%d %H:%M:%S|%Y-%m-%d %H:%M|%Y/%m/%d %H:%M|%Y-%m-%dT%H:%M|%Y-%m-%d %H:%M:%S.%f"
    "|%Y-%m-%dT%H:%M:%S.%f|%Y-%m-%dT%H:%M:%SZ|%Y-%m-%dT%H:%M:%S.%fZ|%m/%d/%Y %H:%M|%m/%d/%Y %H:%M:%S|%d/%m/%Y %H:%M"
    "|%d.%m.%Y %H:%M|%b %d %H:%M:%S %Y|%b  %d %H:%M:%S %Y".split("|")
)
_ZONED = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%d/%b/%Y:%H:%M:%S %z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """How a column of text is read."""

    kind: Kind
    how: Literal["plain", "grouped", "comma", "format", "text"] = "text"
    format: str = ""
    note: str = ""
    missing: tuple[str, ...] = ()
    """What stands for a missing text, in lower case."""

    def sql(self, name: str) -> str:
        """The typed value of the column `name`; NULL for a cell that has none."""
        clean = f"trim({quoted(name)})"
        if self.how == "text":
            return f"CASE WHEN {clean} = '' OR lower({clean}) IN {_listed(self.missing or _NO_TEXT)} THEN NULL ELSE {clean} END"
        if self.how == "format":
            zoned = "%z" in self.format
            time = f"try_strptime({clean}, {literal(self.format)})" + (" AT TIME ZONE 'UTC'" if zoned else "")
            return f"CAST({time} AS {'DATE' if self.kind == 'date' else 'TIMESTAMP'})"
        bare = rf"regexp_replace({clean}, '{_SIGNS.pattern}', '\1', 'g')"
        if self.how == "grouped":
            bare = f"replace({bare}, ',', '')"
        elif self.how == "comma":
            bare = f"replace(replace({bare}, '.', ''), ',', '.')"
        # 'nan' and 'inf' are numbers to DuckDB, and would make every sum one
        return f"CASE WHEN isfinite(TRY_CAST({bare} AS DOUBLE)) THEN TRY_CAST({bare} AS {_TYPES[self.kind]}) END"

    def filled(self, name: str) -> str:
        """A condition: the cell says something, whether or not it is of this kind."""
        clean = f"trim({quoted(name)})"
        return f"({clean} <> '' AND lower({clean}) NOT IN {_listed(_NO_NUMBER)})"


_TYPES: dict[Kind, str] = {"integer": "BIGINT", "number": "DOUBLE"}
TEXT = Cast(kind="text")


def cast_of(values: Sequence[str], separator: str = ",") -> Cast:
    """By some different values of a column. `separator`: of its cells; with a semicolon, decimal commas are usual."""
    filled = [value for value in (value.strip() for value in values) if value and value.lower() not in _NO_NUMBER]
    if not filled:
        return TEXT
    enough = (1 - MOST_SPOILED) * len(filled)
    bare = [_SIGNS.sub(r"\1", value) for value in filled]
    if sum(bool(_CODE.fullmatch(value)) for value in bare) > 0:
        return TEXT  # 00501 is a name, and has to stay one
    if sum(bool(_INTEGER.fullmatch(value)) for value in bare) >= enough and not any("." in value for value in bare):
        return Cast(kind="integer", how="plain")
    if sum(bool(_PLAIN.fullmatch(value)) for value in bare) >= enough:
        return Cast(kind="number", how="plain")
    commas = sum(bool(_COMMA.fullmatch(value) or _PLAIN.fullmatch(value)) for value in bare)
    grouped = sum(bool(_GROUPED.fullmatch(value) or _PLAIN.fullmatch(value)) for value in bare)
    if max(commas, grouped) >= enough:
        return _with_commas(bare, commas > grouped or (commas == grouped and separator == ";"))
    found = _temporal(filled, enough)
    codes = sum(len(value) == 2 and value.isupper() for value in filled)  # of countries, where NA is one
    return replace(found, missing=(*_NO_TEXT, "na")) if found == TEXT and 2 * codes < len(filled) else found


def _with_commas(bare: Sequence[str], decimal: bool) -> Cast:
    if decimal:
        return Cast(kind="number", how="comma")
    whole = all("." not in value for value in bare)
    return Cast(kind="integer" if whole else "number", how="grouped")


def _temporal(filled: Sequence[str], enough: float) -> Cast:
    if sum(any(character.isdigit() for character in value) and len(value) < 40 for value in filled) < enough:
        return TEXT
    import duckdb

    with duckdb.connect() as connection:
        for kind, formats in (("date", _DATES), ("time", (*_TIMES, *_ZONED))):
            fits = [form for form in formats if _fitting(connection, filled, form) >= enough]
            if fits:
                note = "" if len(fits) == 1 or not fits[0].startswith("%m/%d") else "its dates were read as month/day/year"
                return Cast(kind="date" if kind == "date" else "time", how="format", format=fits[0], note=note)
    return TEXT


def _fitting(connection: object, values: Sequence[str], form: str) -> int:
    import duckdb

    assert isinstance(connection, duckdb.DuckDBPyConnection)
    # %Y takes "95" for the year 95, which %y is for
    sql = "SELECT count(*) FROM (SELECT unnest($values) AS value) WHERE year(try_strptime(value, $form)) >= 1000"
    found = connection.execute(sql, {"form": form, "values": list(values)}).fetchone()
    return int(found[0]) if found else 0


def literal(text: str) -> str:
    """`text` as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _listed(words: Sequence[str]) -> str:
    return "(" + ", ".join(map(literal, words)) + ")"
