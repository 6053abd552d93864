"""A second opinion: one SELECT that the model writes, run only when it is proven to read the loaded table and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from aishell.core.errors import AishellError
from aishell.core.text import one_line
from aishell.core.types import Prompt
from aishell.functions.asking import Model, conversation
from aishell.functions.report.read import Data
from aishell.functions.report.sql import quoted
from aishell.functions.report.values import Cell, Column, Table

INSTRUCTION = (
    "You write one DuckDB SELECT that answers a question about a table. You use its columns only, quoted. You answer with SQL"
    " alone. When the table does not say what is asked, you answer NONE."
)
EXAMPLES = (
    (
        'Table "orders" (5210 rows)\n"id" integer\n"placed" date 2021-01-03 to 2023-12-30\n"city" text: Oslo, Rome, Lima\n'
        '"amount" number 1.5 to 980.0\n"paid" text: yes, no\nQuestion: What was the average amount in Rome in 2022?',
        'SELECT avg("amount") FROM "orders" WHERE "city" = \'Rome\' AND year("placed") = 2022',
    ),
    (
        'Table "staff" (88 rows)\n"name" text: A. Berg, B. Holm\n"team" text: sales, support\n"pay" integer 2100 to 9000\n'
        "Question: Which team has the most people?",
        'SELECT "team", count(*) FROM "staff" GROUP BY "team" ORDER BY count(*) DESC LIMIT 1',
    ),
    (
        'Table "staff" (88 rows)\n"name" text: A. Berg, B. Holm\n"pay" integer 2100 to 9000\nQuestion: How old is the eldest?',
        "NONE",
    ),
)
_MOST_COLUMNS = 24
_TOKENS = 120
_MOST_ROWS = 2000
_SECONDS = 10.0
"""It may join a table with itself without end."""


def prompt(table: Table, question: str, first: tuple[Column, ...] = ()) -> Prompt:
    """`first`: columns that are to be shown in any case."""
    columns = [*first, *(column for column in table.columns if column not in first)][:_MOST_COLUMNS]
    described = "\n".join(_described(column) for column in table.columns if column in columns)
    text = f"Table {quoted(table.name)} ({table.rows} rows)\n{described}\nQuestion: {one_line(question, 300)}"
    made = conversation(INSTRUCTION, EXAMPLES, text)
    return Prompt(messages=made.messages, stable=made.stable, max_tokens=_TOKENS, stop=(";", "\n\n"))


async def answered(
    model: Model, data: Data, table: Table, question: str, first: tuple[Column, ...]
) -> tuple[str, list[tuple[Cell, ...]]]:
    """The model's SQL and its rows; no rows when it is not SQL that may run here. Raises ModelUnavailable."""
    reply, _whole = await model.reply(prompt(table, question, first))
    sql = _bare(reply)
    if not safe(data, table, sql):
        return sql, []
    try:
        return sql, data.rows(sql, most=_MOST_ROWS, seconds=_SECONDS)
    except AishellError:
        return sql, []


def safe(data: Data, table: Table, sql: str) -> bool:
    """Whether DuckDB's own parser finds one SELECT in it, from this table alone and with no function that makes a table."""
    if not re.match(r"\s*(select|with)\b", sql, re.IGNORECASE):
        return False
    try:
        text = str(data.rows("SELECT json_serialize_sql(?)", [sql])[0][0])
        tree = json.loads(text)
    except (AishellError, ValueError, RecursionError):
        return False
    if tree.get("error") or len(tree.get("statements", ())) != 1:
        return False
    known = {table.name.lower(), *_defined(tree)}
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            return False
        if node.get("type") == "BASE_TABLE":
            elsewhere = node.get("schema_name") or node.get("catalog_name")
            if elsewhere or str(node.get("table_name", "")).lower() not in known:
                return False
    return True


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _defined(tree: Any) -> Iterator[str]:
    """Names that WITH gives."""
    for node in _nodes(tree):
        if isinstance(node.get("cte_map"), dict):
            yield from (str(one.get("key", "")).lower() for one in node["cte_map"].get("map", []))


def _bare(reply: str) -> str:
    fenced = re.search(r"```(?:sql)?\s*(.*?)(?:```|$)", reply, re.DOTALL)
    return (fenced[1] if fenced else reply).strip().rstrip(";").strip()


def _described(column: Column) -> str:
    if column.kind == "text":
        shown = ", ".join(one_line(str(value), 24) for value in column.examples[:4])
        return f"{quoted(column.name)} text: {shown}"
    return f"{quoted(column.name)} {column.kind} {column.low} to {column.high}"
