"""How well questions are answered from documents: the four assistants on their demonstration collections.

A question is development when the sha1 of its text begins with 0 to 7; the others are held out (--held-out). grounded, found,
recognised, refused: see `aishell.functions.answering.evaluating`. --plain: the same parts of documents in a plain prompt to the
same model, which may say that they do not say it; its answer counts as right when it has all the words that are looked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from argparse import Namespace
from contextlib import aclosing
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.config.paths import Paths
from aishell.core.ports import Backend
from aishell.core.types import Message, Piece, Priority, Prompt
from aishell.functions.answering.evaluating import Case, Outcome, cases, outcome, scores
from aishell.functions.offer import Offer
from aishell.wiring.collections import collection_for, finding, open_assistant, vectors
from bench.common import machine, options, report, spread
from bench.own_engine import own_engine, state_home

QUESTIONS = Path(__file__).with_name("answering")
SETS = ("customer-service", "tutor", "reports", "health", "health-refusals")
"""Each named after its assistant; the last was written after the assistant's rules, and is held out as a whole."""
_NOT_SAID = "NOT IN THE DOCUMENTS"


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--sets", default="", metavar="NAMES", help=f"some of {','.join(SETS)}")
    parser.add_argument("--held-out", action="store_true", help="the questions that nothing was chosen by")
    parser.add_argument("--plain", action="store_true", help="a plain prompt instead")
    parser.add_argument("--quotes", action="store_true", help="without the assistants' own words, which take half of the time")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="ask no more questions after so long")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="every answer, as JSON lines; what it holds is not asked again"
    )
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": machine(), "half": "held out" if arguments.held_out else "development"}
    with own_engine() as runtime:
        result |= asyncio.run(_all(arguments, runtime))
    result["load_after"] = round(os.getloadavg()[0], 2)
    report(result, as_json=arguments.json)
    return 0


def _half(case: Case, *, held_out: bool) -> bool:
    return (hashlib.sha1(case.question.encode()).hexdigest()[0] >= "8") == held_out


async def _all(arguments: Namespace, runtime: Path) -> dict[str, Any]:
    wanted = wiring.settings()[0].settings
    own = {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
    paths = Paths.from_environment({**os.environ, **own})
    engine = wiring.open_engine(wanted, paths, wiring.model_spec(wanted, paths))
    find = finding(paths, engine)
    offer = Offer(engine, engine.embed, priority=Priority.SOON, find=find, embed_by=vectors(engine))
    until = time.monotonic() + arguments.seconds if arguments.seconds else float("inf")
    known = _kept(arguments)
    found: dict[str, Any] = {}
    try:
        for name in arguments.sets.split(",") if arguments.sets else SETS:
            assistant = open_assistant(paths, name.removesuffix("-refusals"))
            collection, _demonstration = collection_for(paths, assistant)
            answering = offer.answer(collection, assistant, quotes=arguments.quotes)
            outcomes: list[Outcome] = []
            took: list[float] = []
            for case in _cases(name, arguments):
                if case.question in known:
                    outcomes.append(known[case.question])
                    continue
                if time.monotonic() > until:
                    break
                began = time.perf_counter()
                if arguments.plain:
                    came, kept = await _plain(engine, [part.body for part in await find(collection, case.question, 3)], case)
                else:
                    answer = await answering(case.question)
                    came, kept = outcome(case, answer), {**answer.table(), "notes": answer.notes, "how": answer.how}
                outcomes.append(came)
                took.append(time.perf_counter() - began)
                _keep(arguments, case, outcomes[-1], kept)
            found[name] = {**scores(outcomes), **({"seconds": spread(took)} if took else {})}
            print(f"{name}: {json.dumps(found[name])}", file=sys.stderr, flush=True)
            found.setdefault("outcomes", []).extend(outcomes)
    finally:
        await engine.close()
    every = found.pop("outcomes", [])
    return {**found, "all": scores(every)}


def _cases(name: str, arguments: Namespace) -> list[Case]:
    rows = cases((QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines())
    whole = name.endswith("-refusals")
    chosen = [case for case in rows if (arguments.held_out if whole else _half(case, held_out=arguments.held_out))]
    return chosen[:6] if arguments.quick else chosen


async def _plain(engine: Backend, parts: list[str], case: Case) -> tuple[Outcome, dict[str, Any]]:
    text = "\n\n".join(parts)
    asked = f"Answer the question from the documents. If they do not say it, reply {_NOT_SAID}.\n\n{text}\n\n{case.question}"
    reply = ""
    prompt = Prompt(messages=(Message(role="user", content=asked),), max_tokens=80, priority=Priority.SOON)
    async with aclosing(engine.stream(prompt)) as stream:
        async for item in stream:
            reply += item.text if isinstance(item, Piece) else ""
    return _plain_outcome(case, reply), {"text": reply}


def _plain_outcome(case: Case, said: str) -> Outcome:
    nothing = _NOT_SAID.lower() in said.lower()
    if case.expected == "refusal":
        return "not refused"  # nothing tells it to
    if case.expected == "nothing":
        return "recognised" if nothing else "invented"
    if nothing:
        return "missed"
    return "right" if all(word.lower() in said.lower() for word in case.words) else "wrong"


def _kept(arguments: Namespace) -> dict[str, Outcome]:
    if not arguments.keep or not arguments.keep.exists():
        return {}
    rows = (json.loads(line) for line in arguments.keep.read_text("utf-8").splitlines())
    return {row["question"]: row["outcome"] for row in rows}


def _keep(arguments: Namespace, case: Case, came: Outcome, kept: dict[str, Any]) -> None:
    if arguments.keep:
        with arguments.keep.open("a", encoding="utf-8") as lines:
            print(json.dumps({"question": case.question, "outcome": came, **kept}, ensure_ascii=False), file=lines)


if __name__ == "__main__":
    sys.exit(main())
