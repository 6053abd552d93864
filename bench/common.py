"""What every benchmark says about the machine it ran on."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from typing import Any


def options(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="at most 45 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser


def machine() -> dict[str, Any]:
    """Load averages tell whether the figures can be trusted."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load_1m": round(os.getloadavg()[0], 2),
        "load_5m": round(os.getloadavg()[1], 2),
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, best and worst, in the unit of `values`."""
    return {
        "median": round(statistics.median(values), 4),
        "best": round(min(values), 4),
        "worst": round(max(values), 4),
        "n": len(values),
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and worst, in the unit of `values`."""
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 4),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 4),
        "worst": round(ordered[-1], 4),
        "n": len(ordered),
    }


def report(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    sys.stdout.flush()


def sign_test(won: int, lost: int) -> float:
    """The chance of a split at least as uneven when both are equally good."""
    uneven = sum(math.comb(won + lost, k) for k in range(min(won, lost) + 1))
    return float(min(1, 2 * uneven / 2 ** (won + lost)))
