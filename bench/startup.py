#!/usr/bin/env python3
"""How long the command takes when no model is needed: best, median and worst of several runs, beside an empty interpreter."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bench.common import machine, options, report, spread

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    aishell = str(ROOT / ".venv" / "bin" / "aishell")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "bash -c true": ["bash", "-c", "true"],
        "aishell --version": [aishell, "--version"],
        "aishell -c '!true'": [aishell, "-c", "!true"],
        "aishell -c 'ls /'": [aishell, "-c", "ls /"],
    }
    runs = 10 if arguments.quick else 40
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):  # in turn, so that a busy moment hits all alike
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            times[name].append(1000 * (time.perf_counter() - began))
    report({"machine": machine(), "ms": {name: spread(values) for name, values in times.items()}}, as_json=arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
