"""Memory as lines of JSON, to keep or to take to another machine: notes, commands with their runs, parts of documents.

Vectors are left out, since every machine makes its own, and so are knowledge packs, which can be pulled. What comes in is
never trusted more than an import, whatever it says of itself, and nobody's approval is taken over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar, get_args

from aishell.core.memory import Judgement, Run, Trust
from aishell.memory.store import Store

FORMAT = 1
_AT_ONCE = 100
_LONGEST = 1 << 20
"""Characters of a line; a part of a document has some 1,200."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    read: int
    new: int
    unreadable: int
    """Lines that are none of ours."""


def export(store: Store) -> Iterator[dict[str, Any]]:
    """A line each; the first says what follows."""
    yield {"type": "aishell memory", "format": FORMAT}
    for text, cwd, created, trust in store.db.execute(
        "SELECT body, place, created, trust FROM items WHERE kind = 'note' ORDER BY id"
    ):
        yield {"type": "note", "text": text, "cwd": cwd, "time": created, "trust": trust}
    columns = "time, exit_status, duration, cwd, git_root, host, shell, session, runs.source, runs.key, judgement, trust"
    names = ("command", "intent", *columns.replace("runs.", "").split(", "))
    for row in store.db.execute(
        f"SELECT body, intent, {columns} FROM runs JOIN items ON items.id = runs.item ORDER BY runs.id"
    ):
        yield {"type": "run", **dict(zip(names, row, strict=True))}
    names = ("text", "intent", "source", "place", "time", "trust")
    for row in store.db.execute(
        "SELECT body, intent, source, place, created, trust FROM items WHERE kind = 'chunk' ORDER BY id"
    ):
        yield {"type": "chunk", **dict(zip(names, row, strict=True))}


def for_team(store: Store) -> Iterator[dict[str, Any]]:
    """What others may use of an export: one's own notes, and commands that came from words and worked, on which day.

    Not where they ran, on which machine, nor what went wrong.
    """
    yield {"type": "aishell memory", "format": FORMAT}
    for text, created in store.db.execute("SELECT body, created FROM items WHERE kind = 'note' AND trust = 'own' ORDER BY id"):
        yield {"type": "note", "text": text, "time": _day(created)}
    for command, intent, last in store.db.execute(
        "SELECT body, intent, max(runs.time) FROM items JOIN runs ON runs.item = items.id"
        " WHERE kind = 'command' AND trust = 'own' AND intent <> ''"
        " AND (judgement = 'confirmed' OR (judgement = '' AND exit_status = 0))"
        " GROUP BY items.id ORDER BY items.id"
    ):
        yield {"type": "run", "command": command, "intent": intent, "time": _day(last), "exit_status": 0}


def _day(seconds: float) -> float:
    return seconds // 86_400 * 86_400


def bring_in(store: Store, lines: Iterable[str]) -> Iterator[Exchanged]:
    """Add what an export holds and is not there yet; after each transaction, how much so far."""
    waiting = iter(lines)
    read = new = unreadable = 0
    while part := tuple(islice(waiting, _AT_ONCE)):
        rows = [row for line in part if line.strip() and (row := _row(line)) is not None]
        runs = [run for row in rows if row["type"] == "run" and not _is_known(store, run := _run(row))]
        new += store.record_many(runs)
        with store.write():
            new += sum(_add(store, row) for row in rows if row["type"] in ("note", "chunk"))
        read += len(part)
        unreadable += sum(bool(line.strip()) for line in part) - len(rows)
        yield Exchanged(read=read, new=new, unreadable=unreadable)


def _row(line: str) -> dict[str, Any] | None:
    """None for what is not a line of an export."""
    if len(line) > _LONGEST:
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    needed = {"aishell memory": "type", "run": "command", "note": "text", "chunk": "text"}.get(str(row.get("type")), "")
    return row if needed and _text(row, needed).strip() else None


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    text = value.replace("\0", "\ufffd") if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode()


def _number(row: dict[str, Any], name: str, kind: Callable[[Any], _T], least: float, most: float) -> _T | None:
    value = row.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    return kind(value) if usable else None


def _time(row: dict[str, Any]) -> float:
    return _number(row, "time", float, 0, 1 << 33) or 0.0


def _run(row: dict[str, Any]) -> Run:
    source, judgement = _text(row, "source"), _text(row, "judgement")
    told = json.dumps([row.get(name) for name in ("command", "intent", "time", "cwd", "host", "session")], default=str)
    judgements: dict[str, Judgement] = {known: known for known in get_args(Judgement)}
    return Run(
        command=_text(row, "command"),
        intent=_text(row, "intent"),
        time=_time(row),
        cwd=_text(row, "cwd"),
        exit_status=_number(row, "exit_status", int, -255, 255),
        duration_s=_number(row, "duration", float, 0, 1e9),
        git_root=_text(row, "git_root"),
        host=_text(row, "host"),
        shell=_text(row, "shell"),
        session=_text(row, "session"),
        source="export" if source in ("", "aishell") else source,
        key=_text(row, "key") or f"export:{hashlib.sha256(told.encode()).hexdigest()[:32]}",
        judgement=judgements.get(judgement, ""),
    )


def _is_known(store: Store, run: Run) -> bool:
    """Whether it ran here: such a run has no key."""
    return bool(
        run.time
        and store.db.execute(
            "SELECT 1 FROM runs JOIN items ON items.id = runs.item WHERE runs.time = ? AND body = ? AND intent = ?",
            (run.time, store.redact(run.command), store.redact(run.intent)),
        ).fetchone()
    )


def _add(store: Store, row: dict[str, Any]) -> bool:
    """Whether the note or part was not there."""
    before = store.db.execute("SELECT max(id) FROM items").fetchone()[0] or 0
    trust: Trust = "untrusted" if row.get("trust") == "untrusted" else "imported"
    note = row["type"] == "note"
    item = store.add_item(
        store.db,
        kind="note" if note else "chunk",
        body=_text(row, "text"),
        intent="" if note else _text(row, "intent"),
        trust=trust,
        source="" if note else _text(row, "source"),
        place=store.redact(_text(row, "cwd" if note else "place")),
        where="" if note else _text(row, "source"),
        at=_time(row),
    )
    return item > before
