#!/usr/bin/env python3
"""A second benchmark: the 150 requests of IBM's nl2bash-eabench, each with a test of its own, run as it is.

    python -m bench.eabench REPOSITORY [--part bash_1] [--raw] [--keep FOLDER [--seconds N]] [--against FOLDER]
    python -m bench.eabench REPOSITORY --golden

REPOSITORY is a clone of it, bare or not. Its generate.py and evaluate.py run unchanged; `docker` is bench/container.py. aishell
is asked inside each test's own file system, after what the test prepares, with the engine outside; its commands are the script
under test. Tests whose own solution fails here (Debian in place of Red Hat, no network) are left out of the headline; both
figures are printed. --golden proves the harness: the benchmark's own solutions, and a script that does nothing. --raw asks the
model alone, too.

Needs root, git, debootstrap and bubblewrap; builds two root file systems once. What is in --keep is not asked again,
only judged again when the containers have changed.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bench.common import machine, options, report
from bench.eaasking import Answer, ask_aishell, ask_model
from bench.eascore import Row, Rows, compared, seconds, table
from bench.eatests import PARTS, Benchmark, Task
from bench.own_engine import own_engine

_QUICK = 2
_GOLDEN_TRIES = 3
"""Some tests look at what keeps the processor busy, and fail now and then on a busy machine. Whether a test can be passed here,
its own solution has these tries to show; nobody else has more than one."""
Asked = Callable[[Task], Answer]


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the engine is stopped
    until = time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory() as temporary:
        parts = tuple(arguments.part or PARTS)
        benchmark = Benchmark.check_out(arguments.repository, Path(temporary) / "checkout", roots=_cache(), parts=parts)
        tests = _in_turn([benchmark.tests(part)[: _QUICK if arguments.quick else None] for part in parts])
        golden = _cache() / f"golden-{benchmark.version}.jsonl"
        keep = arguments.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        with nullcontext(Path()) if arguments.golden else own_engine() as runtime:
            asked: dict[str, Asked] = {"golden": lambda test: Answer(script=test.solution)}
            if arguments.golden:
                asked["nothing"] = lambda _: Answer(script="true\n")
            else:
                asked["aishell"] = lambda test: ask_aishell(benchmark, test, runtime)
            if arguments.raw:
                asked["model alone"] = lambda test: ask_model(test, runtime)
            rows = {name: Rows(golden if name == "golden" else keep / f"{name}.jsonl") for name in asked}
            _run(benchmark, tests, asked, rows, until)
        against = {name: Rows(arguments.against / f"{name}.jsonl") for name in asked} if arguments.against else {}
    report(_found(tests, rows, against), as_json=arguments.json)
    return 0


def _arguments() -> argparse.Namespace:
    parser = options(__doc__ or "")
    parser.add_argument("repository", type=Path)
    parser.add_argument("--part", choices=PARTS, action="append", help="one of the three; may be given again")
    parser.add_argument("--golden", action="store_true", help="prove the harness, without a model")
    parser.add_argument("--raw", action="store_true", help="the model alone beside aishell, with the same requests")
    parser.add_argument("--keep", type=Path, help="answers and results, by who gave them; what is there is not asked again")
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="ask no more after that; go on later with the same --keep"
    )
    parser.add_argument("--against", type=Path, help="what an earlier run kept: compared test by test")
    return parser.parse_args()


def _cache() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aishell-bench" / "eabench"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _in_turn(parts: list[list[Task]]) -> list[Task]:
    """One of each part after the other, so that a run that is cut short has seen as much of each."""
    return [task for tasks in zip_longest(*parts) for task in tasks if task]


def _run(benchmark: Benchmark, tests: list[Task], asked: dict[str, Asked], rows: dict[str, Rows], until: float) -> None:
    """Test by test, and each who is asked in turn, so that a busy machine slows all of them."""
    for number, test in enumerate(tests, 1):
        for name, kept in rows.items():
            row = kept.by_test.get(test.name)
            if row and row.version == benchmark.version:
                continue
            if time.monotonic() > until:
                return
            row = row or _answered(test, asked[name])
            row = _judged(benchmark, test, row, tries=_GOLDEN_TRIES if name == "golden" else 1)
            kept.add(row)
            print(f"{number} of {len(tests)}: {test.name}, {name}: {row.result}, {row.seconds:.1f} s", file=sys.stderr)


def _answered(test: Task, asked: Asked) -> Row:
    began = time.perf_counter()
    answer = asked(test)
    took = time.perf_counter() - began
    return Row(test=test.name, script=answer.script, seconds=took, problems=answer.problems)


def _judged(benchmark: Benchmark, test: Task, row: Row, *, tries: int) -> Row:
    result, why = benchmark.judge(test, row.script)
    judged = replace(row, result=result, why=why, version=benchmark.version)
    return judged if judged.passed or tries == 1 else _judged(benchmark, test, row, tries=tries - 1)


def _found(tests: list[Task], rows: dict[str, Rows], against: dict[str, Rows]) -> dict[str, Any]:
    chosen = {
        name: {test.name: kept.by_test[test.name] for test in tests if test.name in kept.by_test} for name, kept in rows.items()
    }
    golden = chosen["golden"]
    sound = frozenset(name for name, row in golden.items() if row.passed)
    found: dict[str, Any] = {
        "machine": machine(),
        "tests": len(tests),
        "passed": {name: table(done.values(), sound) for name, done in chosen.items()},
        "left out": sorted(golden.keys() - sound),
        "seconds to an answer": {
            name: seconds(done.values()) for name, done in chosen.items() if name in ("aishell", "model alone")
        },
    }
    if "model alone" in chosen:
        found["aishell beside the model alone"] = compared(chosen["aishell"], chosen["model alone"], sound)
    for name, kept in against.items():
        found[f"{name} beside the earlier run"] = compared(chosen[name], kept.by_test, sound)
    return found


if __name__ == "__main__":
    sys.exit(main())
