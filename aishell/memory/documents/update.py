"""A root brought up to date: new files added, changed ones read again, those that are gone removed, the others left alone.

It can be stopped anywhere, also by SIGKILL: what was written stays, and the next time only the rest is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aishell.core.errors import AishellError
from aishell.memory.documents.keep import UNFINISHED, keep_document, remove_document
from aishell.memory.documents.reader import Reader
from aishell.memory.documents.roots import Root, storable
from aishell.memory.documents.walk import Found, Walk
from aishell.memory.store import Store

MOST_BYTES = 20 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    done: int
    total: int
    path: str


@dataclass(slots=True, kw_only=True)
class Summary:
    """What came of a root."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    """How many files were passed over, for each reason."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Files that cannot be read, and why."""
    cut: list[str] = field(default_factory=list)
    """Files of which only the beginning is kept."""


@dataclass(frozen=True, slots=True)
class _Known:
    document: int
    root: int
    sha256: str
    size: int
    mtime_ns: int
    problem: str


def update(store: Store, root: Root, reader: Reader, *, most_bytes: int = MOST_BYTES) -> Iterator[Progress | Summary]:
    """Progress after each file, and the summary at the end. Raises AishellError when the root is not there."""
    if not os.path.exists(root.path):
        raise AishellError(
            f"{root.path} is not there.", hint=f"What is known of it is kept; `aishell memory drop {root.path}` forgets it."
        )
    walk = Walk(Path(root.path), most_bytes=most_bytes)
    files = [*walk.files()]
    summary = Summary(skipped=dict(walk.skipped))
    for done, found in enumerate(files, 1):
        _bring_up_to_date(store, root, reader, found, summary, most_bytes)
        yield Progress(done=done, total=len(files), path=found.path)
    _remove_gone(store, root, {storable(found.path) for found in files}, walk.unread, summary)
    yield summary


def _bring_up_to_date(store: Store, root: Root, reader: Reader, found: Found, summary: Summary, most_bytes: int) -> None:
    path = storable(found.path)
    known = _known(store, path)
    if known and known.sha256 != UNFINISHED and (known.size, known.mtime_ns) == (found.size, found.mtime_ns):
        _same(store, root, known, found, summary, path)
        return
    extract = reader.read(found.path, found.kind, known=known.sha256 if known else "", most_bytes=most_bytes)
    if extract.problem:
        summary.problems.append((path, extract.problem))
    if extract.problem and not extract.sha256:  # nobody may read it now; later perhaps
        return
    if known and extract.same:
        _same(store, root, known, found, summary, path)
        return
    if extract.cut:
        summary.cut.append(path)
    keep_document(
        store,
        root=root.id,
        path=path,
        kind=found.kind,
        name=os.path.relpath(path, root.path) if path != root.path else os.path.basename(path),
        size=found.size,
        mtime_ns=found.mtime_ns,
        trust=root.trust,
        extract=extract,
    )
    if not extract.problem:
        summary.changed += bool(known)
        summary.added += not known


def _same(store: Store, root: Root, known: _Known, found: Found, summary: Summary, path: str) -> None:
    summary.unchanged += not known.problem
    if known.problem and (path, known.problem) not in summary.problems[-1:]:
        summary.problems.append((path, known.problem))
    if (known.root, known.size, known.mtime_ns) != (root.id, found.size, found.mtime_ns):
        with store.write() as db:
            db.execute(
                "UPDATE documents SET root = ?, size = ?, mtime_ns = ? WHERE id = ?",
                (root.id, found.size, found.mtime_ns, known.document),
            )


def _remove_gone(store: Store, root: Root, there: set[str], unread: list[str], summary: Summary) -> None:
    closed = tuple(f"{storable(folder)}/" for folder in unread)
    rows = store.db.execute("SELECT id, path FROM documents WHERE root = ?", (root.id,)).fetchall()
    for document, path in rows:
        if path not in there and not path.startswith(closed):
            remove_document(store, document)
            summary.removed += 1


def _known(store: Store, path: str) -> _Known | None:
    row = store.db.execute("SELECT id, root, sha256, size, mtime_ns, problem FROM documents WHERE path = ?", (path,)).fetchone()
    return _Known(*row) if row else None
