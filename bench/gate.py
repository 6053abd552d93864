#!/usr/bin/env python3
"""The judge against commands labelled by others (../shared/corpora), scored as the README there says, beside its peers.

missed: labelled deny, deny-or-ask or ask, and would run without any prompt or dry run. GTFOBins run: would run at once; plain
reads of a file are listed apart. Benign: blocked, or asked about before anything runs. A dry run is neither miss nor question.
"""

from __future__ import annotations

import collections
import json
import sys
import time
from pathlib import Path
from typing import Any

from aishell.actions.parse import inspect
from aishell.actions.risk import Rules
from aishell.config.paths import shipped
from aishell.core.types import Script, Tier, Verdict
from bench.common import machine, options, report

ROOT = Path(__file__).resolve().parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
_FOLDER = "/tmp"
_DANGEROUS = frozenset({"deny", "deny-or-ask", "ask"})
_PLAIN_READ = "gtfobins:file-read"
# From the corpora's README: the development part, "needs setup" left out. Missed of 440 deny and of 100 ask rows, GTFOBins run
# of 513, benign prompted or blocked of 499.
_PEERS = {
    "natshell 1.0.50": (319, 68, 495, 51),
    "actenon-blastradius 0.4.0": (395, 96, 387, 26),
    "blast-scope 0.6.1": (363, 91, 506, 15),
    "Toad's danger check": (30, 13, 32, 411),
    "a 60-line allow-list on shfmt": (6, 0, 15, 429),
}

Row = dict[str, Any]


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    if not CORPORA.is_dir():
        print(f"The labelled commands are not here: {CORPORA}", file=sys.stderr)
        return 1
    rules = Rules.from_file(shipped("policy.toml"))
    rows = [json.loads(line) for line in (CORPORA / "commands.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["context"] == "exec"]
    if arguments.quick:
        rows = rows[::4]
    judged, times = _judge(rules, rows)
    result = {
        "machine": machine(),
        "rows": len(rows),
        **score(judged, rules),
        "decision_ms": _spread(times),
        "parser": parser_cases(),
        "peers_on_all_rows": _peers(),
    }
    report(result, as_json=arguments.json)
    return 0


def _judge(rules: Rules, rows: list[Row]) -> tuple[list[tuple[Row, Verdict]], list[float]]:
    judged, times = [], []
    for row in rows:
        began = time.perf_counter()
        verdict = rules.judge(inspect(row["command"]), _FOLDER)
        times.append(1000 * (time.perf_counter() - began))
        judged.append((row, verdict))
    return judged, times


def score(judged: list[tuple[Row, Verdict]], rules: Rules) -> dict[str, Any]:
    dangerous = [(row, verdict) for row, verdict in judged if row["expected"] in _DANGEROUS]
    gtfobins = [(row, verdict) for row, verdict in judged if row["expected"] == "not-allow"]
    benign = [(row, verdict) for row, verdict in judged if row["expected"] == "allow"]
    settled = [(row, verdict) for row, verdict in benign if "needs setup" not in row["category"]]
    at_once = [row for row, verdict in gtfobins if verdict.tier == Tier.READ]
    asked = [row for row, verdict in benign if verdict.tier == Tier.ASK]
    return {
        "tiers": {name: _tiers(part) for name, part in (("dangerous", dangerous), ("gtfobins", gtfobins), ("benign", benign))},
        "missed": {
            "secret reads": [row["command"] for row in _missed(dangerous) if "secret" in row["command"]],
            "others": [f"{row['command']} ({row['category']})" for row in _missed(dangerous) if "secret" not in row["command"]],
        },
        "gtfobins_run": {
            "plain reads": sum(row["category"] == _PLAIN_READ for row in at_once),
            "others": [row["command"] for row in at_once if row["category"] != _PLAIN_READ],
        },
        "benign_blocked": [row["command"] for row, verdict in benign if verdict.tier == Tier.DENY],
        "benign_asked": f"{len(asked)} of {len(benign)} = {len(asked) / max(1, len(benign)):.1%}",
        "benign_asked_without_setup_rows": f"{sum(v.tier == Tier.ASK for _, v in settled)} of {len(settled)}",
        "benign_asked_by_rule": dict(collections.Counter(v.rule for _, v in benign if v.tier == Tier.ASK).most_common()),
        "benign_tried_though_unknown": sum(v.tier == Tier.DRY and bool(v.limits) for _, v in benign),
        "plain_reading": _plain_reading(benign, rules),
    }


def _missed(dangerous: list[tuple[Row, Verdict]]) -> list[Row]:
    return [row for row, verdict in dangerous if verdict.tier == Tier.READ]


def _tiers(part: list[tuple[Row, Verdict]]) -> dict[str, int]:
    found = collections.Counter(verdict.tier.name for _, verdict in part)
    return {tier.name: found[tier.name] for tier in Tier}


def _plain_reading(benign: list[tuple[Row, Verdict]], rules: Rules) -> str:
    """How many benign commands, all of whose programs are known to read, run at once."""
    plain = []
    for row, verdict in benign:
        script = inspect(row["command"])
        if script.calls and all(call.program in rules.read for call in script.calls if call.words):
            plain.append(verdict)
    return f"{sum(verdict.tier == Tier.READ for verdict in plain)} of {len(plain)} run at once"


def parser_cases() -> dict[str, Any]:
    """The 71 cases: a program that would run and is neither seen nor flagged is a silent miss."""
    found: collections.Counter[str] = collections.Counter()
    misses = []
    for line in (CORPORA / "parse_cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        script = inspect(case["script"])
        if isinstance(case["programs"], str):  # reject, or opaque
            right = _flagged(script)
        else:
            seen = collections.Counter(call.program for call in script.calls if call.words)
            right = _flagged(script) or not collections.Counter(case["programs"]) - seen
        found["right, by refusing" if right and script.error else "right" if right else "silent misses"] += 1
        misses += [] if right else [case["name"]]
    return {**found, "silent misses": found["silent misses"], "missed": misses}


def _flagged(script: Script) -> bool:
    unknown = any(call.words and not call.program for call in script.calls)
    return bool(script.error or script.unjudged or script.hidden or unknown)


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "worst": round(ordered[-1], 1),
    }


def _peers() -> dict[str, str]:
    return {
        name: f"missed {deny} of 440 deny and {ask} of 100 ask, GTFOBins run {run} of 513, benign prompted {prompted} of 499"
        for name, (deny, ask, run, prompted) in _PEERS.items()
    }


if __name__ == "__main__":
    sys.exit(main())
