#!/usr/bin/env python3
"""What it costs to confine a command that only reads: milliseconds to start and end `true`, beside a plain start."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from aishell.actions import confine
from bench.common import machine, options, report, spread


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    ways: dict[str, Callable[[], None]] = {"plain": lambda: _end(_start()), "confined": _confined}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(100 if arguments.quick else 1000):  # in turn, so that a busy moment hits both alike
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            times[name].append(1000 * (time.perf_counter() - began))
    support = confine.support()
    report(
        {
            "machine": machine(),
            "landlock": support.landlock,
            "seccomp": support.seccomp,
            "ms": {name: spread(values) for name, values in times.items()},
        },
        as_json=arguments.json,
    )
    return 0


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["true"])


def _confined() -> None:
    with confine.scratch_folder() as scratch:
        _end(confine.start_confined(_start, command="true", scratch=scratch))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
