"""The text functions on public test sets, beside a plain prompt to the same model, in the same run.

--data FOLDER holds checkouts as OWNER/NAME of the repositories below; what is absent is left out, nothing of it is kept. A row
is development when the sha1 of its text begins with 0 to 7; the others are held out (--held-out). The first rows in file order,
as many of each label. Translations are scored by the command `sacrebleu`, where there is one (--sacrebleu PATH).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.config.paths import Paths
from aishell.core.ports import Backend
from aishell.core.types import Message, Piece, Priority, Prompt
from aishell.functions.offer import Offer
from aishell.functions.results import Entities, Labelled, Written
from bench.common import machine, options, report
from bench.functions_data import SETS, Row, TestSet, rows
from bench.own_engine import own_engine, state_home

Answer = Callable[[str], Awaitable[Any]]


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", default="", metavar="NAMES", help=f"some of {','.join(SETS)}")
    parser.add_argument("--rows", type=int, default=200, metavar="N", help="of each set (200; --quick: 8)")
    parser.add_argument("--jobs", type=int, default=4, metavar="N")
    parser.add_argument("--held-out", action="store_true", help="the rows that nothing was chosen by")
    parser.add_argument("--no-plain", action="store_true", help="without the plain prompt")
    parser.add_argument("--sacrebleu", default=shutil.which("sacrebleu") or "", metavar="PATH")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="every answer, as JSON lines")
    arguments = parser.parse_args()
    names = arguments.sets.split(",") if arguments.sets else list(SETS)
    result: dict[str, Any] = {"machine": machine()}
    with own_engine() as runtime:
        result |= asyncio.run(_all(names, arguments, runtime))
    result["load_after"] = round(os.getloadavg()[0], 2)
    report(result, as_json=arguments.json)
    return 0


async def _all(names: Sequence[str], arguments: Namespace, runtime: Path) -> dict[str, Any]:
    wanted = wiring.settings()[0].settings
    own = {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
    engine = wiring.open_engine(
        wanted, paths := Paths.from_environment({**os.environ, **own}), wiring.model_spec(wanted, paths)
    )
    found: dict[str, Any] = {}
    try:
        offer = Offer(engine, engine.embed, priority=Priority.IDLE)
        for name in names:
            chosen = rows(SETS[name], arguments.data, 8 if arguments.quick else arguments.rows, held_out=arguments.held_out)
            if not chosen:
                print(f"{name}: its file is not in {arguments.data}", file=sys.stderr)
                continue
            found[name] = await _measured(name, offer, engine, chosen, arguments)
            print(f"{name}: {json.dumps(found[name])}", file=sys.stderr, flush=True)
    finally:
        await engine.close()
    return found


async def _measured(name: str, offer: Offer, engine: Backend, chosen: list[Row], arguments: Namespace) -> dict[str, Any]:
    test = SETS[name]
    ways: dict[str, Answer] = {"function": _function(test, offer)}
    if not arguments.no_plain:
        ways["plain"] = lambda text: _plain(engine, test, text)
    found: dict[str, Any] = {"rows": len(chosen)}
    for way, answer in ways.items():
        await answer(chosen[0].text)  # instructions are computed once, and not what is measured
        began = time.perf_counter()
        answers = await _gathered([row.text for row in chosen], answer, arguments.jobs)
        took = time.perf_counter() - began
        scores = test.score(chosen, answers, partial(translation_scores, sacrebleu=arguments.sacrebleu))
        found[way] = {**scores, "records_a_second": round(len(chosen) / took, 2)}
        if arguments.keep:
            _keep(arguments.keep, name, way, chosen, answers)
    return found


def _function(test: TestSet, offer: Offer) -> Answer:
    """The function's answer in the test set's terms."""
    if test.kind == "sentiment":
        sentiment = offer.sentiment()

        async def polarity(text: str) -> str:
            scores = (await sentiment(text)).scores
            return max(("positive", "negative"), key=scores.__getitem__)  # the data knows these two only

        return polarity
    if test.kind == "topic":
        topics = offer.classify(test.labels, what="topic")

        async def topic(text: str) -> str:
            found: Labelled = await topics(text)
            return found.label

        return topic
    if test.kind == "entities":
        naming = offer.entities()

        async def entities(text: str) -> set[tuple[str, int, int]]:
            found: Entities = await naming(text)
            return {(entity.kind, entity.start, entity.end) for entity in found.found}

        return entities
    translation = offer.translate(test.to)

    async def translated(text: str) -> str:
        written: Written = await translation(text)
        return written.text

    return translated


async def _plain(engine: Backend, test: TestSet, text: str) -> Any:
    """What a plain prompt gets: the instruction before the text, and of the reply whatever can be used."""
    prompt = Prompt(messages=(Message(role="user", content=f"{test.plain}\n\n{text}"),), max_tokens=test.plain_tokens)
    prompt = replace(prompt, grammar=test.plain_grammar, priority=Priority.IDLE)
    reply = ""
    async with aclosing(engine.stream(prompt)) as stream:
        async for item in stream:
            reply += item.text if isinstance(item, Piece) else ""
    return test.understood(text, reply)


async def _gathered(texts: list[str], answer: Answer, jobs: int) -> list[Any]:
    gate = asyncio.Semaphore(jobs)

    async def one(text: str) -> Any:
        async with gate:
            return await answer(text)

    return list(await asyncio.gather(*map(one, texts)))


def _keep(file: Path, name: str, way: str, chosen: list[Row], answers: list[Any]) -> None:
    with file.open("a", encoding="utf-8") as lines:
        for row, answer in zip(chosen, answers, strict=True):
            shown = sorted(answer) if isinstance(answer, set) else answer
            gold = sorted(row.gold) if isinstance(row.gold, frozenset) else row.gold
            print(json.dumps([name, way, row.text, gold, shown], ensure_ascii=False), file=lines)


def translation_scores(references: list[str], written: list[str], to: str, sacrebleu: str) -> dict[str, float]:
    """chrF2 and BLEU of the whole set; nothing when sacrebleu is not there."""
    if not sacrebleu:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in (("ref", references), ("hyp", written)):
            (Path(folder) / name).write_text("".join(f"{' '.join(text.split())}\n" for text in texts), "utf-8")
        tokens = "zh" if to == "zh" else "13a"
        command = [sacrebleu, f"{folder}/ref", "-i", f"{folder}/hyp", "-m", "chrf", "bleu", "--tokenize", tokens, "-f", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {score["name"].lower(): score["score"] for score in json.loads(done.stdout)}


if __name__ == "__main__":
    sys.exit(main())
