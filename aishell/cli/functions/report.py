"""`aishell report DATA [QUESTION]`: what a table says: an answer computed from it, or an overview, as text, page or picture."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing, nullcontext
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli import badge, stdio
from aishell.cli.bars import bar
from aishell.cli.functions import reported
from aishell.cli.functions.filter import Told
from aishell.cli.parser import Parser
from aishell.cli.supervised import run_async
from aishell.core.errors import UsageError
from aishell.core.types import Priority
from aishell.functions.report.stage import KINDS
from aishell.wiring.functions import open_functions

if TYPE_CHECKING:
    from aishell.functions.asking import Model
    from aishell.functions.offer import Offer
    from aishell.functions.report.read import Data
    from aishell.functions.report.values import Report

_FORMATS = ("text", "markdown", "html", "json")
_LIMIT = 1000
_JOBS = 4


def parser() -> Parser:
    made = Parser(prog="aishell report", description="what a table says, every number computed from it", allow_abbrev=False)
    made.add_argument("data", metavar="DATA", help="CSV, TSV, JSON, JSONL, Parquet, SQLite, a log; - is standard input")
    made.add_argument("question", nargs="?", default="", metavar="QUESTION", help="without one: an overview")
    made.add_argument("--table", default="", metavar="NAME", help="of several tables, this one")
    made.add_argument("--as", dest="kind", choices=KINDS, default="", help=f"what DATA is: {', '.join(KINDS)}")
    made.add_argument("--format", choices=_FORMATS, help="text, or by the name of --out")
    made.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    made.add_argument("--out", metavar="FILE", help="write it there; Markdown gets its pictures beside it")
    made.add_argument("--pictures", choices=("svg", "png"), default="svg", help="of Markdown (svg)")
    made.add_argument("--sql", action="store_true", help="also show what was computed, as SQL")
    made.add_argument("--no-model", action="store_true", help="answer only what is sure by rule")
    made.add_argument("--classify", default="", metavar="FIELD", help="add a column: which of --labels fits each text of FIELD")
    made.add_argument("--labels", default="", metavar="A,B,C", help="the labels to choose from")
    made.add_argument("--what", default="label", help="what the labels are, and the name of the new column")
    made.add_argument(
        "--sentiment", default="", metavar="FIELD", help="add a column: is each text of FIELD positive, negative, ..."
    )
    made.add_argument("--limit", type=int, default=_LIMIT, metavar="N", help=f"texts that are read for it ({_LIMIT})")
    made.add_argument(
        "--every", default="", metavar="WHEN", help='print the timer that would run this: daily, "monday 08:00", ...'
    )
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    _check(options)
    if options.every:
        stdio.show(_timer(options, arguments))
        return 0
    from aishell.functions.report.overview import overview
    from aishell.functions.report.read import opened

    stdin = open(0, "rb", closefd=False) if options.data == "-" else None  # noqa: SIM115 - it stays open for whoever comes next
    with opened(options.data, kind=options.kind, table=options.table, stdin=stdin) as data:
        if not options.question and not _added(options):
            return _put(overview(data, table=options.table), options)
        return run_async(_answered(options, data))


def _check(options: Namespace) -> None:
    """Raises UsageError."""
    if options.classify and options.sentiment:
        raise UsageError("Only one of --classify and --sentiment is possible at once.")
    if bool(options.classify) != bool(options.labels):
        raise UsageError("--classify FIELD and --labels A,B,C belong together.", hint=parser().format_usage().strip())
    if options.limit < 1:
        raise UsageError("--limit needs a number from 1.")
    if not options.format:
        ending = os.path.splitext(options.out or "")[1].lower()
        options.format = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}.get(ending, "text")


def _timer(options: Namespace, arguments: list[str]) -> str:
    """Raises UsageError."""
    from aishell.functions.report.every import units, when

    if options.data == "-":
        raise UsageError("Standard input is gone the next time.", hint="Give a file.")
    at = arguments.index("--every") if "--every" in arguments else -1
    rest = [word for number, word in enumerate(arguments) if number not in (at, at + 1) or at < 0]
    rest = [
        os.path.abspath(word) if word in (options.data, options.out) else word
        for word in rest
        if not word.startswith("--every=")
    ]
    program = shutil.which("aishell")
    command = [program] if program else [sys.executable, "-m", "aishell"]
    rhythm = when(options.every)
    return units(os.path.basename(options.data), [*command, "report", *rest], os.getcwd(), rhythm)


async def _answered(options: Namespace, data: Data) -> int:
    from aishell.functions.report.answering import answer

    async with AsyncExitStack() as stack:
        if _added(options):
            data = await _with_labels(options, data, await _offer(stack, Priority.IDLE))
        question = options.question or f"How many rows per {_added(options)}?"

        async def model() -> Model | None:
            return None if options.no_model else (await _offer(stack, Priority.NOW)).model

        async with stdio.Waiting():
            made = await answer(data, question, model, table=options.table)
        return _put(made, options)


async def _offer(stack: AsyncExitStack, priority: Priority) -> Offer:
    loaded, paths = wiring.settings()
    badge.show(loaded.settings, "functions")
    return await stack.enter_async_context(open_functions(loaded.settings, paths, priority=priority))


def _added(options: Namespace) -> str:
    """The name of the column that is added."""
    return str(options.what) if options.classify else "sentiment" if options.sentiment else ""


async def _with_labels(options: Namespace, data: Data, offer: Offer) -> Data:
    """The data with a column of labels; the first --limit rows have one. Raises UsageError."""
    from aishell.functions.records import Record
    from aishell.functions.report.sql import quoted
    from aishell.functions.stream import in_order

    table = data.table(options.table) if options.table else data.tables[0]
    field = options.classify or options.sentiment
    if field not in [column.name for column in table.columns]:
        names = ", ".join(column.name for column in table.columns)
        raise UsageError(f"{table.name} has no column {field!r}.", hint=f"Its columns: {names}.")
    sql = f"SELECT CAST({quoted(field)} AS VARCHAR) FROM {quoted(table.name)} ORDER BY rowid LIMIT {options.limit}"
    texts = [str(row[0] or "") for row in data.rows(sql, most=options.limit)]
    different = list(dict.fromkeys(text for text in texts if text.strip()))
    function = offer.classify(options.labels.split(","), what=options.what) if options.classify else offer.sentiment()
    labels: dict[str, str] = {}
    told = Told()
    records: Iterator[Record] = (Record(text=text, place=f"row {number}") for number, text in enumerate(different, 1))
    with bar(_added(options)) if len(different) > 1 else nullcontext(lambda *_: None) as progress:
        async with aclosing(in_order(records, function, _JOBS)) as results:
            async for done in results:
                told(done)
                if done.result:
                    labels[done.record.text] = str(done.result.table()["label"])
                progress(len(labels), len(different), "")
    if len(texts) < table.rows:
        stdio.say(f"aishell: {len(texts)} of {table.rows} rows were read; --limit N reads more")
    return data.with_column(table, _added(options), [labels.get(text) for text in texts])


def _put(report: Report, options: Namespace) -> int:
    if options.out:
        for file in reported.written(report, options.format, options.out, options.pictures, sql=options.sql):
            stdio.say(f"aishell: {file}")
    else:
        reported.show(report, options.format, sql=options.sql)
    return 0
