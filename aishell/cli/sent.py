"""`aishell sent`: what has been sent to models on other machines, and where to; exactly, after redaction."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from aishell import wiring
from aishell.backends.openai.sent import read
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, UsageError
from aishell.core.text import one_line


def parser() -> Parser:
    made = Parser(prog="aishell sent", allow_abbrev=False)
    made.add_argument("--last", type=int, default=20, metavar="N", help="the newest N (20)")
    made.add_argument("--text", action="store_true", help="every message, whole")
    made.add_argument("--json", action="store_true", help="one JSON object a request, with the body as it was sent")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.last < 1:
        raise UsageError("--last needs a number from 1.")
    file = wiring.sent_file(Paths.from_environment(dict(os.environ)))
    try:
        entries = [*read(file)][-options.last :]
    except OSError as error:
        raise AishellError(f"{file} cannot be read: {error.strerror}.") from error
    for entry in entries:
        if options.json:
            stdio.show_json(entry)
            continue
        stdio.show(_line(entry))
        for line in _text(entry) if options.text else ():
            stdio.show(line)
    if not entries and not options.json:
        stdio.say("aishell: nothing was ever sent to another machine")
    return 0


def _line(entry: dict[str, Any]) -> str:
    when = one_line(str(entry["time"])[:19]).replace("T", " ")
    where = one_line(f"{entry.get('to')} at {entry.get('host')}", 60)
    redacted = entry.get("redacted")
    taken = [f"{number} x {kind}" for kind, number in redacted.items()] if isinstance(redacted, dict) else []
    without = f"  without {one_line(', '.join(taken), 120)}" if taken else ""
    return f"{when}  {where}  {entry.get('bytes')} bytes{without}"


def _text(entry: dict[str, Any]) -> Iterator[str]:
    body = entry.get("body")
    messages = body.get("messages") if isinstance(body, dict) else None
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict):
            yield f"  {message.get('role')}:"
            yield from (f"    {line}" for line in str(message.get("content")).splitlines())
