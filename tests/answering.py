"""Documents and a scripted model for the tests of answers: the model finds stated what a passage shares with the question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from aishell.core.memory import Recollection
from aishell.memory.collections import Brought, Collection, Collections
from aishell.memory.documents.reader import Reader

LENDING = """# The library

Books are lent for four weeks.
Films are lent for one week, and
games for two.

## Fees

- A late book costs **20 cents** a day.
- Children pay nothing.

| card | price |
|---|---|
| adult | 12 euros |
| student | 5 euros |
"""
CHINESE = "# 图书馆\n\n周一闭馆。周二到周日九点开门。\n"


def collections(folder: Path) -> Collections:
    return Collections(folder / "collections", redact=str)


def library(folder: Path) -> Collection:
    """A collection of two documents, read."""
    documents = folder / "documents"
    documents.mkdir()
    (documents / "lending.md").write_text(LENDING)
    (documents / "kaifang.md").write_text(CHINESE)
    made = collections(folder).create("library")
    brought(made, documents)
    return made


def brought(collection: Collection, path: Path) -> Brought:
    """What came of reading it again."""
    return [*reading(collection, path)][-1]


def reading(collection: Collection, path: Path) -> Iterator[Brought]:
    with Reader() as reader:
        for now in collection.read(collection.add(path), reader):
            if isinstance(now, Brought):
                yield now


async def found(collection: Collection, question: str) -> list[Recollection]:
    return await collection.find(question, None, limit=6)


def script(folder: Path, *others: dict[str, Any]) -> dict[str, str]:
    """A model that finds the answer stated where the words `late` or `闭馆` stand in text and question, else missing."""
    lines = [
        *others,
        {"when": r"(?s)late book.*Question: .*late.*stated or", "say": "stated", "weight": -4.0},
        {"when": r"(?s)闭馆.*Question: .*闭馆.*stated or", "say": "stated", "weight": -4.0},
        {"when": "stated or missing", "say": "missing", "weight": -5.0},
        {"when": "Which sentence answers", "say": "1", "weight": -0.1},
        {"when": "First: ", "say": "How much is a late film?"},
        {"when": "Lines:", "say": "A late book costs 99 cents a day."},
        {"when": "", "say": "The answer is forty-two."},
    ]
    file = folder / "model.json"
    file.write_text(json.dumps(lines))
    return {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(file)}


def closed(collection: Collection) -> closing[Collection]:
    return closing(collection)
