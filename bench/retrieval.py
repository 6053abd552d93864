#!/usr/bin/env python3
"""Whether memory finds the right thing: recall at 1, 5 and 10 and mean reciprocal rank of full text, vectors, and both.

`FOLDER` holds A, D and B (docs and queries, one JSON object a line): English wordings to another's wording of the command (A),
to the raw command (D), Chinese descriptions to English examples (B). `--tldr` is tldr-pages as a git folder: summaries of
programs for glosses, and the commands of B. Each set becomes a real memory file; "fused" is what `Search.find` gives a person.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aishell.core.memory import Kind, Query
from aishell.memory.gloss import gloss
from aishell.memory.language import embedded_text
from aishell.memory.search import Search
from aishell.memory.store import Store
from aishell.memory.vectors import Index, pack
from bench.common import machine, options, report
from bench.encoders import Encode, kept, minilm, multilingual
from bench.pages import examples, pages, summary

Item = tuple[str, str, str]
"""Intent, body, gloss."""
_DEEP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    name: str
    kind: Kind
    items: Sequence[Item]
    queries: Sequence[tuple[str, int]]
    """Words, and which item is right."""
    multilingual: bool = False


class Memory:
    """A memory file that holds one test's items, with an index over their vectors."""

    def __init__(self, folder: Path, test: Test, embed: Callable[[Sequence[str]], Any]) -> None:
        self.store = Store(folder / f"{test.name}.db".replace(" ", "-"), redact=str)
        texts = [embedded_text(test.kind, *item, "", multilingual=test.multilingual) for item in test.items]
        vectors = embed(texts)
        words = [text for text, _right in test.queries]
        self._asked = dict(zip(words, embed(words), strict=True))
        with self.store.write() as db:
            db.execute("INSERT INTO models VALUES (1, 'bench', 'bench', ?, 0)", (vectors.shape[1],))
            for number, ((intent, body, said), vector) in enumerate(zip(test.items, vectors, strict=True)):
                item = self.store.add_item(
                    db, kind=test.kind, body=body, intent=intent, gloss=said, trust="own", where=str(number), at=1.0
                )
                db.execute("INSERT INTO vectors (model, item, vector) VALUES (1, ?, ?)", (item, pack(vector)))
        self._index = Index(self.store.db, 1, vectors.shape[1])
        self._index.refresh()

    def nearest(self, text: str, limit: int, kinds: tuple[str, ...] = ()) -> list[tuple[int, float]]:
        return self._index.nearest(self._asked[text], limit, kinds)

    def remember_pasts(self) -> None:
        """Each command ran once or a few times somewhere, some day, and ended somehow, whatever is right."""
        chance = random.Random(1)
        for (item,) in self.store.db.execute("SELECT id FROM items").fetchall():
            for _time in range(chance.choice((1, 1, 1, 2, 5, 40))):
                self.store.db.execute(
                    "INSERT INTO runs (item, time, exit_status, cwd, git_root, host, shell, tier, approved_by, session, source)"
                    " VALUES (?, ?, ?, ?, '', '', '', '', '', '', 'aishell')",
                    (item, 1e6 - chance.expovariate(1 / 5e6), chance.choice((0, 0, 1)), f"/{chance.randrange(10)}"),
                )
        self.store.db.execute("UPDATE items SET runs = (SELECT count(*) FROM runs WHERE item = id)")
        self.store.db.execute("UPDATE items SET last = (SELECT max(time) FROM runs WHERE item = id)")


def scores(found: Callable[[str], Sequence[int]], queries: Sequence[tuple[str, int]]) -> list[float]:
    """R@1, R@5, R@10, MRR@10, in per cent. Items are numbered from 1."""
    ranks = []
    for text, right in queries:
        items = list(found(text))[:_DEEP]
        ranks.append(items.index(right + 1) + 1 if right + 1 in items else 0)
    recalls = [sum(0 < rank <= deep for rank in ranks) for deep in (1, 5, _DEEP)]
    return [round(100 * part / len(ranks), 1) for part in (*recalls, sum(1 / rank for rank in ranks if rank))]


def measure(test: Test, embed: Callable[[Sequence[str]], Any]) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(Path(folder), test, embed)
        silent = Search(memory.store, lambda *_asked: None)
        both = Search(memory.store, memory.nearest, clock=lambda: 1e6)

        def found(search: Search, cwd: str = "") -> Callable[[str], list[int]]:
            return lambda text: [one.id for one in search.find(Query(text=text, cwd=cwd))]

        result = {
            "full text": scores(found(silent), test.queries),
            "vectors": scores(lambda text: [item for item, _cosine in memory.nearest(text, _DEEP)], test.queries),
            "fused": scores(found(both), test.queries),
        }
        if test.kind == "command":
            memory.remember_pasts()
            result["fused, with random pasts"] = scores(found(both, "/1"), test.queries)
        memory.store.close()
    return result


def tests(folder: Path, tldr: Path) -> Iterator[Test]:
    def rows(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]

    docs = {name: [row["text"] for row in rows(f"{name}.docs.jsonl")] for name in "ADB"}
    queries = {name: [(row["query"], row["id"]) for row in rows(f"{name}.queries.jsonl")] for name in "ADB"}
    known = list(pages(tldr))
    summaries = {name: summary(page) for name, page in known}
    glosses = [gloss(command, summaries.get) for command in docs["D"]]
    yield Test(name="A", kind="note", items=[("", text, "") for text in docs["A"]], queries=queries["A"])
    pairs = list(zip(docs["A"], docs["D"], glosses, strict=True))
    yield Test(name="A with its command", kind="command", items=pairs, queries=queries["A"])
    yield Test(name="D", kind="command", items=[("", text, "") for text in docs["D"]], queries=queries["D"])
    yield Test(
        name="D with gloss",
        kind="command",
        items=[("", text, said) for text, said in zip(docs["D"], glosses, strict=True)],
        queries=queries["D"],
    )
    every = [example for _name, page in known for example in examples(page)]
    if [f"{program}: {about}" for program, about, _command in every] != docs["B"]:
        sys.exit("B was not made from this tldr-pages.")
    lines = [(about, command, "") for _program, about, command in every]
    yield Test(name="B", kind="example", items=lines, queries=queries["B"], multilingual=True)


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tldr", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, default=Path("/tmp/bench-vectors"), help="where vectors are kept")
    parser.add_argument("--only", help="one set")
    arguments = parser.parse_args()

    def embed(name: str, make: Callable[[], Encode]) -> Callable[[Sequence[str]], Any]:
        return lambda texts: kept(name, texts, make, arguments.vectors)

    english = embed("minilm", minilm)
    others = embed("use", multilingual)
    result: dict[str, Any] = {"machine": machine(), "figures": "R@1, R@5, R@10, MRR@10"}
    for test in tests(arguments.folder, arguments.tldr):
        if arguments.only in (None, test.name):
            result[test.name] = measure(test, others if test.multilingual else english)
    report(result, as_json=arguments.json)


if __name__ == "__main__":
    main()
