"""`aishell recall WORDS`: what ran before, notes, documents and examples, found by words and by meaning."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.cli.when import moment
from aishell.config.settings import WITH_ENGINE
from aishell.core.errors import ModelUnavailable
from aishell.core.memory import Kind, Query, Recollection
from aishell.core.text import one_line, visible
from aishell.memory.search import Search

_KINDS: dict[str, tuple[Kind, ...]] = {
    "commands": ("command",),
    "notes": ("note",),
    "documents": ("chunk",),
    "examples": ("example",),
    "own": ("command", "note", "chunk"),
    "all": (),
}


def run(arguments: list[str], program: str = "aishell recall", only: str = "own") -> int:
    options, found, ready = _find(arguments, program, only)
    for item in found:
        if options.json:
            stdio.show_json(as_json(item))
        else:
            _show(item)
    if not found:
        stdio.say(f"aishell: {_nothing(options.only)}")
    if not ready:
        _get_ready(quiet=options.json)
    return 0 if found else 1


def lines(arguments: list[str], tell: wiring.Tell) -> list[str]:
    """What is found, in lines for a person. Raises UsageError, MemoryUnavailable."""
    options, found, _ = _find(arguments, "recall", "own", tell)
    told = [line for item in found for line in (_body(item), f"    {_about(item)}")]
    return told or [_nothing(options.only)]


def _nothing(only: str) -> str:
    elsewhere = "; `aishell memory search` looks through packs of examples too" if only == "own" else ""
    return f"nothing like that is remembered{elsewhere}"


def parser(program: str = "aishell recall", only: str = "own") -> Parser:
    made = Parser(prog=program, allow_abbrev=False)
    made.add_argument("words", nargs="*", metavar="WORDS", help="what it was about, in any words; none: what was used last")
    made.add_argument("--here", action="store_true", help="only what ran in this folder or below it")
    made.add_argument("--since", default="", metavar="WHEN", help="2026-11-26, 2026-11-26T08:00, or 30m, 2h, 7d, 4w ago")
    made.add_argument("--ok", action="store_true", help="only what worked")
    made.add_argument("--only", choices=_KINDS, default=only, help=f"what kind of thing ({only})")
    made.add_argument("--limit", type=int, default=8, metavar="N", help="at most N (8)")
    made.add_argument("--json", action="store_true", help="one JSON object a line")
    return made


def _find(
    arguments: list[str], program: str, only: str, tell: wiring.Tell = wiring.tell
) -> tuple[Namespace, Sequence[Recollection], bool]:
    """What was asked for, what was found, and whether meanings were known for it."""
    options = parser(program, only).parse_args(arguments)
    loaded, paths = wiring.settings()
    query = Query(
        text=" ".join(options.words),
        cwd=os.getcwd(),
        here=options.here,
        since=moment("--since", options.since).timestamp() if options.since else 0.0,
        ok=options.ok,
        kinds=_KINDS[options.only],
        limit=max(1, options.limit),
    )
    store = wiring.open_store(paths, tell=tell)
    try:
        meaning = wiring.open_meaning(loaded.settings, paths)
        found = Search(store, meaning).find(query)
    finally:
        store.close()
    return options, found, meaning.ready


def _get_ready(*, quiet: bool) -> None:
    """Start what knows meanings, for the next time; this time words had to do."""
    loaded, paths = wiring.settings()
    wanted = loaded.settings
    if wanted.model.backend not in WITH_ENGINE or not wanted.engine.resident:
        return
    with suppress(ModelUnavailable):
        wiring.open_engine(wanted, paths, wiring.model_spec(wanted, paths)).start()
        if not quiet and os.isatty(2):
            stdio.say("aishell: found by words alone: what knows meanings is being loaded, ask again in a moment")


def as_json(item: Recollection) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "text": item.body,
        "intent": item.intent,
        "gloss": item.gloss,
        "score": round(item.score, 4),
        "why": list(item.why),
        "trust": item.trust,
        "source": item.source,
        "place": item.place,
        "time": _when(item.time) if item.time else None,
        "runs": item.runs,
        "worked": item.worked,
        "exit_status": item.exit_status,
        "cwd": item.cwd,
    }


def _show(item: Recollection) -> None:
    """In a pipe the thing alone; for a person with what is known about it beneath."""
    if not os.isatty(1):
        stdio.show(item.body)
        return
    stdio.show(stdio.style(_body(item), "1", 1))
    stdio.show(f"    {stdio.style(_about(item), '2', 1)}")


def _body(item: Recollection) -> str:
    return visible(item.body) if item.kind == "command" else one_line(item.body, 300)


def _about(item: Recollection) -> str:
    room = shutil.get_terminal_size((100, 24)).columns - 10
    return one_line(" · ".join(_details(item)), max(30, room))


def _details(item: Recollection) -> list[str]:
    home = os.path.expanduser("~")
    where = {"command": item.cwd, "chunk": f"{item.source}, {item.place}".rstrip(", ")}.get(item.kind, item.source or item.kind)
    parts = [f"{item.id}", item.intent or item.gloss, where.replace(home, "~", 1) if home != "/" else where]
    if item.kind in ("command", "note") and item.time:
        parts.append(_when(item.time)[:16].replace("T", " "))
    return [part for part in (*parts, *item.why) if part]


def _when(time: float) -> str:
    return datetime.fromtimestamp(time).astimezone().isoformat(timespec="seconds")
