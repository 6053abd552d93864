"""`aishell undo` and `aishell redo`: what was put in place after a trial, taken back and done again. See docs/undo.md."""

from __future__ import annotations

import json
import os
from contextlib import closing, suppress
from dataclasses import asdict, dataclass

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.stdio import show
from aishell.config.paths import Paths
from aishell.core.changes import Undone, UndoSet
from aishell.core.errors import MemoryUnavailable, UsageError
from aishell.core.memory import Judgement
from aishell.ui.changes import listed, plain

_USAGE = "aishell undo [N] [--list] [--file PATH] [--force] [--json]; aishell redo [N] [--force] [--json]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    number: int | None = None
    file: str = ""
    list: bool = False
    force: bool = False
    json: bool = False


def run(arguments: list[str], action: str = "undo") -> int:
    asked = _parse(arguments, action)
    loaded, paths = wiring.settings()
    undo = wiring.open_undo(loaded.settings, paths)
    for sentence in undo.sets.recover():
        stdio.say(f"aishell: {plain(sentence)}")
    if asked.list:
        return _list(undo.sets.all(), as_json=asked.json)
    if action == "redo":
        done = undo.redo(asked.number, force=asked.force)
        _remember(paths, done, "")
    elif asked.file:
        done = undo.undo_file(asked.file, asked.number, force=asked.force)
    else:
        done = undo.undo(asked.number, force=asked.force)
        _remember(paths, done, "undone")
    return _tell(done, as_json=asked.json)


def _parse(arguments: list[str], action: str) -> _Asked:
    found: dict[str, int | str | bool] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("--force", "--json") or (word == "--list" and action == "undo"):
            found[word[2:]] = True
        elif word == "--file" and action == "undo" and rest:
            # The name's own folder may be a link, but the name itself is what was changed.
            folder, name = os.path.split(os.path.abspath(rest.pop(0)))
            found["file"] = os.path.join(os.path.realpath(folder), name)
        elif word.isascii() and word.isdecimal() and "number" not in found:
            found["number"] = int(word)
        else:
            raise UsageError(f"That is no way to use `aishell {action}`: {' '.join(arguments)}", hint=_USAGE)
    return _Asked(**found)  # type: ignore[arg-type]


def _remember(paths: Paths, done: Undone, judgement: Judgement) -> None:
    """That what this command did was not wanted, or is wanted after all: it matters when it would be proposed again."""
    store = wiring.open_memory(paths).store if wiring.memory_file(paths).exists() else None
    if store:
        with closing(store), suppress(MemoryUnavailable):
            if run := store.last_run(done.entry.command):
                store.judge(judgement, run=run)


def _list(entries: tuple[UndoSet, ...], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries]))
    elif not entries:
        print("There is nothing to undo.")
    else:
        show("\n".join(listed(entry) for entry in entries))
    return 0


def _tell(done: Undone, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(asdict(done)))
        return 0
    show(f"{done.entry.state}: {listed(done.entry).strip()}")
    for kept in done.kept:
        show(f"  a later state is kept as {plain(kept)}")
    return 0
