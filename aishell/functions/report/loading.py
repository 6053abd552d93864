"""The tables of a staged file, as text first, then as what their cells are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aishell.core.errors import UsageError
from aishell.core.text import one_line
from aishell.functions.report.dialect import dialect_of, unique
from aishell.functions.report.logs import Form, form_of
from aishell.functions.report.profile import profiled
from aishell.functions.report.sql import quoted
from aishell.functions.report.stage import Staged
from aishell.functions.report.typing import MOST_SPOILED, TEXT, Cast, cast_of
from aishell.functions.report.values import Table

if TYPE_CHECKING:
    import duckdb

_ROW_BYTES = 16 << 20
_LOOKED_AT = 50_000
_DIFFERENT = 2_000
_BATCH = 5_000


def tables(connection: duckdb.DuckDBPyConnection, source: Staged, wanted: str) -> tuple[Table, ...]:
    """The tables of the file, or the one that is `wanted`. Raises UsageError, duckdb.Error."""
    if source.kind == "sqlite":
        return tuple(_of_sqlite(connection, source, wanted))
    if wanted and wanted != source.stem:
        raise UsageError(f"There is no table {wanted!r}.", hint=f"There is one only, {source.stem}.")
    lost, separator = 0, ","
    if source.kind == "parquet":
        connection.execute(f"CREATE TABLE raw AS FROM read_parquet('{source.path}', hive_partitioning = false)")
    elif source.kind in ("json", "jsonl"):
        lost = _json(connection, source)
    elif source.kind == "log":
        lost = _log(connection, source)
    else:
        lost, separator = _csv(connection, source)
    notes = list(source.notes)
    if lost:
        notes.append(f"{lost} {_LOST.get(source.kind, 'rows')} could not be read and were left out.")
    if source.kind == "log" and _without_year(source.head):
        notes.append(f"Its times have no year; {source.year} was taken.")
    table = typed(connection, "raw", source.stem, notes, separator)
    form = form_of(source.head) if source.kind == "log" else None
    return (replace(table, called=form.called if form else ()),) if table.columns else ()


_LOST = {"csv": "broken rows", "tsv": "broken rows", "jsonl": "lines that are no JSON object", "log": "lines of another form"}


def typed(connection: duckdb.DuckDBPyConnection, raw: str, name: str, notes: Sequence[str] = (), separator: str = ",") -> Table:
    """Makes the table `name` of the table `raw`, which goes: its titles clean, its text numbers and dates where it is that."""
    old = [(str(row[0]), str(row[1])) for row in connection.execute(f"DESCRIBE {quoted(raw)}").fetchall()]
    titles = unique([title for title, _ in old])
    casts = {title: _cast(connection, raw, title, kind, separator) for title, kind in old}
    selected = ", ".join(
        f"{_value(title, kind, casts[title])} AS {quoted(new)}" for (title, kind), new in zip(old, titles, strict=True)
    )
    made = f"{raw} {name}"  # as no table is called that is read
    connection.execute(f"CREATE TABLE {quoted(made)} AS SELECT {selected} FROM {quoted(raw)}")
    spoiled = {new: casts[title][1] for (title, _), new in zip(old, titles, strict=True)}
    told = [*notes]
    for (title, _kind), new in zip(old, titles, strict=True):
        cast, count = casts[title]
        if cast and count:
            told.append(f"{count} cells of {new} are no {_SAID[cast.kind]} and count as missing.")
        if cast and cast.note:
            told.append(f"Of {new}, {cast.note}.")
    connection.execute(f"DROP TABLE {quoted(raw)}")
    connection.execute(f"ALTER TABLE {quoted(made)} RENAME TO {quoted(name)}")
    return profiled(connection, name, spoiled, told)


_SAID = {"integer": "whole number", "number": "number", "date": "date", "time": "time", "text": "text"}


def extended(connection: duckdb.DuckDBPyConnection, table: Table, title: str, values: Sequence[str | None]) -> Table:
    """`table` with one more column of text, a value for each row in their order."""
    name = unique([*(column.name for column in table.columns), title])[-1]
    connection.execute(f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(name)} VARCHAR")
    for start in range(0, len(values), _BATCH):
        connection.execute(
            f"UPDATE {quoted(table.name)} SET {quoted(name)} = list_extract(?, CAST(rowid - ? + 1 AS INTEGER))"
            " WHERE rowid >= ? AND rowid < ?",
            [list(values[start : start + _BATCH]), start, start, start + _BATCH],
        )
    return profiled(connection, table.name, {column.name: column.spoiled for column in table.columns}, table.notes)


def _cast(connection: duckdb.DuckDBPyConnection, raw: str, title: str, kind: str, separator: str) -> tuple[Cast | None, int]:
    """How a column is read, and how many of its cells are nothing of that kind; None: as it is."""
    if kind != "VARCHAR":
        return None, 0
    name = quoted(title)
    sql = f"SELECT DISTINCT left({name}, 64) FROM (SELECT {name} FROM {quoted(raw)} USING SAMPLE reservoir({_LOOKED_AT} ROWS)"
    sql += f" REPEATABLE (1)) WHERE {name} IS NOT NULL LIMIT {_DIFFERENT}"
    cast = cast_of([str(row[0]) for row in connection.execute(sql).fetchall()], separator)
    if cast.how == "text":
        return cast, 0
    sql = f"SELECT count(*), count({cast.sql(title)}) FROM {quoted(raw)} WHERE {cast.filled(title)}"
    filled, good = connection.execute(sql).fetchone() or (0, 0)
    return (cast, filled - good) if filled - good <= MOST_SPOILED * filled else (TEXT, 0)


def _value(title: str, kind: str, cast: tuple[Cast | None, int]) -> str:
    """A cell as a number, a date, a yes or no, or a text; of anything else its JSON or text."""
    name = quoted(title)
    if cast[0]:
        return cast[0].sql(title)
    if kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"):
        return f"CAST({name} AS BIGINT)"
    if kind in ("FLOAT", "DOUBLE", "HUGEINT", "UBIGINT", "UHUGEINT") or kind.startswith("DECIMAL"):
        return f"CASE WHEN isfinite(CAST({name} AS DOUBLE)) THEN CAST({name} AS DOUBLE) END"
    if kind == "DATE":
        return name
    if kind.startswith("TIMESTAMP"):
        return f"CAST({name} AS TIMESTAMP)"
    if kind == "JSON":
        return f"{name} ->> '$'"
    return f"CAST({name} AS VARCHAR)"


def _csv(connection: duckdb.DuckDBPyConnection, source: Staged) -> tuple[int, str]:
    """The table `raw`; how many rows were broken, and what separates cells."""
    dialect = dialect_of(source.head)
    columns = "{" + ", ".join(f"{_literal(title)}: 'VARCHAR'" for title in dialect.titles) + "}"
    connection.execute(
        f"CREATE TABLE raw AS FROM read_csv('{source.path}', auto_detect = false, header = false, skip = {dialect.skip},"
        f" columns = {columns}, delim = {_literal(dialect.separator)}, quote = '\"', escape = '\"', ignore_errors = true,"
        f" store_rejects = true, rejects_limit = 0, max_line_size = {_ROW_BYTES}, compression = 'none', strict_mode = true)"
    )
    found = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
    connection.execute("DROP TABLE reject_errors")
    connection.execute("DROP TABLE reject_scans")
    return (int(found[0]) if found else 0), dialect.separator


def _json(connection: duckdb.DuckDBPyConnection, source: Staged) -> int:
    lines = source.kind == "jsonl"
    how = "'newline_delimited', ignore_errors = true" if lines else "'auto'"
    connection.execute(
        f"CREATE TABLE raw AS FROM read_json('{source.path}', format = {how}, maximum_object_size = {_ROW_BYTES},"
        " sample_size = 100000, union_by_name = true, convert_strings_to_integers = false, hive_partitioning = false,"
        " compression = 'none', maximum_depth = 2, records = 'true', dateformat = 'none', timestampformat = 'none')"
    )
    names = [quoted(str(row[0])) for row in connection.execute("DESCRIBE raw").fetchall()]
    empty = " AND ".join(f"{name} IS NULL" for name in names)
    found = connection.execute(f"SELECT count(*) FROM raw WHERE {empty}").fetchone()
    connection.execute(f"DELETE FROM raw WHERE {empty}")
    return int(found[0]) if found else 0


def _log(connection: duckdb.DuckDBPyConnection, source: Staged) -> int:
    form = form_of(source.head)
    if form is None:
        raise UsageError(f"{source.shown} is no log that is known here.", hint="Known: combined, syslog, LEVEL message.")
    lost = [0]
    with source.path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        _through_json(connection, source.folder, "raw", form.titles, form.rows(lines, source.year, lost))
    return lost[0]


def _without_year(head: str) -> bool:
    form: Form | None = form_of(head)
    first = next(form.rows(head.splitlines(), 0, [0]), {}) if form else {}
    return str(first.get("time") or "").endswith(" 0")


def _of_sqlite(connection: duckdb.DuckDBPyConnection, source: Staged, wanted: str) -> Iterator[Table]:
    """Each table, read by Python's own sqlite3, which changes nothing. Views are left alone: one may compute without end."""
    uri = f"file:{source.path}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as file:
            file.text_factory = lambda data: data.decode("utf-8", "replace")
            listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            names = [str(row[0]) for row in file.execute(listed)]
            if wanted and wanted not in names:
                raise UsageError(f"There is no table {wanted!r}.", hint=f"Tables: {', '.join(map(one_line, names))}.")
            chosen = [wanted] if wanted else names
            for number, (name, shown) in enumerate(zip(chosen, unique(chosen), strict=True)):
                cursor = file.execute(f"SELECT * FROM {quoted(name)}")
                titles = unique([str(column[0]) for column in cursor.description])
                rows = (dict(zip(titles, map(_of_cell, row), strict=True)) for row in cursor)
                _through_json(connection, source.folder, f"raw {number}", titles, rows)
                made = typed(connection, f"raw {number}", shown)
                if made.columns:
                    yield made
    except sqlite3.Error as error:
        raise UsageError(f"{source.shown} cannot be read as an SQLite file: {error}.") from None


def _of_cell(value: Any) -> Any:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else value


def _through_json(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, titles: Sequence[str], rows: Iterable[dict[str, Any]]
) -> None:
    """The table `name` of rows, all text as yet, through a file: rows handed over one by one take many times as long."""
    between = folder / "rows.jsonl"
    with between.open("w", encoding="utf-8", errors="replace") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    columns = "{" + ", ".join(f"{_literal(title)}: 'VARCHAR'" for title in titles) + "}"
    connection.execute(
        f"CREATE TABLE {quoted(name)} AS FROM read_json('{between}', format = 'newline_delimited', columns = {columns},"
        f" maximum_object_size = {_ROW_BYTES})"
    )
    between.unlink()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
