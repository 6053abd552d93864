"""`aishell memory add`: folders, files and manual pages brought into memory, and kept up to date."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any, TextIO

from aishell.cli import stdio
from aishell.cli.bars import bar
from aishell.core.errors import AishellError, Interrupted, UsageError
from aishell.core.text import one_line
from aishell.memory import manuals
from aishell.memory.documents.reader import Reader
from aishell.memory.documents.roots import MANUALS, Root, known_roots, remember, storable, trust_in
from aishell.memory.documents.update import Progress, Summary, update
from aishell.memory.store import Store
from aishell.programs.pages import read_manual

_MOST_NAMED = 20
"""Files with problems that are named one by one."""
_LONGEST_LINE = 1 << 21


def add_parser(commands: Any) -> None:
    add = commands.add_parser("add", help="documents of your folders, or manual pages; without a path, all that is known")
    add.add_argument("paths", nargs="*", metavar="PATH")
    add.add_argument("--manual", nargs="+", default=[], metavar="PROGRAM", help="the manual pages of these programs")
    add.add_argument("--watch", action="store_true", help="stay, and follow changes until Ctrl-C")
    add.add_argument("--collection", default="", metavar="NAME", help="a name for what these folders hold")
    add.add_argument("--untrusted", action="store_true", help="other people's texts: never used for anything but reading")
    add.add_argument("--most-mb", type=int, default=20, metavar="N", help="pass over larger files (20)")


def run(store: Store, options: argparse.Namespace) -> int:
    """Raises UsageError, AishellError, Interrupted."""
    if options.most_mb < 1:
        raise UsageError("--most-mb needs a number from 1.")
    for name in options.manual:
        _add_manual(store, name)
    if options.manual and not options.paths:
        return 0
    folders = _named(store, options) if options.paths else _known(store)
    with Reader() as reader:
        for root in folders:
            _update(store, root, reader, options.most_mb << 20)
        if options.watch and folders:
            _watch(store, folders, reader, options.most_mb << 20)
    return 0


def _named(store: Store, options: argparse.Namespace) -> list[Root]:
    """The roots of the paths, all of which must be there before any is remembered."""
    paths = [Path(name).expanduser().resolve() for name in options.paths]
    for path in paths:
        if not path.exists():
            raise UsageError(f"There is no {path}.")
        if storable(str(path)) != str(path):
            raise UsageError(f"The name of {path} is not text.", hint="Add the folder it is in.")
    distrusted = {root.path for root in known_roots(store) if root.trust == "untrusted"}
    return [
        remember(
            store,
            str(path),
            trust="untrusted" if options.untrusted or str(path) in distrusted else trust_in(path, Path.home().resolve()),
            collection=options.collection,
            watch=options.watch,
        )
        for path in paths
    ]


def _known(store: Store) -> list[Root]:
    """Every folder that is known; manual pages are brought up to date on the way."""
    known = known_roots(store)
    if not known:
        raise UsageError("No folder is known yet.", hint="aishell memory add PATH")
    for name in manuals.known_manuals(store):
        try:
            _add_manual(store, name)
        except AishellError as error:  # the program is gone, or its manual
            stdio.say(f"aishell: {error}")
    return [root for root in known if root.path != MANUALS]


def _add_manual(store: Store, name: str) -> None:
    manual = read_manual(name)
    new = manuals.add_manual(store, manual)
    stdio.show(f"{manual.name}, from {manual.origin}: {one_line(manual.summary)}{'' if new else ' (nothing new)'}")


def _update(store: Store, root: Root, reader: Reader, most_bytes: int) -> None:
    state = Progress(done=0, total=0, path="")
    try:
        with bar("reading") as report:
            for now in update(store, root, reader, most_bytes=most_bytes):
                if isinstance(now, Progress):
                    state = now
                    report(now.done, now.total, now.path)
                else:
                    summary = now
    except KeyboardInterrupt:
        raise Interrupted(
            f"Stopped after {state.done} of {state.total} files of {root.path}.",
            hint="What was read so far is kept; `aishell memory add` goes on.",
        ) from None
    except AishellError as error:
        stdio.say(f"aishell: {error}\n  {error.hint}")
        return
    for line in described(root, summary):
        stdio.show(line)


def described(root: Root, summary: Summary) -> Iterator[str]:
    """What came of a root, in lines."""
    counts = f"{summary.added} added, {summary.changed} changed, {summary.unchanged} unchanged, {summary.removed} removed"
    yield f"{root.path}: {counts}"
    if summary.skipped:
        yield "  passed over: " + ", ".join(f"{count} {why}" for why, count in sorted(summary.skipped.items()))
    if summary.problems:
        yield f"  {len(summary.problems)} cannot be read:"
    for path, why in summary.problems[:_MOST_NAMED]:
        yield f"    {one_line(path, 300)}: {one_line(why)}"
    if len(summary.problems) > _MOST_NAMED:
        yield f"    and {len(summary.problems) - _MOST_NAMED} more"
    for path in summary.cut[:_MOST_NAMED]:
        yield f"  too long, so only its beginning is kept: {one_line(path, 300)}"


def _watch(store: Store, folders: list[Root], reader: Reader, most_bytes: int) -> None:
    from aishell.memory.documents.watch import changed_roots

    stdio.say(f"following changes in {', '.join(root.path for root in folders)}; Ctrl-C ends it")
    for changed in changed_roots(folders, Event()):
        for root in changed:
            _update(store, root, reader, most_bytes)


def bounded(lines: TextIO) -> Iterator[str]:
    """The lines of a file; a longer one comes in parts, none of which is JSON."""
    while line := lines.readline(_LONGEST_LINE):
        yield line
