"""What the right answers to questions about tables are made of: rows as the standard library reads them, and plain Python."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
Gold = float | str | dict[str, float] | None
"""A number; a name; a number for each name; None when the table does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    file: str
    text: str
    gold: Callable[[list[Row]], Gold]


def rows(file: Path) -> list[Row]:
    """The rows of a CSV, TSV or JSON file, as the standard library reads it."""
    if file.suffix == ".json":
        found: list[Row] = json.loads(file.read_text("utf-8"))
        return found
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if file.suffix == ".tsv" else ","))


def numbers(found: Iterable[Row], column: str) -> list[float]:
    return [float(row[column]) for row in found if row[column] not in ("", None, "NA")]


def grouped(found: Iterable[Row], by: str, column: str, of: Callable[[list[float]], float]) -> dict[str, float]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        if row[by] not in ("", None):
            groups[str(row[by])].append(row)
    return {name: of(values) for name, members in groups.items() if (values := numbers(members, column))}


def highest(found: Mapping[str, float]) -> str:
    return max(found, key=found.__getitem__)


def most(found: Mapping[str, float], count: int) -> dict[str, float]:
    return dict(sorted(found.items(), key=lambda item: -item[1])[:count])


def counted(found: Iterable[Row], by: str) -> dict[str, float]:
    return {name: float(count) for name, count in Counter(str(row[by]) for row in found if row[by] not in ("", None)).items()}


def ask(file: str, text: str, gold: Callable[[list[Row]], Gold]) -> Question:
    return Question(file=file, text=text, gold=gold)


mean = statistics.fmean
