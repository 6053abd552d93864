#!/usr/bin/env python3
"""What is left in the screen after a long day: memory after gigabytes of output, descriptors and dead processes after commands.

    python -m bench.screen_load [--gigabytes 5] [--commands 1000]

The real command on a pseudo-terminal; the output is made by a program typed into it, and goes through its shell, its block and
onto the terminal. Memory is that of aishell's own process (RSS, MB), and of all that it has started.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.common import machine, options, report
from bench.screen import Screen

_FIRST_MB = 100
"""Before the first look: what is allocated once, for any output, is no growth."""
_PART_MB = 500


def standing(pid: int) -> dict[str, float]:
    """How a process and all below it stand now."""
    family = [pid, *_below(pid)]
    states = [_state(each) for each in family]
    return {
        "rss_MB": round(_rss(pid), 1),
        "all_rss_MB": round(sum(map(_rss, family)), 1),
        "fds": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "processes": len(family),
        "zombies": states.count("Z"),
    }


def _below(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return [each for child in found for each in (child, *_below(child))]


def _state(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _rss(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    return 0.0


def pours(screen: Screen, megabytes: int, number: int) -> float:
    """So much output in one line; how long it took, in seconds."""
    began = time.perf_counter()
    screen.types(f"yes abcdefghijklmnopqrstuvwxyz | head -c {megabytes}000000; echo; echo end-$((1000+{number}))\r")
    screen.until(f"end-{1000 + number}".encode(), patience_s=60 + megabytes)
    return time.perf_counter() - began


def through(screen: Screen, megabytes: int) -> dict[str, Any]:
    """Memory before and after so much output, and the most seen after a part of it."""
    pours(screen, _FIRST_MB, 0)
    screen.quiet(1.0)
    before, most, took = standing(screen.pid), 0.0, 0.0
    for number in range(1, megabytes // _PART_MB + 1):
        took += pours(screen, _PART_MB, number)
        most = max(most, standing(screen.pid)["rss_MB"])
        print(f"{number * _PART_MB} MB in {took:.0f} s, RSS {standing(screen.pid)['rss_MB']} MB", file=sys.stderr, flush=True)
    screen.quiet(1.0)
    after = standing(screen.pid)
    return {
        "MB": megabytes, "MB_s": round(megabytes / took, 1), "before": before, "after": after,
        "growth_MB": round(after["rss_MB"] - before["rss_MB"], 1), "most_growth_MB": round(most - before["rss_MB"], 1),
    }  # fmt: skip


def commands(screen: Screen, count: int) -> dict[str, Any]:
    """What is open and dead before and after so many lines, each with a pipe and a subshell."""
    for number in range(20):
        _one(screen, number)
    screen.quiet(1.0)
    before, began = standing(screen.pid), time.perf_counter()
    for number in range(20, 20 + count):
        _one(screen, number)
        if number % 100 == 0:
            print(f"{number} lines: {standing(screen.pid)}", file=sys.stderr, flush=True)
    took = time.perf_counter() - began
    screen.quiet(1.0)
    return {"commands": count, "ms_each": round(1000 * took / count, 1), "before": before, "after": standing(screen.pid)}


def _one(screen: Screen, number: int) -> None:
    screen.types(f"echo n$((100000+{number})) | cat; (exit 3)\r")
    screen.until(f"n{100000 + number}".encode())


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--commands", type=int, default=1000)
    arguments = parser.parse_args()
    megabytes = 500 if arguments.quick else round(1000 * arguments.gigabytes)
    result: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="aishell-bench-") as folder:
        screen = Screen(Path(folder))
        screen.until(b"F1")
        screen.quiet(1.0)
        if arguments.commands:
            result["left_over"] = commands(screen, 100 if arguments.quick else arguments.commands)
        if megabytes:
            result["output"] = through(screen, megabytes)
        screen.close()
    report(result, as_json=arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
