"""Manual pages of installed programs, kept in memory for the programs a person names."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator

from aishell.memory.documents.chunks import Piece, chunks
from aishell.memory.documents.keep import keep_document
from aishell.memory.documents.reader import Extract
from aishell.memory.documents.roots import MANUALS, remember
from aishell.memory.store import Store
from aishell.programs.pages import Manual

_HEADING = re.compile(r"( {3})?([^-\s].{0,78}?):?")
_HYPHEN = re.compile("\u2010\n")
_LARGEST_ENTRY = 600
"""Bytes up to which options share a part: a smaller part is found by one option, and says little else."""


def add_manual(store: Store, manual: Manual) -> bool:
    """Keep it; whether anything in it is new."""
    path = f"{MANUALS}{manual.name}"
    digest = hashlib.sha256(manual.text.encode("utf-8", "replace")).hexdigest()
    if store.db.execute("SELECT 1 FROM documents WHERE path = ? AND sha256 = ?", (path, digest)).fetchone():
        return False
    root = remember(store, MANUALS, trust="imported", collection="manuals")
    with store.write() as db:
        db.execute(
            "INSERT INTO programs (name, source, summary) VALUES (?, 'man', ?)"
            " ON CONFLICT (name, source) DO UPDATE SET summary = excluded.summary",
            (manual.name, store.redact(manual.summary)),
        )
    extract = Extract(sha256=digest, title=manual.summary, chunks=tuple(chunks(_grouped(_pieces(manual.text)))))
    keep_document(
        store,
        root=root.id,
        path=path,
        kind="manual",
        name=manual.name,
        size=len(manual.text),
        mtime_ns=time.time_ns(),
        trust="imported",
        extract=extract,
    )
    return True


def known_manuals(store: Store) -> list[str]:
    """The names of the programs whose manuals are kept."""
    rows = store.db.execute("SELECT path FROM documents WHERE path LIKE ? ORDER BY path", (f"{MANUALS}%",))
    return [path.removeprefix(MANUALS) for (path,) in rows]


def _pieces(text: str) -> Iterator[Piece]:
    """Paragraphs below the section they stand in, a line that begins in the first column, or the part of one, in the fourth."""
    section, part = "", ""
    held: list[str] = []
    for line in (*text.splitlines()[1:], "", "."):  # the first line is the page's title
        title = _HEADING.fullmatch(line)
        if held and (title or not line.strip()):
            yield Piece(text=_HYPHEN.sub("", "\n".join(held)), headings=tuple(filter(None, (section, part))))
            held = []
        if title:
            section, part = (section, title[2]) if title[1] else (title[2], "")
        elif line.strip():
            held.append(" ".join(line.split()))


def _grouped(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Options in small parts, each beginning with an option; other text is left to be put together as usual."""
    held: list[Piece] = []
    for piece in pieces:
        size = sum(len(one.text) for one in held) + len(piece.text)
        if held and (piece.headings != held[0].headings or size > _LARGEST_ENTRY or not piece.text.startswith("-")):
            yield Piece(text="\n".join(one.text for one in held), headings=held[0].headings, whole=size <= 2 * _LARGEST_ENTRY)
            held = []
        if piece.text.startswith("-"):
            held.append(piece)
        else:
            yield piece
    if held:
        yield Piece(text="\n".join(one.text for one in held), headings=held[0].headings)
