#!/usr/bin/env python3
"""20 processes write 100 runs each at once, without a pause: errors, lost rows, and milliseconds until a write is kept.

Also one process alone, and what opening costs. With --items N (130000 makes a large memory) what a memory of so many costs:
opening it, writing to it, a backup, reading it through, and forgetting something. --processes N, --writes N.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aishell.core.errors import MemoryUnavailable
from aishell.core.memory import Run
from aishell.memory import backup
from aishell.memory.check import verify
from aishell.memory.forget import forget
from aishell.memory.opening import open_or_none
from aishell.memory.store import Store
from bench.common import machine, options, report


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--writes", type=int, default=100)
    parser.add_argument("--items", type=int, default=0)
    parser.add_argument("--worker", nargs=2, help="a folder, and the number of this writer")
    arguments = parser.parse_args()
    if arguments.worker:
        return _worker(Path(arguments.worker[0]), int(arguments.worker[1]), arguments.writes)
    result: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="aishell-") as folder:
        result["together"] = _together(Path(folder), arguments.processes, arguments.writes)
    with tempfile.TemporaryDirectory(prefix="aishell-") as folder:
        result["alone_ms"] = _alone(Path(folder), 200 if arguments.quick else 2000)
        result["open_ms"] = _open(Path(folder), 50)
    if arguments.items:
        with tempfile.TemporaryDirectory(prefix="aishell-") as folder:
            result["large"] = _large(Path(folder), arguments.items)
    report(result, as_json=arguments.json)
    return 0


def _run(number: int, turn: int) -> Run:
    return Run(
        command=f"find /srv/{number} -name '*.log' -mtime +{turn} -delete",
        time=time.time(),
        intent=f"remove the logs in {number} that are older than {turn} days",
        cwd="/home/someone/project",
        exit_status=0,
        session=str(number),
    )


def _worker(folder: Path, number: int, writes: int) -> int:
    store = Store(folder / "memory.db", redact=str)
    print("ready", flush=True)
    sys.stdin.readline()
    took: list[float] = []
    errors: list[str] = []
    for turn in range(writes):
        began = time.perf_counter()
        try:
            store.record(_run(number, turn))
            took.append((time.perf_counter() - began) * 1000)
        except MemoryUnavailable as error:
            errors.append(str(error))
    print(json.dumps({"took": took, "errors": errors}))
    return 0


def _together(folder: Path, processes: int, writes: int) -> dict[str, Any]:
    Store(folder / "memory.db", redact=str).close()
    command = [sys.executable, "-m", "bench.memory_writes", "--writes", str(writes), "--worker", str(folder)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen([*command, str(number)], text=True, stdin=pipe, stdout=pipe) for number in range(processes)]
    for writer in started:
        assert writer.stdout
        writer.stdout.readline()
    began = time.perf_counter()
    for writer in started:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    said = [json.loads(writer.communicate()[0]) for writer in started]
    wall = time.perf_counter() - began
    store = Store(folder / "memory.db", redact=str)
    kept = store.counts()["runs"]
    took = [ms for one in said for ms in one["took"]]
    errors = [error for one in said for error in one["errors"]]
    return {"errors": len(errors), "lost": len(took) - kept, "wall_s": round(wall, 2), "ms": _percentiles(took)}


def _alone(folder: Path, writes: int) -> dict[str, float]:
    store = Store(folder / "memory.db", redact=str)
    took: list[float] = []
    for turn in range(writes):
        began = time.perf_counter()
        store.record(_run(0, turn))
        took.append((time.perf_counter() - began) * 1000)
    store.close()
    return _percentiles(took)


def _open(folder: Path, times: int) -> dict[str, float]:
    """Of a file that other shells have open, as most are."""
    other = Store(folder / "memory.db", redact=str)
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        opened = open_or_none(folder / "memory.db", redact=str)
        took.append((time.perf_counter() - began) * 1000)
        assert opened.store
        opened.store.close()
    other.close()
    return _percentiles(took)


def _large(folder: Path, items: int) -> dict[str, Any]:
    """Seconds, but for the two that say milliseconds."""
    file = folder / "memory.db"
    store = Store(file, redact=str)
    took: dict[str, Any] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.perf_counter()
        work()
        took[name] = round(time.perf_counter() - began, 2)

    timed("import_s", lambda: store.record_many(_run(number % 977, number) for number in range(items)))
    with store.write() as db:
        db.execute("INSERT INTO models VALUES (1, 'a', 'a', 384, 0), (2, 'b', 'b', 512, 0)")
        db.execute(
            "INSERT INTO vectors (model, item, vector) SELECT 1, id, randomblob(384) FROM items"
            " UNION ALL SELECT 2, id, randomblob(512) FROM items"
        )
    took["megabytes"] = file.stat().st_size >> 20
    took["open_ms"] = _open(folder, 20)
    took["write_ms"] = _alone(folder, 500)
    timed("backup_s", lambda: backup.daily(file))
    timed("verify_s", lambda: verify(store))
    timed("forget_s", lambda: forget(store, text="/srv/7 "))
    store.close()
    return took


def _percentiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = {name: ordered[int(part * (len(ordered) - 1))] for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return {name: round(value, 3) for name, value in at.items()} | {"worst": round(ordered[-1], 3), "n": len(ordered)}


if __name__ == "__main__":
    sys.exit(main())
