"""One memory file with its embedders and what they find in it. Used by one thread, but for what says so."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aishell.core.errors import AishellError, ModelUnavailable
from aishell.core.text import visible
from aishell.memory.exemplars import Exemplars, own
from aishell.memory.spec import EmbedderSpec, MemorySpec

if TYPE_CHECKING:
    from aishell.memory.embed.embedder import Embedder
    from aishell.memory.embed.opening import OpenPlugged
    from aishell.memory.vectors import Index

Answer = dict[str, Any]

_OWN = 24
"""Commands looked at: many of them were typed, and have no words."""
_AGAIN_S = 600.0
"""A model that does not load is not tried again before."""
_PLUGIN_AGAIN_S = 5.0
"""One that is not left alone any more: who has enabled it should not have to wait."""


class Shelf:
    def __init__(self, spec: MemorySpec, plugged: OpenPlugged | None = None) -> None:
        self._spec = spec
        self._plugged = plugged
        self._file = Path(spec.file)
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._version = -1
        """Of the file, when it was last looked through."""
        self._embedders: dict[EmbedderSpec, Embedder] = {}
        self._models: dict[EmbedderSpec, int] = {}
        self._indexes: dict[EmbedderSpec, Index] = {}
        self._exemplars = Exemplars(Path(spec.exemplars)) if spec.exemplars else None
        self._programs = Exemplars(Path(spec.programs)) if spec.programs else None
        self._prepared: set[EmbedderSpec] = set()
        self._failures: dict[EmbedderSpec, tuple[AishellError, float]] = {}
        self._work: Iterator[int] | None = None
        self.loading = False
        """Whether the thread is busy for a second or more; read by any thread."""

    # ---- from any thread

    def prepared(self, spec: EmbedderSpec) -> bool:
        return spec in self._prepared

    def failure(self, spec: EmbedderSpec) -> AishellError | None:
        """Why it does not load; None when that was long ago, or it does."""
        error, when = self._failures.get(spec, (None, 0.0))
        again_s = _PLUGIN_AGAIN_S if spec.off and not os.path.exists(spec.off) else _AGAIN_S
        return error if error and time.monotonic() - when < again_s else None

    def state(self) -> str:
        broken = [str(error) for spec in self._spec.embedders() if (error := self.failure(spec))]
        return " ".join(broken) or ("embedding" if self._work else "idle")

    # ---- answers

    def prepare(self, spec: EmbedderSpec) -> None:
        """Load the model, and its vectors; a failure is kept, or met again by the first question."""
        with suppress(AishellError):
            embedder = self._load(spec)
            self._prepared.add(spec)
            for lines in (self._exemplars, self._programs):
                if lines:
                    lines.prepare(embedder, multilingual=self._multilingual(spec))
            with self._opened() as db:
                if db is not None:
                    self._index(db, spec).refresh()

    def nearest(self, spec: EmbedderSpec, text: str, limit: int, kinds: tuple[str, ...]) -> Answer:
        """Raises AishellError."""
        vector = self._load(spec).queries([text])[0]
        found: list[tuple[int, float]] = []
        with self._opened() as db:
            if db is not None:
                index = self._index(db, spec)
                index.refresh()
                found = index.nearest(vector, limit, kinds)
        return {"ready": True, "model": spec.name, "found": found}

    def exemplars(self, spec: EmbedderSpec, text: str, limit: int) -> Answer:
        """Of the shipped ones and of the person's own, the nearest. Raises AishellError."""
        embedder = self._load(spec)
        found = self._exemplars.nearest(embedder, text, limit) if self._exemplars else []
        with self._opened() as db:
            if db is not None:
                index = self._index(db, spec)
                index.refresh()
                found += own(db, index.nearest(embedder.queries([text])[0], _OWN, ("command",)))
        return {"ready": True, "found": sorted(found, key=lambda line: -line[2])[:limit]}

    def programs(self, spec: EmbedderSpec, text: str, limit: int) -> Answer:
        """Programs for what the text says, as (what one is for, name, cosine). Raises AishellError."""
        return {"ready": True, "found": self._programs.nearest(self._load(spec), text, limit) if self._programs else []}

    def embed(self, spec: EmbedderSpec, texts: list[str]) -> Answer:
        """Raises ModelUnavailable."""
        embedder = self._load(spec)
        vectors = embedder.documents(texts).tolist()
        return {"model": spec.name, "fingerprint": embedder.fingerprint, "vectors": vectors}

    def progress(self) -> Answer:
        """Raises AishellError."""
        from aishell.memory import indexing

        done: dict[str, int] = {}
        count = 0
        with self._opened() as db:
            if db is not None:
                count = indexing.items(db)
                for spec in self._spec.embedders():
                    with suppress(ModelUnavailable):
                        done[spec.name] = indexing.embedded(db, self._model(db, spec))
        models = self._spec.embedders()
        return {"done": sum(done.values()), "total": count * len(models), "items": count, "models": done}

    def worth_loading(self) -> tuple[EmbedderSpec, ...]:
        """Models that a question will need soon. Raises AishellError."""
        with self._opened() as db:
            if db is None or not db.execute("SELECT 1 FROM items LIMIT 1").fetchone():
                return ()
            own = "SELECT 1 FROM items WHERE grams != '' AND kind IN ('command', 'note') LIMIT 1"
            both = db.execute(own).fetchone() is not None
        return self._spec.embedders() if both else tuple(spec for spec in (self._spec.embedder,) if spec)

    # ---- work

    def look(self) -> None:
        """Begin to work when the file was changed; 60 µs when it was not."""
        if self._work is not None:
            return
        with suppress(AishellError), self._opened() as db:
            if db is not None:
                version = int(db.execute("PRAGMA data_version").fetchone()[0])
                if version != self._version:
                    self._version = version
                    self._work = self._all_work(db)

    def work(self) -> bool:
        """Do a piece of what there is to do; whether there was any."""
        if self._work is None:
            return False
        try:
            with self._opened():
                if self._work is None or next(self._work, None) is None:
                    self._work = None
                    self.look()  # somebody may have written meanwhile
        except AishellError as error:
            self._work, self._version = None, -1  # what the others can do is done at the next look
            sys.stderr.write(visible(f"aishell engine: {error}") + "\n")
            sys.stderr.flush()
        return self._work is not None

    def _all_work(self, db: sqlite3.Connection) -> Iterator[int]:
        """Everything there is to do, piece by piece. Raises ModelUnavailable, sqlite3.Error."""
        from aishell.memory import indexing

        with self._alone() as alone:
            if not alone:
                self._version = -1  # another engine is at it: see later what it has left
                return
            models = {spec: self._model(db, spec) for spec in self._spec.embedders() if not self.failure(spec)}
            fills = [self._fill(db, spec, model) for spec, model in models.items()]
            while fills:  # by turns: what is new is soon found in either language
                for fill in list(fills):
                    done = next(fill, None)
                    if done is None:
                        fills.remove(fill)
                    else:
                        yield done
            if len(models) == len(self._spec.embedders()):
                yield from indexing.forget_others(db, tuple(models.values()))

    def _fill(self, db: sqlite3.Connection, spec: EmbedderSpec, model: int) -> Iterator[int]:
        from aishell.memory import indexing

        if indexing.embedded(db, model) < indexing.items(db):
            yield from indexing.fill(db, model, self._load(spec), multilingual=self._multilingual(spec))

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Two engines (of two language models) would do the same work twice."""
        lock = os.open(self._file.with_name("indexing.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(lock)

    # ---- the file and the models

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        """The file as it lies there now; None when there is none. Raises AishellError when it cannot be used."""
        try:
            inode = os.stat(self._file).st_ino if self._file.exists() else 0
            if inode != self._inode or self._db is None:
                self._close()
                from aishell.memory import indexing

                self._db, self._inode = indexing.connect(self._file), inode
            yield self._db
        except (sqlite3.Error, OSError, ValueError) as error:  # ValueError: a vector that has not the length it should have
            self._close()
            raise AishellError(f"The memory file {self._file} cannot be used now: {error}.") from error

    def _close(self) -> None:
        if self._db is not None:
            self._work = None
            self._db.close()
        self._db, self._inode, self._version = None, 0, -1
        self._models, self._indexes = {}, {}

    def _load(self, spec: EmbedderSpec) -> Embedder:
        """Ready to embed. Raises ModelUnavailable."""
        embedder = self._embedder(spec)
        with self._loading(spec):
            embedder.load()
        return embedder

    def _embedder(self, spec: EmbedderSpec) -> Embedder:
        """Known, but perhaps not loaded. Raises ModelUnavailable."""
        if spec not in self._embedders:
            with self._loading(spec):
                from aishell.memory.embed.opening import open_embedder

                self._embedders[spec] = open_embedder(spec, self._plugged)
        return self._embedders[spec]

    @contextmanager
    def _loading(self, spec: EmbedderSpec) -> Iterator[None]:
        """A failure is kept, and raised again for a while."""
        if failure := self.failure(spec):
            raise failure
        self.loading = True
        try:
            yield
        except ModelUnavailable as error:
            self._failures[spec] = (error, time.monotonic())
            raise
        finally:
            self.loading = False

    def _model(self, db: sqlite3.Connection, spec: EmbedderSpec) -> int:
        if spec not in self._models:
            from aishell.memory import indexing

            self._models[spec] = indexing.model_of(db, self._embedder(spec), multilingual=self._multilingual(spec))
        return self._models[spec]

    def _multilingual(self, spec: EmbedderSpec) -> bool:
        """Whether it is only there for languages that the other does not know."""
        return spec != self._spec.embedder

    def _index(self, db: sqlite3.Connection, spec: EmbedderSpec) -> Index:
        if spec not in self._indexes:
            from aishell.memory.vectors import Index

            self._indexes[spec] = Index(db, self._model(db, spec), self._embedder(spec).dimension)
        return self._indexes[spec]
