"""What every text function does on the command line: records in, results out, in order, whatever becomes of one of them."""

from __future__ import annotations

import hashlib
import json
import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli import badge, stdio
from aishell.cli.bars import bar
from aishell.cli.functions import sources
from aishell.cli.functions.learned import Learned
from aishell.cli.functions.output import Appended, Output, Shown
from aishell.cli.functions.sources import Sources
from aishell.cli.functions.sources import text_of as text_of
from aishell.cli.parser import Parser
from aishell.cli.supervised import run_async
from aishell.core.errors import UsageError
from aishell.core.text import visible
from aishell.core.types import Priority
from aishell.functions.once import Once
from aishell.functions.records import FORMATS, Record
from aishell.functions.stream import Done, Function, in_order
from aishell.wiring.functions import open_functions

if TYPE_CHECKING:
    from aishell.config.paths import Paths
    from aishell.config.settings import Settings
    from aishell.functions.offer import Offer

_MOST_JOBS = 16
_NOT_OF_RESULTS = ("words", "text", "json", "resume", "jobs", "explain", "model_only")
"""Options that change nothing about what comes of a record."""
_TOLD = 20


def parser(name: str, about: str, *, whole: bool = False) -> Parser:
    """The options that all of them have. `whole`: a file is one text unless it is said otherwise."""
    made = Parser(prog=f"aishell {name}", description=about, allow_abbrev=False)
    made.add_argument(
        "words", nargs="*", metavar="TEXT|FILE", help="a file's name is that file, else it is a text; none: stdin"
    )
    made.add_argument("--text", action="append", metavar="TEXT", help="a text, whatever it looks like")
    how = made.add_mutually_exclusive_group()
    how.add_argument("--whole", action="store_true", default=False, help="a file is one record")
    how.add_argument(
        "--format", choices=FORMATS, default="whole" if whole else None, help="how files are read (by their names)"
    )
    made.add_argument("--field", default="", metavar="NAME", help="which field of JSONL, CSV or TSV is the text (text)")
    made.add_argument("--json", action="store_true", help="one JSON object a record, with its own fields")
    made.add_argument("--resume", metavar="FILE", help="into this file, as JSON lines; what it holds is not done again")
    made.add_argument("--jobs", type=int, default=4, metavar="N", help="records computed at once (4)")
    made.add_argument("--explain", action="store_true", help="how each answer came about")
    return made


def learn_option(made: Parser) -> None:
    """For functions that give labels."""
    made.add_argument("--model-only", action="store_true", help="ask the model about each record, however many there are")


def run(name: str, options: Namespace, function: Callable[[Offer], Function], *, learned: Learned | None = None) -> int:
    """Everything through one function; 1 when a record failed. `learned`: what it goes on with, and says at the end.

    Raises UsageError, ModelUnavailable.
    """
    if not 1 <= options.jobs <= _MOST_JOBS:
        raise UsageError(f"--jobs needs a number from 1 to {_MOST_JOBS}.")
    if options.field and options.format == "whole" and not options.whole:
        options.format = None  # with a field there are records
    learned = learned or Learned(wanted=False)
    loaded, paths = wiring.settings()
    source = sources.of(options)
    records = source.records()
    output: Output = Shown(name, as_json=options.json, explain=options.explain)
    before = 0
    if options.resume:
        appended = Appended(name, options.resume, run=_run(name, options, loaded.settings), explain=options.explain)
        output, records, before = appended, appended.rest(records, learned.met), appended.done
    course = Course(name=name, source=source, records=records, before=before, output=output, jobs=options.jobs)
    return run_async(_through(course, loaded.settings, paths, function, learned))


def _run(name: str, options: Namespace, wanted: Settings) -> str:
    """What the results depend on besides the records, in short."""
    given = {option: value for option, value in vars(options).items() if option not in _NOT_OF_RESULTS}
    whole = json.dumps([name, given, wanted.model.use, wanted.model.backend], sort_keys=True)
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What goes through, and where to."""

    name: str
    source: Sources
    records: Iterator[Record]
    before: int
    """Records that an earlier run has done."""
    output: Output
    jobs: int


async def _through(
    course: Course, wanted: Settings, paths: Paths, function: Callable[[Offer], Function], learned: Learned
) -> int:
    priority = Priority.SOON if course.source.one else Priority.IDLE
    seen = os.isatty(1) and isinstance(course.output, Shown)  # results that scroll by need no bar, and would break through it
    total = 0 if seen or course.source.one or not os.isatty(2) else course.source.count()
    failed = done_now = 0
    told = Told()
    badge.show(wanted, "functions")
    async with open_functions(wanted, paths, priority=priority) as offer:
        with bar(course.name) if total else nullcontext(_unseen) as report:
            async with aclosing(in_order(course.records, Once(function(offer)), course.jobs)) as results:
                async for done in results:
                    course.output.put(done)
                    done_now += 1
                    failed += told(done)
                    report(course.before + done_now, max(total, course.before + done_now), done.record.place)
    if sentence := learned.said():
        stdio.say(f"aishell: {sentence}")
    if failed:
        stdio.say(f"aishell: {failed} of {done_now} records failed")
    return 1 if failed else 0


def _unseen(_done: int, _total: int, _now: str) -> None:
    pass


class Told:
    """What is wrong with records, or worth knowing of them, on standard error: one by one at first, then no more."""

    def __init__(self) -> None:
        self._sentences = 0

    def __call__(self, done: Done) -> int:
        """1 when the record failed."""
        notes = (done.problem, *done.record.notes, *(done.result.notes if done.result else ()))
        for sentence in filter(None, notes):
            self._sentences += 1
            if self._sentences <= _TOLD:
                stdio.say(f"aishell: {visible(done.record.place)}: {visible(sentence)}")
            elif self._sentences == _TOLD + 1:
                stdio.say("aishell: more is to be said, and stands in the output of --json or --resume only")
        if done.hint and self._sentences <= _TOLD:
            stdio.say(f"  {visible(done.hint)}")
        return 1 if done.problem else 0
