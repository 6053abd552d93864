"""Knowledge packs: examples and summaries of programs that other people wrote, brought in whole and dropped whole.

tldr-pages writes what a person fills in as `{{path/to/file}}`, and that form is kept. It can be told from the fixed words for
ever; words are found the same, since the index drops braces; and a person who pastes one runs a command on a file that does
not exist, whereas `<file>` would be a redirection, and `rm <file> other` would empty `other`. Of an option in two spellings,
`{{[-a|--all]}}`, the long one is kept: it says what it does, to a reader, to the index and to a model.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aishell.core.errors import AishellError
from aishell.memory.pacing import turn
from aishell.memory.store import Store

_MOST_UNPACKED = 64 << 20
_SPELLINGS = re.compile(r"\{\{\[[^][|{}]+\|([^][|{}]+)\]\}\}")
_LETTER = re.compile(r"\[([\w?]+)\]")
_ATTRIBUTION = "{source}, {version}, by the tldr-pages contributors, licensed {licence}; spellings of options shortened to one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    name: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    """What it does, and the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    name: str
    version: str
    licence: str
    attribution: str
    sha256: str
    programs: tuple[Program, ...]

    def __len__(self) -> int:
        return sum(len(program.examples) for program in self.programs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A pack as memory has it."""

    name: str
    version: str
    licence: str
    attribution: str
    complete: bool
    examples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    done: int
    total: int


def read_tldr(file: Path, *, system: str) -> Pack:
    """The pages that hold everywhere, and those of `system`, a value of sys.platform. Raises AishellError."""
    damaged = AishellError(f"{file} is not a tldr pack.", hint="`aishell model remove tldr`, then pull it again.")
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with gzip.open(file) as packed:
            data = packed.read(_MOST_UNPACKED + 1)
        table: dict[str, Any] = json.loads(data) if len(data) <= _MOST_UNPACKED else {}
        pages = {**table["common"], **table["osx" if system == "darwin" else "linux"]}
        facts = {name: str(table[name]) for name in ("source", "version", "licence" if "licence" in table else "license")}
        programs = tuple(
            Program(
                name=str(name),
                summary=_plain(str(page["s"])),
                examples=tuple((_plain(str(about)), readable(str(command))) for about, command in page["e"]),
            )
            for name, page in pages.items()
        )
    except OSError as error:
        raise AishellError(f"{file} cannot be read: {error.strerror or error}.", hint=damaged.hint) from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError, zlib.error) as error:
        raise damaged from error
    licence = facts.get("licence") or facts["license"]
    attribution = _ATTRIBUTION.format(source=facts["source"], version=facts["version"], licence=licence)
    return Pack(
        name="tldr",
        version=facts["version"],
        licence=licence,
        attribution=attribution,
        sha256=f"{digest}:{'osx' if system == 'darwin' else 'linux'}",
        programs=programs,
    )


def readable(command: str) -> str:
    """A command of tldr-pages with one spelling of each option, and its escaped braces as they are typed."""
    return _SPELLINGS.sub(r"\1", command).replace(r"\{\{", "{{").replace(r"\}\}", "}}")


def _plain(text: str) -> str:
    """Without the marks of the letter that an option stands for (`E[x]tract`), and of code."""
    return _LETTER.sub(r"\1", text).replace("`", "").strip()


def pull(store: Store, pack: Pack, *, now: Callable[[], float] = time.time) -> Iterator[Progress]:
    """Bring it in; progress after each transaction. Stopped anywhere, the same again adds what is missing; another version of
    the pack takes the place of the one that is there."""
    row = store.db.execute("SELECT sha256, complete FROM packs WHERE name = ?", (pack.name,)).fetchone()
    total = len(pack)
    if row == (pack.sha256, 1):
        yield Progress(done=total, total=total)
        return
    if row and row[0] != pack.sha256:
        for _gone in drop(store, pack.name):
            pass
    with store.write() as db:
        db.execute(
            "INSERT INTO packs (name, version, sha256, licence, attribution, added) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO NOTHING",
            (pack.name, pack.version, pack.sha256, pack.licence, pack.attribution, now()),
        )
        number = int(db.execute("SELECT id FROM packs WHERE name = ?", (pack.name,)).fetchone()[0])
    done = 0
    waiting = deque(pack.programs)
    while waiting:
        with store.write():
            done += sum(_add(store, pack.name, number, program) for program in turn(waiting))
        yield Progress(done=done, total=total)
    with store.write() as db:
        db.execute("UPDATE packs SET complete = 1 WHERE id = ?", (number,))


def _add(store: Store, source: str, pack: int, program: Program) -> int:
    """Within a transaction; how many examples the program has."""
    store.db.execute(
        "INSERT INTO programs (name, source, summary, pack) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name, source) DO UPDATE SET summary = excluded.summary, pack = excluded.pack",
        (program.name, source, store.redact(program.summary), pack),
    )
    for about, command in program.examples:
        store.add_item(
            store.db, kind="example", intent=about, body=command, trust="imported", source=source, place=program.name, pack=pack
        )
    return len(program.examples)


def drop(store: Store, name: str) -> Iterator[int]:
    """Forget a pack and everything of it; how many examples are gone so far. Raises AishellError when it is not there."""
    row = store.db.execute("SELECT id FROM packs WHERE name = ?", (name,)).fetchone()
    if not row:
        raise AishellError(f"There is no pack {name!r}.", hint="`aishell memory packs` lists them.")
    with store.write() as db:
        db.execute("UPDATE packs SET complete = 0 WHERE id = ?", row)
    items = deque(store.db.execute("SELECT id FROM items WHERE pack = ? ORDER BY id", row).fetchall())
    total = len(items)
    while items:
        with store.write() as db:
            db.executemany("DELETE FROM items WHERE id = ?", turn(items))
        yield total - len(items)
    with store.write() as db:
        db.execute("DELETE FROM packs WHERE id = ?", row)


def kept_packs(store: Store) -> list[Kept]:
    rows = store.db.execute(
        "SELECT name, version, licence, attribution, complete, (SELECT count(*) FROM items WHERE pack = packs.id)"
        " FROM packs ORDER BY name"
    )
    return [
        Kept(name=name, version=version, licence=licence, attribution=attribution, complete=bool(complete), examples=examples)
        for name, version, licence, attribution, complete, examples in rows
    ]
