"""`aishell describe IMAGE...`: the text in pictures, what their files say of them, and, with a vision model, what they show."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import nullcontext

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.bars import bar
from aishell.cli.functions.filter import Told
from aishell.cli.functions.output import Appended, Output, Shown
from aishell.cli.parser import Parser
from aishell.core.errors import ModelUnavailable, UsageError
from aishell.core.text import visible
from aishell.functions.pictures.describe import Describing
from aishell.functions.pictures.picture import MOST_BYTES
from aishell.functions.pictures.results import Described
from aishell.functions.records import Record
from aishell.functions.stream import Done
from aishell.wiring.pictures import MISSING, NO_ANSWER, open_describing


def parser() -> Parser:
    made = Parser(prog="aishell describe", description="text in pictures, their facts, and what they show", allow_abbrev=False)
    made.add_argument("images", nargs="*", metavar="IMAGE", help="image files; none or - is standard input")
    made.add_argument("--text", action="store_true", help="only the text in them")
    made.add_argument("--question", default="", metavar="TEXT", help="ask the vision model this about each")
    made.add_argument("--place", action="store_true", help="tell where a picture was taken, when its file says so")
    made.add_argument("--json", action="store_true", help="one JSON object a picture, with boxes and scores")
    made.add_argument("--resume", metavar="FILE", help="into this file, as JSON lines; what it holds is not done again")
    made.add_argument("--explain", action="store_true", help="how each text was found")
    return made


def run(arguments: list[str]) -> int:
    """1 when a picture failed, 69 when the question needs a vision model that is not here. Raises UsageError."""
    options = parser().parse_args(arguments)
    names = options.images or ["-"]
    if names == ["-"] and os.isatty(0):
        raise UsageError("There is no picture.", hint="Give a file, or pipe one in: `aishell describe photo.jpg`")
    if options.text and (options.question or options.json):
        raise UsageError("--text prints the text and nothing else.", hint="Without it, everything is told.")
    loaded, paths = wiring.settings()
    describing = open_describing(loaded.settings, paths)
    records: Iterator[Record] = (Record(text=name, place=_shown(name), own={"file": name}) for name in names)
    output: Output = _People(text=options.text, several=len(names) > 1, explain=options.explain)
    if options.json:
        output = Shown("describe", as_json=True, explain=options.explain)
    if options.resume:
        asked = f"{options.question}|{options.place}"
        appended = Appended("describe", options.resume, run=asked, explain=options.explain)
        records, output = appended.rest(records, lambda _record, _result: None), appended
    failed, unanswered = _through(records, describing, options, output)
    if failed:
        stdio.say(f"aishell: {failed} of {len(names)} pictures could not be described")
    if options.question and not describing.answers:
        stdio.say(f"aishell: {NO_ANSWER}")
    elif not describing.sees and not options.text:
        stdio.say(f"aishell: {MISSING}")
    return 1 if failed else ModelUnavailable.exit_status if unanswered else 0


def _through(records: Iterator[Record], describing: Describing, options: Namespace, output: Output) -> tuple[int, int]:
    """How many pictures failed, and about how many the question was not answered."""
    told, failed, unanswered, total = Told(), 0, 0, len(options.images)
    with bar("describe") if total > 1 and not os.isatty(1) else nullcontext(_unseen) as report:
        for number, record in enumerate(records, 1):
            done = _described(record, describing, options)
            output.put(done)
            failed += told(done)
            unanswered += bool(options.question and isinstance(done.result, Described) and not done.result.shows)
            report(number, total, record.place)
    return failed, unanswered


def _unseen(_done: int, _total: int, _now: str) -> None:
    pass


def _described(record: Record, describing: Describing, options: Namespace) -> Done:
    try:
        data = _bytes(record.text)
        look = not options.text
        result = describing(data, question=options.question, place=options.place, look=look)
    except UsageError as error:
        return Done(record=record, problem=str(error), hint=error.hint)
    return Done(record=record, result=result)


def _bytes(name: str) -> bytes:
    """Raises UsageError."""
    try:
        # Not sys.stdin, which is text.
        with open(0, "rb", closefd=False) if name == "-" else open(name, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"It cannot be read: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"It is larger than {MOST_BYTES >> 20} MB.")
    return data


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name


class _People:
    """For people: all that is known, below each picture's name when there are several; or only the text."""

    def __init__(self, *, text: bool, several: bool, explain: bool) -> None:
        self._text = text
        self._several = several
        self._explain = explain
        self._out = stdio.Out()

    def put(self, done: Done) -> None:
        if not isinstance(done.result, Described):
            return
        said = done.result.text if self._text else done.result.said()
        if self._several and not self._text:
            said = f"{visible(done.record.place)}: {said}"
        if said:
            self._out.write("stdout", f"{said}\n".encode("utf-8", "replace"))
        for sentence in done.result.how if self._explain else ():
            stdio.say(f"  {sentence}")
