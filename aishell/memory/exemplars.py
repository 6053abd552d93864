"""Requests with the commands that serve them, and those of them nearest in meaning to a request. In the engine only.

Most lie in a file of the installation, are few (hundreds), and are made vectors when the embedder is loaded: 3 ms each. The
person's own are in the memory. Lines of knowledge packs are none: they have places to fill in, which a model leaves empty.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.core.errors import ModelUnavailable
from aishell.memory.conditions import EXAMPLES
from aishell.memory.language import east_asian

if TYPE_CHECKING:
    from aishell.memory.embed.embedder import Embedder, Vectors

Line = tuple[str, str]
"""A request and its command."""

_LONGEST = 200
"""Characters of a command that a model is shown."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”")
_PATH = re.compile(r"[^\s，。、]*/[^\s，。、]*")
_FILE = re.compile(r"(?<![\w.])[\w-]+\.[A-Za-z]\w{0,4}\b")


def without_names(text: str) -> str:
    """A request without the names in it, which say what it is about and not what is to be done."""
    text = _FILE.sub("file", _PATH.sub(" ", _QUOTED.sub(" ", text)))
    return " ".join(text.split())


def read(file: Path) -> tuple[Line, ...]:
    """The lines of `config/examples.tsv`. Raises ModelUnavailable."""
    try:
        lines = [line.split("\t") for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The examples {file} cannot be read: {error}.") from error
    return tuple((line[0], line[1]) for line in lines if len(line) == 2)


def own(db: sqlite3.Connection, near: Sequence[tuple[int, float]]) -> list[tuple[str, str, float]]:
    """Of items with their cosines, those that are requests with a command that served them, as (request, command, cosine)."""
    allowed = EXAMPLES.let_through(db, [item for item, _cosine in near])
    found: list[tuple[str, str, float]] = []
    for item, cosine in near:
        if item in allowed:
            request, command = db.execute("SELECT intent, body FROM items WHERE id = ?", (item,)).fetchone()
            if len(command) <= _LONGEST and "\n" not in command:
                found.append((request, command, round(cosine, 4)))
    return found


class Exemplars:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines: dict[str, tuple[Line, ...]] = {}
        self._vectors: dict[str, Vectors] = {}

    def prepare(self, embedder: Embedder, *, multilingual: bool) -> None:
        """Make them vectors of this loaded embedder; one of English leaves out other languages. Raises ModelUnavailable."""
        if embedder.fingerprint in self._vectors:
            return
        lines = tuple(line for line in read(self._file) if multilingual or not east_asian(line[0]))
        self._lines[embedder.fingerprint] = lines
        self._vectors[embedder.fingerprint] = embedder.queries([without_names(request) for request, _command in lines])

    def nearest(self, embedder: Embedder, text: str, limit: int) -> list[tuple[str, str, float]]:
        """(request, command, cosine), best first; none before `prepare`."""
        vectors = self._vectors.get(embedder.fingerprint)
        if vectors is None or not len(vectors):
            return []
        cosines = vectors @ embedder.queries([without_names(text) or text])[0]
        lines = self._lines[embedder.fingerprint]
        return [(*lines[at], round(float(cosines[at]), 4)) for at in cosines.argsort()[::-1][:limit]]
