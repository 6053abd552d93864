"""What the audit log knows of commands that ran, put into a memory file that lost them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from aishell.core.memory import Run, Turn, run_key
from aishell.memory.store import Store

_AT_ONCE = 500
_SAME_S = 10.0
"""A run without a key is taken for that of a line when session and command are the same and they are no further apart."""


def rebuild(store: Store, entries: Iterable[dict[str, Any]], *, since: float = 0.0) -> int:
    """Runs, and the turns that led to them, of the lines of an audit log after `since`; how many were not there yet.

    What is blank, private, or begins with a blank is left out. Once or twice comes to the same. Raises MemoryUnavailable.
    """
    new, left = 0, _runs(entries, since)
    while some := list(islice(left, _AT_ONCE)):
        with store.write() as db:
            for run in some:
                same = db.execute(
                    "SELECT 1 FROM runs JOIN items ON items.id = runs.item WHERE runs.key IS NULL AND runs.session = ?"
                    " AND items.body = ? AND abs(runs.time - ?) < ?",
                    (run.session, store.redact(run.command), run.time, _SAME_S),
                )
                if not same.fetchone():
                    new += store.add_run(db, _with_turn(store, db, run))[1]
    return new


def _with_turn(store: Store, db: Any, run: Run) -> Run:
    if not run.intent:
        return run
    turn = Turn(
        request=run.intent, time=run.time, cwd=run.cwd, session=run.session, reply=run.command, outcome="ran", key=run.key
    )
    return replace(run, turn=store.add_turn(db, turn))


def _runs(entries: Iterable[dict[str, Any]], since: float) -> Iterator[Run]:
    """Each approved command with what came of it; those without an end come last."""
    waiting: dict[tuple[str, str], deque[Run]] = {}
    for entry in entries:
        same = (_text(entry, "session"), _text(entry, "sha256"))
        if entry.get("event") == "approved" and (run := _run(entry)) and run.time > since:
            waiting.setdefault(same, deque()).append(run)
        elif entry.get("event") == "finished" and waiting.get(same):
            code = entry.get("exit_code")
            yield replace(waiting[same].popleft(), exit_status=code if isinstance(code, int) else None)
    for runs in waiting.values():
        yield from runs


def _run(entry: dict[str, Any]) -> Run | None:
    command, request, sha256 = _text(entry, "command"), _text(entry, "request"), _text(entry, "sha256")
    if not (command.strip() and sha256) or command.startswith(" ") or request.startswith(" ") or entry.get("private"):
        return None
    try:
        time = datetime.fromisoformat(_text(entry, "time")).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return Run(
        command=command,
        time=time,
        intent=request,
        cwd=_text(entry, "cwd"),
        tier=_text(entry, "tier"),
        by=_text(entry, "by"),
        session=_text(entry, "session"),
        key=run_key(_text(entry, "session"), _text(entry, "time"), sha256),
    )


def _text(entry: dict[str, Any], field: str) -> str:
    value = entry.get(field)
    return value if isinstance(value, str) else ""
