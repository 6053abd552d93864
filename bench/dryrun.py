#!/usr/bin/env python3
"""What a trial costs, in milliseconds: over a plain `bash -c :`, for a list of 5,000 changes, for committing 1,000."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.common import machine, options, report, spread
from tests.lab import Lab, remove

_THOUSAND = "cd many; for i in $(seq 600); do echo y >> $i; done; rm $(seq 601 800); for i in $(seq 200); do : > n$i; done"


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aishell-bench-", dir=Path.home()))
    try:
        lab = Lab(folder)
        result = {"machine": machine(), "way": lab.sandbox.way, "uid": os.getuid()}
        if lab.sandbox.dry:
            result["ms"] = _start(lab, 20 if arguments.quick else 200) | _changes(lab, 3 if arguments.quick else 10)
        report(result, as_json=arguments.json)
    finally:
        remove(folder)
    return 0


def _start(lab: Lab, runs: int) -> dict[str, Any]:
    """From the call to the exit status; and what is left of it when plain bash is taken off, pair by pair."""
    plain: list[float] = []
    tried: list[float] = []
    null = os.open(os.devnull, os.O_RDWR)
    for _ in range(runs):
        plain.append(_ms(lambda: subprocess.run(["bash", "-c", ":"], check=True)))
        began = time.perf_counter()
        trial = lab.sandbox.start(
            ("bash", "-c", ":"),
            cwd=str(lab.work),
            environment=dict(os.environ),
            folders=(str(lab.work), "/tmp"),
            stdin=null,
            stdout=null,
            stderr=null,
        )
        trial.wait()
        tried.append(1000 * (time.perf_counter() - began))
        trial.discard()
    os.close(null)
    over = statistics.median(b - a for a, b in zip(plain, tried, strict=True))
    return {"bash -c :": spread(plain), "the same, tried": spread(tried), "overhead_p50": round(over, 2)}


def _changes(lab: Lab, runs: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {
        name: [] for name in ("list 5000", "commit 1000", "undo 1000", "redo 1000", "discard 5000")
    }
    lab.native("mkdir many; for i in $(seq 5000); do echo x > many/$i; done")
    for _ in range(runs):
        trial, _ = lab.run("cd many; for i in *; do echo y >> $i; done")
        times["list 5000"].append(_ms(trial.changes))
        assert trial.changes().totals.changed == 5000
        times["discard 5000"].append(_ms(trial.discard))
        trial, _ = lab.run(_THOUSAND)
        assert trial.changes().totals.paths == 1000
        times["commit 1000"].append(_ms(lambda trial=trial: trial.commit("bench")))  # type: ignore[misc]
        times["undo 1000"].append(_ms(lab.undo.undo))
        times["redo 1000"].append(_ms(lab.undo.redo))
        lab.undo.undo()
    return {name: spread(values) for name, values in times.items()}


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
