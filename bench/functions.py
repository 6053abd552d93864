"""The text functions on public test sets, beside a plain prompt to the same model, in the same run.

--data FOLDER holds checkouts as OWNER/NAME of the repositories of bench/functions_data.py; what is absent is left out. A row
is development when the sha1 of its text begins with 0 to 7; the others are held out (--held-out). Taken are the first in file
order, as many of each label. With --keep FOLDER every answer is written there at once, and what is there is not asked again:
--seconds 240 measures as much as 4 minutes allow, and the next run goes on. Another version needs another folder.
--baselines VENV makes a virtual environment with well-known small programs and compares them.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.backends.client import EngineBackend
from aishell.config.paths import Paths
from aishell.core.types import Priority
from aishell.functions.offer import Offer
from bench import baselines
from bench.common import machine, options, report
from bench.functions_data import SETS, Row, TestSet, rows
from bench.functions_kept import Kept
from bench.functions_scores import scores
from bench.functions_ways import Answer, centroid, function, plain
from bench.own_engine import own_engine, state_home

_EXAMPLES = 25
"""Of each label, for the centroids: development rows behind those that are measured."""


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", default=",".join(SETS), metavar="NAMES", help="some of %(default)s")
    parser.add_argument("--rows", type=int, default=200, metavar="N", help="of each set (200; --quick: 8)")
    parser.add_argument("--jobs", type=int, default=4, metavar="N")
    parser.add_argument("--seconds", type=float, default=36_000, metavar="S", help="ask no more after so long; needs --keep")
    parser.add_argument("--held-out", action="store_true", help="the rows that nothing was chosen by")
    parser.add_argument("--no-plain", action="store_true", help="without the plain prompt")
    parser.add_argument("--baselines", type=Path, metavar="VENV", help="made when it is not there")
    parser.add_argument("--sacrebleu", default=shutil.which("sacrebleu") or "", metavar="PATH", help="scores translations")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="every answer, as JSON lines")
    arguments = parser.parse_args()
    if arguments.baselines and not arguments.sacrebleu:
        arguments.sacrebleu = str(baselines.made(arguments.baselines).with_name("sacrebleu"))
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"machine": machine()}
    with own_engine() as runtime:
        result |= asyncio.run(_all(arguments.sets.split(","), arguments, runtime))
    result["load_after"] = round(os.getloadavg()[0], 2)
    report(result, as_json=arguments.json)
    return 0


async def _all(names: Sequence[str], arguments: Namespace, runtime: Path) -> dict[str, Any]:
    wanted = wiring.settings()[0].settings
    own = {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
    paths = Paths.from_environment({**os.environ, **own})
    engine = wiring.open_engine(wanted, paths, wiring.model_spec(wanted, paths))
    until = time.monotonic() + arguments.seconds
    found: dict[str, Any] = {}
    try:
        for at, name in enumerate(names):
            share = time.monotonic() + (until - time.monotonic()) / (len(names) - at)  # of the time, for each set the same
            test, most = SETS[name], 8 if arguments.quick else arguments.rows
            more = _EXAMPLES * len(test.labels)
            chosen = rows(test, arguments.data, most, held_out=arguments.held_out)
            if not chosen:
                print(f"{name}: its file is not in {arguments.data}", file=sys.stderr)
                continue
            known = rows(test, arguments.data, most + more, held_out=False)
            known = [row for row in known if row not in chosen][:more]
            found[name] = await _measured(name, _ways(test, engine, known, arguments), chosen, arguments, share)
            print(f"{name}: {json.dumps(found[name])}", file=sys.stderr, flush=True)
    finally:
        await engine.close()
    return found


def _ways(test: TestSet, engine: EngineBackend, known: list[Row], arguments: Namespace) -> dict[str, Answer]:
    ways = {"function": function(test, Offer(engine, engine.embed, priority=Priority.IDLE))}
    if not arguments.no_plain:
        ways["plain"] = plain(engine, test)
    if arguments.baselines and test.kind == "topic":
        ways["centroid"] = centroid(engine.embed, known)
    return ways


async def _measured(
    name: str, ways: dict[str, Answer], chosen: list[Row], arguments: Namespace, until: float
) -> dict[str, Any]:
    """Of the rows that every way has answered: their number, and of each way its figures."""
    each = {way: Kept(arguments.keep / f"{name}.{way}.jsonl" if arguments.keep else None) for way in ways}
    for start in range(0, len(chosen), 2 * arguments.jobs):  # in turn, so that what is kept can be compared whenever it ends
        for way, kept in each.items():
            await kept.ask(chosen[start : start + 2 * arguments.jobs], ways[way], arguments.jobs, until)
    rate = {way: round(sum(map(kept.has, chosen)) / kept.seconds, 2) for way, kept in each.items() if kept.seconds}
    done = [row for row in chosen if all(kept.has(row) for kept in each.values())]
    answers = {way: [kept.of(row) for row in done] for way, kept in each.items()}
    for program in baselines.OF_SETS.get(name, ()) if arguments.baselines else ():
        said = baselines.answered(baselines.made(arguments.baselines), program, [row.text for row in done])
        answers[program] = [{tuple(one) for one in answer} if isinstance(answer, list) else answer for answer in said]
    found: dict[str, Any] = scores(SETS[name], done, answers, arguments.sacrebleu) if done else {}
    for way, seconds in rate.items():
        found.setdefault(way, {})["records_a_second"] = seconds
    return {"rows": len(done), **found}


if __name__ == "__main__":
    sys.exit(main())
