"""What a trial would change, in lines for a person; harmless to print, whatever the files are called."""

from __future__ import annotations

import time

from aishell.core.changes import Change, Changes, UndoSet, size
from aishell.core.text import visible

_LINES = 30
_SIGNS = {"added": "+", "deleted": "-", "changed": "~", "replaced": "!", "attributes": "@"}


def describe(changes: Changes, *, lines: int = _LINES) -> list[str]:
    """A summary, one line a change, and what is not a file; at most about `lines` of them."""
    shown = [_line(change) for change in changes.listed[:lines]]
    if len(changes.listed) > lines:
        shown.append(f"  ... and {len(changes.listed) - lines} more")
    if changes.folder:
        shown.append(f"  it ends in {plain(changes.folder)}; a folder changes for the line only")
    for variable in changes.variables[:lines]:
        now = "is unset" if variable.after is None else f"becomes {plain(variable.after)[:100]}"
        shown.append(f"  ${plain(variable.name)} {now}; for the line only")
    return [changes.summary(), *shown, *(f"  note: {plain(note)}" for note in changes.notes)]


def listed(entry: UndoSet) -> str:
    """One line about an undo set."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.when))
    marks = "".join([" (undone)" if entry.state == "undone" else "", " (partial undo)" if entry.partial else ""])
    return f"{entry.number:>4}  {when}  {plain(entry.command)[:100]}  - {entry.summary()}{marks}"


def plain(text: str) -> str:
    """On one line."""
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def _line(change: Change) -> str:
    return ("    " if change.inside else "  ") + entry(change, change.path)


def entry(change: Change, name: str) -> str:
    """One line about a change under the name it goes by."""
    name = plain(name) + ("/" if change.sort == "folder" else "")
    if change.kind == "attributes":
        before, after = change.mode_before, change.mode_after
        what = f"mode {before:o} -> {after:o}" if before != after and before is not None and after is not None else "attributes"
    elif change.target:
        what = f"-> {plain(change.target)}"
    elif change.sort == "folder":
        what = ""
    elif change.kind in ("changed", "replaced"):
        what = f"{size(change.bytes_before)} -> {size(change.bytes_after)}"
    else:
        what = size(change.bytes_before if change.kind == "deleted" else change.bytes_after)
    return f"{_SIGNS[change.kind]} {name}{f'  ({what})' if what else ''}"
