"""`aishell audit`: what was decided about commands on this machine, by whom, and what came of it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

from aishell import wiring
from aishell.actions.audit import read
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.cli.when import moment
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, UsageError
from aishell.core.text import one_line


def run(arguments: list[str]) -> int:
    options = _options(arguments)
    file = wiring.audit_file(Paths.from_environment(dict(os.environ)))
    unreadable = 0
    entries: list[dict[str, Any]] = []
    try:
        for entry in read(file):
            if entry is None:
                unreadable += 1
            elif not options.since or str(entry["time"]) >= options.since:
                entries.append(entry)
    except OSError as error:
        raise AishellError(f"{file} cannot be read: {error.strerror}.") from error
    if options.json:
        for entry in entries[-options.last :]:
            stdio.show_json(entry)
    else:
        for line in [*_lines(entries)][-options.last :]:
            stdio.show(line)
    if unreadable:
        stdio.say(
            f"aishell: {unreadable} lines of {file} cannot be read; a process was cut off while it wrote, or they were changed."
        )
    return 0


def parser() -> Parser:
    made = Parser(prog="aishell audit", allow_abbrev=False)
    made.add_argument("--last", type=int, default=20, metavar="N", help="the newest N (20)")
    made.add_argument("--since", default="", metavar="WHEN", help="2026-11-26, 2026-11-26T08:00, or 30m, 2h, 7d, 4w ago")
    made.add_argument("--json", action="store_true", help="one JSON object a line: decisions, and what came of them")
    return made


def _options(arguments: list[str]) -> argparse.Namespace:
    options = parser().parse_args(arguments)
    if options.last < 1:
        raise UsageError("--last needs a number from 1.")
    if options.since:  # as the log writes it, so that texts compare as times do
        options.since = moment("--since", options.since).isoformat(timespec="milliseconds")
    return options


def _lines(entries: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each decision, with what came of it."""
    outcomes: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for entry in entries:
        if entry.get("event") == "finished":
            outcomes.setdefault((entry.get("session"), entry.get("sha256")), []).append(entry)
    for entry in entries:
        if entry.get("event") == "finished":
            continue
        waiting = outcomes.get((entry.get("session"), entry.get("sha256")), [])
        outcome = waiting.pop(0) if waiting and entry.get("event") == "approved" else {}
        yield _line(entry, outcome)


def _line(entry: dict[str, Any], outcome: dict[str, Any]) -> str:
    when = one_line(str(entry["time"])[:19], 19).replace("T", " ")
    if entry.get("event") in ("refused", "observed"):
        came = "refused" if entry["event"] == "refused" else "looked at"
    else:
        code = outcome.get("exit_code")
        came = f"{entry.get('by')}, {'exit ' + str(code) if code is not None else outcome.get('status') or 'no end known'}"
    came += f" ({entry['origin']})" if entry.get("origin") else ""
    tier, command = entry.get("tier") or "-", one_line(str(entry.get("command")), 160)
    return f"{when}  {one_line(str(tier), 5):<5} {one_line(came, 24):<16} {command}"
