"""How a table of text is written: its encoding, what separates its cells, whether its first row has the titles."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from aishell.core.text import one_line

SAMPLE = 1 << 18
"""Bytes that are looked at."""
_SEPARATORS = ",;\t|"
_LOOKED_AT = 200
_VALUE = re.compile(r"[-+]?[$€£¥]?\d[\d.,:/\s-]*%?|true|false|yes|no|na|nan|null", re.IGNORECASE)
"""A cell that is no title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the rows of a text are to be taken apart."""

    separator: str
    titles: tuple[str, ...]
    skip: int
    """Lines before the first row of values."""


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its first bytes: by its mark, UTF-8 where it can be that, else the likeliest."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return name
    try:
        head[: len(head) - 3 if len(head) == SAMPLE else None].decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 3:  # a character that the sample cuts in two
            return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(head[: 1 << 16]).best()
    return best.encoding if best else "latin-1"


def dialect_of(text: str) -> Dialect:
    """Of a text's beginning, which may end anywhere."""
    lines = text.splitlines(keepends=True)
    skip = 0
    separators = _SEPARATORS
    while skip < len(lines) and not lines[skip].strip():
        skip += 1
    if skip < len(lines) and (said := re.fullmatch(r"sep=(.)\s*", lines[skip])):  # as spreadsheets write it
        separators, skip = said[1], skip + 1
    sample = "".join(lines[skip:])
    separator = max(separators, key=lambda one: _regular(sample, one))
    rows = _rows(sample, separator)
    first = rows[0] if rows else []
    width = Counter(len(row) for row in rows).most_common(1)[0][0] if rows else 1
    if _are_titles(first, rows[1:]):
        return Dialect(separator=separator, titles=unique(first), skip=skip + _height(sample, separator))
    return Dialect(separator=separator, titles=unique([""] * width), skip=skip)


def unique(titles: list[str]) -> tuple[str, ...]:
    """Titles on one line, none empty, no two the same in whatever case."""
    found: list[str] = []
    seen: set[str] = set()
    for number, title in enumerate(titles, 1):
        clean = one_line(title.strip(), 80).replace("\0", "") or f"column {number}"
        name, again = clean, 2
        while name.lower() in seen:
            name, again = f"{clean} {again}", again + 1
        seen.add(name.lower())
        found.append(name)
    return tuple(found)


def _rows(sample: str, separator: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if row:
                found.append(row)
            if len(found) > _LOOKED_AT:
                break
    except csv.Error:
        return []
    return found[:-1] if len(found) > 2 else found  # the last may be half a row


def _regular(sample: str, separator: str) -> tuple[float, int]:
    """How many rows have as many cells as most do, and how many that is; nothing for rows of one cell."""
    rows = _rows(sample, separator)
    if not rows:
        return 0.0, 0
    width, count = Counter(len(row) for row in rows).most_common(1)[0]
    return (count / len(rows), width) if width > 1 else (0.0, 1)


def _are_titles(first: list[str], rest: list[list[str]]) -> bool:
    cells = [cell.strip() for cell in first if cell.strip()]
    if not cells or any(_VALUE.fullmatch(cell) and not re.fullmatch(r"(1[89]|20)\d\d", cell) for cell in cells):
        return False
    if 2 * len({cell.lower() for cell in cells}) <= len(cells) > 1:
        return False  # titles differ, most of them
    years = sum(cell.isdigit() for cell in cells)
    return years < len(cells) and (not rest or len(first) > 1 or max(map(len, cells)) < 60)


def _height(sample: str, separator: str) -> int:
    """How many lines the first row takes: a quoted title may hold line ends."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    next(reader, None)
    return reader.line_num
