#!/usr/bin/env python3
"""How long finding takes: a memory of SIZE made-up commands and 29,000 lines of tldr-pages, asked with real wordings.

"end to end" asks another process, as a shell asks the engine: it embeds the words and searches the vectors, while full text is
searched here, and both are fused. Vectors are those of real texts; where there are not enough, of real texts with noise. They
do not belong to the items they stand for: what is measured is time, and how much of the exact nearest the index finds.
`--results FILE` gathers sizes, and `--plot SVG` draws them.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from aishell.core.memory import Query
from aishell.memory.conditions import Condition
from aishell.memory.fulltext import Words, tidy
from aishell.memory.language import grams
from aishell.memory.rows import item_key
from aishell.memory.search import Search
from aishell.memory.store import Store
from aishell.memory.vectors import Index, pack
from bench.common import machine, options, percentiles, report
from bench.encoders import Vectors, kept, minilm
from bench.history import runs
from bench.pages import examples, pages
from bench.plot import Line, plot

_DIMENSION = 384
_BATCH = 5_000
_COMMAND = """INSERT OR IGNORE INTO items (kind, key, intent, body, grams, trust, created, runs, worked, last)
    VALUES ('command', ?, ?, ?, ?, 'own', ?, 1, ?, ?)"""
_RUN = """INSERT INTO runs (item, time, exit_status, cwd, git_root, host, shell, tier, approved_by, session, source)
    SELECT id, ?, ?, ?, ?, '', 'bash', '', 'typed', '', 'aishell' FROM items WHERE key = ?"""


def fill(store: Store, size: int, tldr: Path, known: Sequence[tuple[str, str]]) -> None:
    """`size` commands and all lines of the pack."""
    with store.write() as db:
        db.execute("INSERT INTO packs VALUES (1, 'tldr', '1', '', '', '', 0, 1)")
        for _name, page in pages(tldr):
            for _program, about, command in examples(page):
                store.add_item(db, kind="example", body=command, intent=about, trust="imported", source="tldr", pack=1)
    made = runs(4 * size + 1000, known=known)
    while size > (have := _count(store.db, "command")):
        with store.write() as db:
            # straight into the tables: a million runs by `record` take ten minutes
            for run in itertools.islice(made, min(_BATCH, size - have)):
                key = item_key("command", run.intent, run.command)
                worked = run.exit_status == 0
                db.execute(_COMMAND, (key, run.intent, run.command, grams(run.intent), run.time, worked, run.time))
                db.execute(_RUN, (run.time, run.exit_status, run.cwd, run.git_root, key))
    tidy(store)


def _count(db: sqlite3.Connection, kind: str) -> int:
    return int(db.execute("SELECT count(*) FROM items WHERE kind = ?", (kind,)).fetchone()[0])


def add_vectors(store: Store, real: Vectors) -> tuple[list[int], Vectors]:
    """One for each item: the real ones first, then real ones turned by 25 degrees in any direction."""
    chance = np.random.default_rng(1)
    items = [row[0] for row in store.db.execute("SELECT id FROM items ORDER BY id")]
    given = np.empty((len(items), _DIMENSION), np.float32)
    with store.write() as db:
        db.execute("INSERT INTO models VALUES (1, 'bench', 'bench', ?, 0)", (_DIMENSION,))
        for start in range(0, len(items), len(real)):
            part = items[start : start + len(real)]
            vectors = real[: len(part)]
            if start:
                noise = chance.normal(size=vectors.shape).astype(np.float32)
                vectors = vectors + 0.47 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
                vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            given[start : start + len(part)] = vectors
            rows = ((item, pack(vector)) for item, vector in zip(part, vectors, strict=True))
            db.executemany("INSERT INTO vectors (model, item, vector) VALUES (1, ?, ?)", rows)
    return items, given


def engine(pipe: Connection, file: Path) -> None:
    """The other process: words in, nearest items out."""
    encode = minilm()
    index = Index(sqlite3.connect(file, isolation_level=None), 1, _DIMENSION)
    began = time.perf_counter()
    index.refresh()
    pipe.send(time.perf_counter() - began)
    while asked := pipe.recv():
        text, limit, kinds = asked
        began = time.perf_counter()
        vector = encode([text])[0]
        embedded = time.perf_counter()
        index.refresh()
        found = index.nearest(vector, limit, kinds)
        pipe.send((found, embedded - began, time.perf_counter() - embedded))


def recall(store: Store, items: Sequence[int], vectors: Vectors, queries: Vectors) -> float:
    """Of the 10 nearest by exact float32 numbers, how many the index gives, in per cent."""
    index = Index(store.db, 1, _DIMENSION)
    index.refresh()
    found = 0
    for query in queries:
        exact = np.argpartition(-(vectors @ query), 10)[:10]
        found += len({items[at] for at in exact} & {item for item, _cosine in index.nearest(query, 10)})
    return round(10 * found / len(queries), 1)


def measure(file: Path, words: Sequence[str]) -> dict[str, Any]:
    """Milliseconds; each query once, in an order of chance, after 20 to warm up."""
    pipe, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=engine, args=(theirs, file))
    process.start()
    loaded = pipe.recv()
    embedding: list[float] = []
    searching: list[float] = []

    def nearest(text: str, limit: int, kinds: tuple[str, ...]) -> list[tuple[int, float]]:
        pipe.send((text, limit, kinds))
        found, embedded, searched = pipe.recv()
        embedding.append(embedded * 1000)
        searching.append(searched * 1000)
        return list(found)

    store = Store(file, redact=str)
    both, silent = Search(store, nearest), Search(store, lambda *_asked: None)
    times = {
        "full text only": _times(lambda text: silent.find(Query(text=text, cwd="/home/me/parser/src")), words),
        "of it ranking": _times(lambda text: Words(store.db, text).find(Condition(), 100), words),
        "end to end": _times(lambda text: both.find(Query(text=text, cwd="/home/me/parser/src")), words),
    }
    pipe.send(None)
    process.join()
    store.close()
    return {
        **{name: percentiles(values) for name, values in times.items()},
        "embedding": percentiles(embedding[20:]),
        "vectors only": percentiles(searching[20:]),
        "index loaded_s": round(loaded, 2),
        "file_mb": round(file.stat().st_size / 1e6),
    }


def _times(find: Callable[[str], object], words: Sequence[str]) -> list[float]:
    taken = []
    for text in words:
        began = time.perf_counter()
        find(text)
        taken.append((time.perf_counter() - began) * 1000)
    return taken[20:]


def draw(results: Path, svg: Path) -> None:
    rows = sorted((json.loads(line) for line in results.read_text().splitlines()), key=lambda row: int(row["commands"]))
    lines = [
        Line(name=f"{name}, {part}", points=[(row["commands"], row[name][key]) for row in rows], dashed=key != "median")
        for name in ("full text only", "vectors only", "end to end")
        for key, part in (("median", "median"), ("p95", "95 %"))
    ]
    svg.write_text(plot("Finding in a growing memory", "commands, beside 29,000 lines of a pack", "ms", lines), "utf-8")


def texts(file: Path, field: str) -> list[str]:
    return [json.loads(line)[field] for line in file.read_text("utf-8").splitlines()]


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("folder", type=Path, help="the sets of bench.retrieval")
    parser.add_argument("--tldr", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, default=Path("/tmp/bench-vectors"), help="where vectors are kept")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--memory", type=Path, help="keep the memory file here, or use the one that is there")
    parser.add_argument("--results", type=Path, help="gather figures here")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    docs = {name: texts(arguments.folder / f"{name}.docs.jsonl", "text") for name in "ADB"}
    words = [text for name in "AD" for text in texts(arguments.folder / f"{name}.queries.jsonl", "query")]
    random.Random(1).shuffle(words)
    words = words[: 100 if arguments.quick else 400]

    def embed(these: Sequence[str]) -> Vectors:
        return kept("minilm", these, minilm, arguments.vectors)

    real = np.concatenate([embed(these) for these in docs.values()])
    pairs = zip(docs["A"], docs["D"], strict=True)
    known = [("" if number % 2 else intent, command) for number, (intent, command) in enumerate(pairs)]
    with tempfile.TemporaryDirectory() as folder:
        file = arguments.memory or Path(folder) / "memory.db"
        found = None
        if not file.exists():
            store = Store(file, redact=str)
            fill(store, arguments.size, arguments.tldr, known)
            found = recall(store, *add_vectors(store, real), embed(words)[:100])
            store.close()
        times = measure(file, words)
    result = {"machine": machine(), "commands": arguments.size, "recall@10": found, **times}
    if arguments.results:
        with arguments.results.open("a") as file:
            file.write(json.dumps(result) + "\n")
    report(result, as_json=arguments.json)
    if arguments.plot and arguments.results:
        draw(arguments.results, arguments.plot)


if __name__ == "__main__":
    main()
