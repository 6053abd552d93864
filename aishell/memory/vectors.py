"""The vectors of one model, searched in memory: their signs there, the int8 numbers in the file.

A vector of 384 numbers is 48 bytes here. The signs find a few hundred candidates, and their int8 numbers, read from the file,
put them in order; so what was removed from the file meanwhile is never given back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aishell.core.memory import Kind

_NEAR = 4_000
"""Candidates by how many signs differ; then the query's own numbers, with the signs of the candidate, choose among them."""
_RESCORED = 300
"""Candidates whose int8 numbers are read from the file. Of the 10 nearest of 100,000 crowded MiniLM vectors (a text five times
in other words) 97.6 % are found; without the second step 89 %, and 95 % with 1,000 rescored. Of multilingual ones 99.4 %."""
_BLOCK = 1 << 16
"""Vectors compared at a time: their words and distances stay in the processor's cache."""
_FIRST = 1024
"""Room at the start, in vectors; doubled when full."""
_KINDS: tuple[Kind, ...] = ("command", "note", "chunk", "example")
_MOST_GONE = 0.25
"""Of the candidates: when more are no longer in the file, all is read anew."""
_VARIABLES = 500
"""Numbers in one SQL statement; old SQLite takes 999."""


def pack(vector: NDArray[np.float32]) -> bytes:
    """A vector as int8 numbers, one byte each; its length is not kept, for only directions are compared."""
    largest = float(np.abs(vector).max()) or 1.0
    numbers: NDArray[np.int8] = np.rint(vector * (127.0 / largest)).astype(np.int8)
    return numbers.tobytes()


class Index:
    """Finds the nearest items of a model; used by one thread.

    `dimension` is that of the model's vectors. Call `refresh` before `nearest` when the file may have changed.
    """

    def __init__(self, db: sqlite3.Connection, model: int, dimension: int) -> None:
        self._db = db
        self._model = model
        self._dimension = dimension
        self._words = -(-dimension // 64)
        self._clear()

    def __len__(self) -> int:
        return self._count

    def _clear(self) -> None:
        self._count = 0
        self._last = 0
        self._version: tuple[int, int] | None = None
        self._signs = np.empty((self._words, _FIRST), np.uint64)  # a row for each word: summed a row at a time, 4x as fast
        self._ids = np.empty(_FIRST, np.int64)
        self._kinds = np.empty(_FIRST, np.uint8)

    def refresh(self) -> None:
        """Take in the vectors that were added since; 3 µs when nobody wrote."""
        version = (int(self._db.execute("PRAGMA data_version").fetchone()[0]), self._db.total_changes)
        if version == self._version:
            return
        rows = self._db.execute(
            "SELECT vectors.id, kind, vector FROM vectors CROSS JOIN items ON items.id = item"
            " WHERE vectors.id > ? AND model = ? ORDER BY vectors.id",
            (self._last, self._model),
        )
        while chunk := rows.fetchmany(4096):
            self._append(chunk)
        self._version = version

    def _append(self, rows: list[tuple[int, Kind, bytes]]) -> None:
        end = self._count + len(rows)
        if end > len(self._ids):
            room = max(end, 2 * len(self._ids))
            self._signs = np.concatenate([self._signs, np.empty((self._words, room - len(self._ids)), np.uint64)], axis=1)
            self._ids = np.resize(self._ids, room)
            self._kinds = np.resize(self._kinds, room)
        numbers = np.frombuffer(b"".join(vector for _id, _kind, vector in rows), np.int8).reshape(-1, self._dimension)
        self._signs[:, self._count : end] = self._signs_of(numbers).T
        self._ids[self._count : end] = [row[0] for row in rows]
        self._kinds[self._count : end] = [_KINDS.index(row[1]) for row in rows]
        self._count = end
        self._last = rows[-1][0]

    def _signs_of(self, numbers: NDArray[Any]) -> NDArray[np.uint64]:
        """A bit a number, in 64-bit words: (n, dimension) -> (n, words)."""
        bits = np.zeros((len(numbers), self._words * 64), bool)
        bits[:, : self._dimension] = numbers > 0
        return np.packbits(bits, axis=1).view(np.uint64)

    def nearest(self, vector: NDArray[np.float32], limit: int, kinds: tuple[str, ...] = ()) -> list[tuple[int, float]]:
        """Items with their cosine to `vector`, best first, of these kinds (none: of all)."""
        wanted = max(_RESCORED, 2 * limit)
        ids = self._candidates(vector, wanted, kinds)
        found = list(self._stored(ids))
        if len(ids) - len(found) > _MOST_GONE * len(ids):
            self._clear()
            self.refresh()
            ids = self._candidates(vector, wanted, kinds)
            found = list(self._stored(ids))
        if not found:
            return []
        numbers = np.frombuffer(b"".join(blob for _item, blob in found), np.int8).reshape(len(found), -1).astype(np.float32)
        cosines = numbers @ vector / (np.linalg.norm(numbers, axis=1) * float(np.linalg.norm(vector)) + 1e-9)
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [(found[at][0], float(cosines[at])) for at in best]

    def _candidates(self, vector: NDArray[np.float32], wanted: int, kinds: tuple[str, ...]) -> list[int]:
        """Ids of at most `wanted` vectors that seem nearest, in ascending order."""
        near = self._fewest_differ(self._distances(vector, kinds), max(_NEAR, 2 * wanted))
        if len(near) > wanted:
            signs = np.ascontiguousarray(self._signs[:, near].T).view(np.uint8)
            plus = np.unpackbits(signs, axis=1, count=self._dimension).astype(np.float32)
            near = np.sort(near[np.argpartition(-(plus @ vector), wanted)[:wanted]])
        ids: list[int] = self._ids[near].tolist()
        return ids

    def _fewest_differ(self, distances: NDArray[np.uint16], number: int) -> NDArray[np.intp]:
        """Where about `number` of the least distances are; a count takes a tenth of the time of a sort."""
        so_many = np.cumsum(np.bincount(distances, minlength=self._dimension + 2)[: self._dimension + 1])
        farthest = min(int(np.searchsorted(so_many, min(number, int(so_many[-1])))), self._dimension)
        return np.flatnonzero(distances <= farthest)

    def _distances(self, vector: NDArray[np.float32], kinds: tuple[str, ...]) -> NDArray[np.uint16]:
        """How many signs differ, for each vector of the index; more than all for those of other kinds."""
        query = self._signs_of(vector[None])[0]
        distances = np.zeros(self._count, np.uint16)
        for start in range(0, self._count, _BLOCK):
            end = min(start + _BLOCK, self._count)
            for word, bits in zip(query, self._signs, strict=True):
                distances[start:end] += np.bitwise_count(bits[start:end] ^ word)
        if kinds:
            allowed = np.array([kind in kinds for kind in _KINDS])
            distances[~allowed[self._kinds[: self._count]]] = self._dimension + 1
        return distances

    def _stored(self, ids: list[int]) -> Iterator[tuple[int, bytes]]:
        """Item and int8 numbers of those that are still in the file."""
        for start in range(0, len(ids), _VARIABLES):
            part = ids[start : start + _VARIABLES]
            marks = ", ".join("?" * len(part))
            yield from self._db.execute(f"SELECT item, vector FROM vectors WHERE id IN ({marks})", part)
