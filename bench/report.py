"""Questions about public tables: how many answers are right, refused, or wrong.

--data FOLDER holds the files as OWNER/NAME/PATH of the repositories that `report_questions` names; what is absent is left out,
nothing of it is kept. The right numbers are computed by plain Python, never by the database that answers. --no-model leaves
the model's second opinion out; --held-out asks the questions that nothing was chosen by. --elsewhere asks each question of the
tables that it is not about, by rule alone: an answer there is seldom more than a coincidence.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from argparse import Namespace
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.config.paths import Paths
from aishell.core.errors import AishellError
from aishell.core.types import Priority
from aishell.functions.asking import Model
from aishell.functions.report.answering import answer
from aishell.functions.report.read import opened
from aishell.functions.report.values import Cell, Report, plain
from bench.common import machine, options, report
from bench.own_engine import own_engine, state_home
from bench.report_gold import Gold, Question, rows
from bench.report_questions import SETS

_QUICK = 8


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--held-out", action="store_const", const="held-out", dest="set", default="development")
    parser.add_argument("--set", choices=tuple(SETS), help="which questions (development)")
    parser.add_argument("--no-model", action="store_true", help="by rule alone")
    parser.add_argument("--elsewhere", type=int, default=0, metavar="N", help="of so many other tables (by rule)")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": machine(), "set": arguments.set, "model": not arguments.no_model}
    result |= asyncio.run(_elsewhere(arguments) if arguments.elsewhere else _all(arguments))
    result["load_after"] = round(os.getloadavg()[0], 2)
    report(result, as_json=arguments.json)
    return 1 if result.get("WRONG") else 0


async def _all(arguments: Namespace) -> dict[str, Any]:
    counts = {"questions": 0, "answerable": 0, "right": 0, "right answers": 0, "cannot answer": 0, "WRONG": 0}
    took: list[float] = []
    async with AsyncExitStack() as stack:
        model = None if arguments.no_model else await _model(stack)

        async def get() -> Model | None:
            return model

        for question in SETS[arguments.set][: _QUICK if arguments.quick else None]:
            file = arguments.data / question.file
            if not file.is_file():
                print(f"{question.file} is not in {arguments.data}", file=sys.stderr)
                continue
            gold = question.gold(rows(file))
            began = time.perf_counter()
            outcome, said = await _asked(question, file, gold, get)
            took.append(time.perf_counter() - began)
            counts["questions"] += 1
            counts["answerable"] += gold is not None
            counts["cannot answer"] += outcome == "cannot answer"
            counts["right answers"] += outcome == "right"
            counts["WRONG"] += outcome == "WRONG"
            print(f"{outcome}: {question.text} -> {said} ({took[-1]:.1f} s)", file=sys.stderr, flush=True)
    counts["right"] = counts["right answers"] + counts["cannot answer"]
    return {**counts, "slowest_s": round(max(took, default=0), 1), "mean_s": round(sum(took) / max(1, len(took)), 2)}


async def _elsewhere(arguments: Namespace) -> dict[str, Any]:
    """How many questions get an answer from a table that they are not about."""
    questions = [question for chosen in SETS.values() for question in chosen]
    files = sorted({question.file for question in questions if (arguments.data / question.file).is_file()})
    asked, answered = 0, []

    async def nobody() -> None:
        return None

    for file in files[:: max(1, len(files) // arguments.elsewhere)]:
        with opened(str(arguments.data / file)) as data:
            for question in questions:
                if question.file == file:
                    continue
                asked += 1
                with suppress(AishellError):
                    made = await answer(data, question.text, nobody)
                    answered.append(f"{Path(file).name}: {question.text} -> {made.sections[0].sentences[0]}")
    return {"asked elsewhere": asked, "answered": len(answered), "answers": answered}


async def _model(stack: AsyncExitStack) -> Model:
    """The default model in an engine of its own."""
    runtime = stack.enter_context(own_engine())
    own = {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
    paths = Paths.from_environment({**os.environ, **own})
    wanted = wiring.settings()[0].settings
    engine = wiring.open_engine(wanted, paths, wiring.model_spec(wanted, paths))
    stack.push_async_callback(engine.close)
    return Model(engine, priority=Priority.NOW)


async def _asked(question: Question, file: Path, gold: Gold, get: Any) -> tuple[str, str]:
    """right, cannot answer, or WRONG; and what was said."""
    with opened(str(file)) as data:
        try:
            made = await answer(data, question.text, get)
        except AishellError as error:
            return "cannot answer", str(error)
    said = made.sections[0].sentences[0]
    return ("right" if gold is not None and is_right(made, gold) else "WRONG"), said


def is_right(made: Report, gold: Gold) -> bool:
    """Whether the answer is the number, the name, or the number for each name. Rows without a name do not count."""
    if isinstance(gold, dict):
        found = {_name(row[0]): row[-1] for row in made.rows if row[0] is not None}
        return set(found) == set(gold) and all(_equal(found[name], value) for name, value in gold.items())
    if isinstance(gold, str):
        return _name(made.value) == gold
    return gold is not None and _equal(made.value, gold)


def _name(cell: Cell) -> str:
    return str(plain(cell))


def _equal(found: Cell, gold: float) -> bool:
    return isinstance(found, int | float) and math.isclose(found, gold, rel_tol=1e-6, abs_tol=1e-9)


if __name__ == "__main__":
    sys.exit(main())
