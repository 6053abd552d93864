#!/usr/bin/env python3
"""Words to commands on the development split of InterCode-ALFA: `aishell -c --print --json` inside each task's file system.

The engine runs outside of it. Needs root, and the benchmark's own folder (its install.sh builds the file systems): --folder, by
default ../shared/bench/nl2sh beside the checkout. Prints the scorer's table by difficulty; --json gives one object.

--language zh asks in Chinese (nl2sh_zh.jsonl, see nl2sh_zh.md). --ids-file names another JSON list of ids. With --keep FOLDER
answers are written as they come, and those that are there already are not asked for again. --against FOLDER compares with the
answers kept there, request by request: how many only one side has right, and how likely so uneven a split is by chance.

What each mechanism adds: AISHELL_* variables reach the product (AISHELL_PLANNER_MEND=false, _REPAIR=false, _CANDIDATES=1,
_LOOK=false), and --without also judges what the kept answers would have been without repair, without other candidates, and
without looking at what they do, from what was weighed. --raw asks the bare model instead of aishell. The table of confidence
says how many of the answers of each confidence were right (by either verdict).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.common import machine, options, percentiles, report, sign_test, spread
from bench.own_engine import own_engine
from bench.plain import plain_answer

ROOT = Path(__file__).resolve().parents[1]
CHINESE = Path(__file__).with_name("nl2sh_zh.jsonl")
LEVELS = ("exec", "embed")
_QUICK = 6
_PLAIN = "Translate the request into one bash command for Linux. Reply with the command in a code block."
_BINS = (0.0, 0.4, 0.6, 0.75, 0.85, 1.01)
_OTHERS = ("repair", "examples", "other beginning", "third beginning", "examples, other beginning")
_STATE = "/run/aishell-bench"
"""The same inside and outside: an engine that was started for another memory would be replaced at each request."""


Ask = Callable[[dict[str, Any], Path], dict[str, Any]]
"""Who is asked: a task and the runtime folder of an engine to an answer."""


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared" / "bench" / "nl2sh")
    parser.add_argument("--keep", type=Path, help="write predictions and verdicts into this folder, and go on from there")
    parser.add_argument("--ids-file", type=Path, help="a JSON list of ids; by default the development ids")
    parser.add_argument("--language", choices=["en", "zh"], default="en")
    parser.add_argument("--raw", action="store_true", help="the model alone, with one line of instructions")
    parser.add_argument("--without", action="store_true", help="what the answers would be without each mechanism")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="a folder of --keep to compare with")
    arguments = parser.parse_args()
    if not (arguments.folder / "sandbox.py").exists():
        print(f"the benchmark is not in {arguments.folder}; name its folder with --folder", file=sys.stderr)
        return 2
    sys.path.insert(0, str(arguments.folder))
    import sandbox  # type: ignore[import-not-found]

    os.environ["PYTHONPATH"] = f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"
    sandbox.enter_private_mounts()  # starts this script anew, in namespaces of its own
    tasks = _tasks(arguments.folder, arguments.ids_file, arguments.language)
    tasks = tasks[:: len(tasks) // _QUICK][:_QUICK] if arguments.quick else tasks
    with tempfile.TemporaryDirectory() as temporary:
        kept = arguments.keep or Path(temporary)
        answers = _answers(_plain if arguments.raw else partial(_answer, sandbox), tasks, kept)
        table = _score(arguments.folder, kept, answers)
        result: dict[str, Any] = {
            "machine": machine(),
            "language": arguments.language,
            "requests": len(answers),
            "score": table,
            **_seconds(answers),
            "right_by_confidence": _reliability(answers, _rows(kept / "verdicts.jsonl")),
            **(_without(arguments.folder, kept, answers) if arguments.without else {}),
            **(_compared(kept, arguments.against) if arguments.against else {}),
        }
    report(result, as_json=arguments.json)
    return 0


def _seconds(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """What they took: of the model and in all; "sure" are those for which no other command was looked at."""
    sure = [answer["model_s"] for answer in answers if not answer.get("considered")]
    first = [answer["first_piece_s"] for answer in answers if answer.get("first_piece_s")]
    return {
        **({"first_piece_s": spread(first)} if first else {}),
        "model_s": percentiles([a["model_s"] for a in answers]),
        "mean_model_s": round(sum(a["model_s"] for a in answers) / len(answers), 2),
        "whole_s": percentiles([a["whole_s"] for a in answers]),
        "mean_whole_s": round(sum(a["whole_s"] for a in answers) / len(answers), 2),
        "sure": {"share": round(len(sure) / len(answers), 2), "model_s": percentiles(sure)} if sure else {},
    }


def _tasks(folder: Path, ids: Path | None, language: str) -> list[dict[str, Any]]:
    """The requests, as {"id", "asked", "difficulty", "env"}; in another language those that have a translation."""
    listed = ["--ids-file", str(ids.resolve())] if ids else []
    done = subprocess.run([sys.executable, "prompts.py", *listed], cwd=folder, capture_output=True, text=True, check=True)
    tasks = [json.loads(line) for line in done.stdout.splitlines()]
    words = {task["id"]: task["nl"] for task in tasks}
    if language == "zh":
        words = {row["id"]: row["zh"] for row in _rows(CHINESE)}
    missing = [task["id"] for task in tasks if task["id"] not in words]
    if missing:
        print(f"{len(missing)} requests have no translation and are left out", file=sys.stderr)
    return [task | {"asked": words[task["id"]]} for task in tasks if task["id"] in words]


def _answers(ask: Ask, tasks: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """An answer a task, in their order; what `folder` holds for the same words is taken from there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "answers.jsonl"
    known = {(row["id"], row["asked"]): row for row in _rows(file) if row.get("asked") and row["command"]}
    if any((task["id"], task["asked"]) not in known for task in tasks):
        with own_engine(_STATE) as runtime, file.open("a") as kept:
            for task in tasks:
                if (task["id"], task["asked"]) not in known:
                    answer = ask(task, runtime)
                    known[task["id"], task["asked"]] = answer
                    kept.write(json.dumps(answer, ensure_ascii=False) + "\n")
                    kept.flush()
    return [known[task["id"], task["asked"]] for task in tasks]


def _compared(folder: Path, other: Path) -> dict[str, Any]:
    """Request by request against another run: right here only, right there only, and the exact p of McNemar's test."""
    here, there = ({row["id"]: row for row in _rows(place / "verdicts.jsonl")} for place in (folder, other))
    both = here.keys() & there.keys()
    result: dict[str, Any] = {"in_both": len(both)}
    for level in LEVELS:
        won = sum(here[one][level] and not there[one][level] for one in both)
        lost = sum(there[one][level] and not here[one][level] for one in both)
        result[level] = {"only_here": won, "only_there": lost, "p": round(sign_test(won, lost), 4)}
    return {"against": result}


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _plain(task: dict[str, Any], runtime: Path) -> dict[str, Any]:
    began = time.perf_counter()
    command = asyncio.run(plain_answer(_PLAIN, task["asked"], runtime))
    took = time.perf_counter() - began
    return {**{key: task[key] for key in ("id", "asked")}, "command": command, "model_s": took, "whole_s": took}


def _answer(sandbox: Any, task: dict[str, Any], runtime: Path) -> dict[str, Any]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    places = {ROOT, (ROOT / ".venv").resolve(), Path(sys.base_prefix), cache / "aishell"}
    binds = [sandbox.Bind.parse(str(place)) for place in places] + [sandbox.Bind.parse(str(runtime), writable=True)]
    if task["env"] == 5:
        binds += sandbox.library_binds("host")
    began = time.perf_counter()
    done = sandbox.run_in_env(
        task["env"],
        [str(ROOT / ".venv/bin/python"), "-m", "aishell", "-c", "--print", "--json", "?" + task["asked"]],
        binds,
        tmpfs=[_STATE],
        setenv={
            "XDG_CACHE_HOME": str(cache),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_STATE_HOME": _STATE,
            "PYTHONPATH": str(ROOT),
            **{name: value for name, value in os.environ.items() if name.startswith("AISHELL_")},
        },
    )
    whole = time.perf_counter() - began
    try:
        said = json.loads(done.stdout)
    except ValueError:
        print(f"request {task['id']}: exit {done.rc}: {done.stderr[-300:]}", file=sys.stderr)
        said = {}
    timings = said.get("timings", {})
    return {
        "id": task["id"],
        "asked": task["asked"],
        "command": said["steps"][0]["command"] if said.get("steps") else "",
        "problems": said.get("problems", []),
        "confidence": said.get("confidence"),
        "considered": said.get("considered", []),
        "whole_s": whole,
        "model_s": timings.get("total_s", whole),
        "first_piece_s": timings.get("first_piece_s"),
    }


def _reliability(answers: list[dict[str, Any]], verdicts: list[dict[str, Any]]) -> dict[str, str]:
    """Of the answers in each bin of confidence, the mean confidence and the share that is right by either verdict."""
    right = {row["id"]: bool(row["exec"] or row.get("embed")) for row in verdicts}
    found: dict[str, str] = {}
    for low, high in pairwise(_BINS):
        chosen = [a for a in answers if a.get("confidence") is not None and low <= a["confidence"] < high]
        if chosen:
            mean = sum(answer["confidence"] for answer in chosen) / len(chosen)
            share = sum(right[answer["id"]] for answer in chosen) / len(chosen)
            found[f"{low:.2f} to {min(high, 1):.2f}"] = f"{len(chosen)} answers, mean {mean:.2f}, right {share:.2f}"
    return found


def _without(folder: Path, kept: Path, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The scores had a mechanism been left out of the choice; what it cost in time is not in them."""
    parts = {"looking": ("what happened", "effect", "agreement"), "weighing backwards": ("request likely for it",)}
    ways: dict[str, Callable[[dict[str, Any]], str]] = {
        "repair": lambda answer: _best(answer, ("repair",), ()),
        "other candidates": lambda answer: _best(answer, _OTHERS, ()),
        **{name: partial(_best, origins=("repair",), parts=left) for name, left in parts.items()},
    }
    result: dict[str, Any] = {}
    for name, choose in ways.items():
        place = kept / f"without-{name.replace(' ', '-')}"
        place.mkdir(exist_ok=True)
        table = _score(folder, place, [{**answer, "command": choose(answer)} for answer in answers])
        result[f"without {name}"] = {level: table["all"].get(level) for level in LEVELS}
    return result


def _best(answer: dict[str, Any], origins: Sequence[str], parts: Sequence[str]) -> str:
    """The command that would have been chosen without candidates of `origins` and without some parts of the score."""
    left = [one for one in answer.get("considered", []) if one["origin"] not in origins]
    if not left:
        return str(answer["command"])
    return str(max(left, key=lambda one: sum(value for name, value in one["parts"].items() if name not in parts))["command"])


def _score(folder: Path, target: Path, answers: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The scorer's table: {level: {verdict: share}}."""
    predictions, ids = target / "predictions.jsonl", target / "ids.json"
    predictions.write_text("".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers))
    ids.write_text(json.dumps([answer["id"] for answer in answers]))
    python = Path.home() / ".cache/aishell-bench/venv/bin/python"
    command = (
        [str(python), "score.py", str(predictions), "--embed"]
        if python.exists()
        else [sys.executable, "score.py", str(predictions)]
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("NL2SH_PRIVATE", "PYTHONPATH")}
    done = subprocess.run(
        [*command, "--ids-file", str(ids), "--out", str(target / "verdicts.jsonl")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    rows = [line.split() for line in done.stdout.splitlines() if re.match(r"\s*(n\s|easy|medium|hard|all)", line)]
    names = rows[0][1:] if rows else []
    return {row[0]: dict(zip(names, row[2:], strict=False)) for row in rows[1:]}


if __name__ == "__main__":
    sys.exit(main())
