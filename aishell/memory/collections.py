"""Named sets of documents. Each is a memory file of its own, with nothing in it but documents: what is asked of a collection
is never answered from the person's history, and no document of one turns up among their commands.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.core.errors import Conflict, MemoryDamaged, MemoryUnavailable, UsageError
from aishell.core.memory import Query, Recollection
from aishell.memory import place
from aishell.memory.documents.reader import Reader
from aishell.memory.documents.roots import Root, drop, known_roots, remember, storable
from aishell.memory.documents.update import MOST_BYTES, Progress, Summary, update
from aishell.memory.language import east_asian, embedded_text
from aishell.memory.lock import lock_of
from aishell.memory.past import known
from aishell.memory.place import suspect
from aishell.memory.search import Search
from aishell.memory.store import Store

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_NAME = re.compile(r"\w[\w.-]{0,63}")
_FILE = "memory.db"
_AT_ONCE = 16
"""Texts embedded in one request."""
_NEAR = 4
"""The nearest in meaning are looked at however far they are: across languages a right one may have a cosine below 0.1, which
would be nothing in a memory of a hundred thousand commands."""
_DEPTH = 100
"""Nearest parts that are fused with those that full text finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Vectors of length 1, one for each text, and what tells the model that made them."""

    model: str
    fingerprint: str
    vectors: Sequence[Sequence[float]]


Embed = Callable[[Sequence[str], bool], Awaitable[Embedded]]
"""(texts, whether by the model of many languages). Raises ModelUnavailable."""


class Collections:
    """The collections below a folder. `redact` takes secrets out of what is kept."""

    def __init__(self, folder: Path, *, redact: Callable[[str], str]) -> None:
        self._folder = folder
        self._redact = redact

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(file.parent.name for file in self._folder.glob(f"*/{_FILE}")))

    def __contains__(self, name: str) -> bool:
        return _NAME.fullmatch(name) is not None and self._file(name).exists()

    def create(self, name: str) -> Collection:
        """A new one, without documents. Raises UsageError, MemoryUnavailable."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot be the name of a collection.", hint="Letters, digits, . _ and - can.")
        if name in self:
            raise UsageError(f"There is a collection {name!r} already.", hint=f"aishell collection add {name} PATH")
        return self._opened(name)

    def open(self, name: str) -> Collection:
        """Raises UsageError when there is none, MemoryUnavailable."""
        if name not in self:
            there = ", ".join(self.names())
            raise UsageError(
                f"There is no collection {name!r}.",
                hint=f"There are: {there}." if there else f"aishell collection create {name} PATH...",
            )
        return self._opened(name)

    def remove(self, name: str) -> None:
        """Its documents stay where they lie. Raises UsageError, MemoryUnavailable."""
        self.open(name).close()
        file = self._file(name)
        try:
            with closing(lock_of(file)) as lock, lock.held(2.0):
                shutil.rmtree(file.parent)
        except OSError as error:
            raise place.refused(file, error) from error

    def _file(self, name: str) -> Path:
        return self._folder / name / _FILE

    def _opened(self, name: str) -> Collection:
        file = self._file(name)
        try:
            file.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if suspect(file).exists():
                raise MemoryDamaged(f"The collection {name!r} is damaged.")
            return Collection(name, Store(file, redact=self._redact))
        except MemoryDamaged as error:
            raise MemoryUnavailable(
                str(error), hint=f"Remove {file.parent} and make it again: its documents lie where they were."
            ) from error
        except OSError as error:
            raise place.refused(file, error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came of one path of a collection."""

    path: str
    summary: Summary
    gone: tuple[str, ...]
    """Documents that are no longer there, and were forgotten."""


class Collection:
    """One set of documents; close it. Everything here raises MemoryUnavailable."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store

    def close(self) -> None:
        self.store.close()

    def roots(self) -> list[Root]:
        """The files and folders it was made of."""
        return known_roots(self.store)

    def documents(self) -> list[str]:
        """The paths of all documents that could be read."""
        rows = self.store.db.execute("SELECT path FROM documents WHERE problem = '' ORDER BY path")
        return [path for (path,) in rows]

    def add(self, path: Path) -> Root:
        """A file or folder that is there; nothing is read yet. Raises UsageError."""
        whole = path.expanduser().resolve()
        if not whole.exists():
            raise UsageError(f"There is no {path}.")
        if storable(str(whole)) != str(whole):
            raise UsageError(f"The name of {path} is not text.", hint="Add the folder it is in.")
        return remember(self.store, str(whole), trust="imported")

    def read(self, root: Root, reader: Reader, *, most_bytes: int = MOST_BYTES) -> Iterator[Progress | Brought]:
        """Bring a root up to date: progress after each file, then what came of it. Raises AishellError when it is gone."""
        before = set(self._of(root))
        for now in update(self.store, root, reader, most_bytes=most_bytes):
            if isinstance(now, Progress):
                yield now
            else:
                gone = before - set(self._of(root))
                yield Brought(path=root.path, summary=now, gone=tuple(sorted(gone)))

    def forget(self, path: str) -> None:
        """Drop a root. Raises UsageError."""
        whole = storable(os.path.abspath(os.path.expanduser(path)))
        root = next((root for root in self.roots() if root.path in (path, whole)), None)
        if root is None:
            raise UsageError(f"{path} was not added to {self.name!r}.", hint=f"aishell collection list {self.name}")
        for _gone in drop(self.store, root):
            pass

    def _of(self, root: Root) -> list[str]:
        return [path for (path,) in self.store.db.execute("SELECT path FROM documents WHERE root = ?", (root.id,))]

    # ---- meaning

    async def embed(self, embed: Embed) -> None:
        """Give every part its vectors, of both models: questions come in any language. Raises ModelUnavailable."""
        for multilingual in (False, True):
            await self._fill(embed, multilingual)

    async def find(self, question: str, embed: Embed | None, *, limit: int) -> list[Recollection]:
        """Parts of documents that fit a question, best first; without `embed` by their words alone. Raises ModelUnavailable."""
        found: dict[int, Recollection] = {}
        query = Query(text=question, kinds=("chunk",), limit=limit)
        for multilingual in self._ways(question) if embed else ():
            assert embed is not None
            near = await self._nearest(question, embed, multilingual)
            for one in Search(self.store, lambda *_, near=near: near).find(query):
                found.setdefault(one.id, one)
            nearest = [item for item, _cosine in near[:_NEAR] if item not in found]
            found |= {one.item.id: one.item for one in known(self.store.db, nearest, "")}
        if not embed:
            return Search(self.store, lambda *_: None).find(query)
        return list(found.values())

    def _ways(self, question: str) -> tuple[bool, ...]:
        """The model of many languages for a question in Chinese, and for any question where documents are in Chinese."""
        if east_asian(question):
            return (True,)
        other = self.store.db.execute("SELECT 1 FROM items WHERE grams <> '' LIMIT 1").fetchone()
        return (False, True) if other else (False,)

    async def _nearest(self, question: str, embed: Embed, multilingual: bool) -> list[tuple[int, float]]:
        import numpy

        from aishell.memory.vectors import Index

        model = await self._fill(embed, multilingual)
        vector: NDArray[numpy.float32] = numpy.asarray((await embed([question], multilingual)).vectors[0], "f4")
        index = Index(self.store.db, model, len(vector))
        index.refresh()
        return index.nearest(vector, _DEPTH)

    async def _fill(self, embed: Embed, multilingual: bool) -> int:
        """Vectors for the parts that have none of the model yet; the model's number."""
        import numpy

        from aishell.memory.vectors import pack

        model = self._model(await embed(["a"], multilingual), multilingual)
        while rows := self.store.db.execute(
            "SELECT id, kind, intent, body, gloss, place FROM items WHERE NOT EXISTS"
            " (SELECT 1 FROM vectors WHERE vectors.item = items.id AND model = ?) LIMIT ?",
            (model, _AT_ONCE),
        ).fetchall():
            made = await embed([embedded_text(*row[1:], multilingual=multilingual) for row in rows], multilingual)
            packed = [pack(numpy.asarray(vector, "f4")) for vector in made.vectors]
            if len(packed) != len(rows):
                raise Conflict("The engine gave fewer vectors than there are texts.")
            with self.store.write() as db:
                db.executemany(
                    "INSERT OR IGNORE INTO vectors (model, item, vector) SELECT ?, id, ? FROM items WHERE id = ? AND body = ?",
                    ((model, vector, row[0], row[3]) for row, vector in zip(rows, packed, strict=True)),
                )
        return model

    def _model(self, made: Embedded, multilingual: bool) -> int:
        """The number under which vectors of this model are kept."""
        fingerprint = f"{made.fingerprint}-{'m' if multilingual else ''}"
        find = "SELECT id FROM models WHERE fingerprint = ?"
        if known := self.store.db.execute(find, (fingerprint,)).fetchone():
            return int(known[0])
        with self.store.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO models (name, fingerprint, dimension, added) VALUES (?, ?, ?, ?)",
                (made.model, fingerprint, len(made.vectors[0]), time.time()),
            )
        return int(self.store.db.execute(find, (fingerprint,)).fetchone()[0])
