#!/usr/bin/env python3
"""How often the constraint check is wrong: false alarms on commands that are right, and what an alarm says of real answers.

  python -m bench.constraints --tldr REPOSITORY --pairs QUERIES.jsonl DOCS.jsonl --verdicts VERDICTS.jsonl

REPOSITORY is a git folder of tldr-pages: each example is a description and a command that fits it. QUERIES has {"query", "id"}
a line, or {"text", "id"}, and DOCS {"text", "id"} with the command (shared/bench/retrieval builds them from NL2Bash). VERDICTS
is what `bench.nl2sh --keep` writes: answers judged right or wrong, and two right commands for each request. For each set:
pairs, pairs with a certain mismatch (each a false alarm where all commands are right), with any mismatch, and by kind how
often a condition was found, met, left open, missed. --show KIND prints the alarms of one kind instead ("all": of every kind).
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from aishell.actions.parse import inspect
from aishell.core.text import one_line
from aishell.core.types import Script
from aishell.planner.constraints import Fault, check, extract, findings
from bench.common import machine, options, report

_QUICK = 300
_LEVELS = ("exec", "embed")


class Pair(NamedTuple):
    request: str
    command: str


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--tldr", type=Path, help="a git folder of tldr-pages")
    parser.add_argument("--pairs", type=Path, nargs=2, metavar=("QUERIES", "DOCS"))
    parser.add_argument("--verdicts", type=Path, nargs="+", default=[])
    parser.add_argument("--show", help="a kind of condition, or all")
    arguments = parser.parse_args()
    rows = [json.loads(line) for file in arguments.verdicts for line in file.read_text().splitlines()]
    result: dict[str, Any] = {"machine": machine()}
    for name, pairs in _right_pairs(arguments, rows):
        chosen = pairs[:: max(1, len(pairs) // _QUICK)] if arguments.quick else pairs
        if arguments.show:
            _show(chosen, arguments.show)
        else:
            result[name] = _alarms(chosen)
    if rows and not arguments.show:
        result["answers"] = {level: _signal(rows, level) for level in _LEVELS}
    if not arguments.show:
        report(result, as_json=arguments.json)
    return 0


def _right_pairs(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> Iterator[tuple[str, list[Pair]]]:
    """Sets in which every command is right."""
    if arguments.tldr:
        for language, folder in (("tldr", "pages"), ("tldr_zh", "pages.zh")):
            yield language, list(_tldr(arguments.tldr, folder))
    if arguments.pairs:
        queries, docs = ([json.loads(line) for line in file.read_text().splitlines()] for file in arguments.pairs)
        commands = {doc["id"]: doc["text"] for doc in docs}
        yield "pairs", [Pair(query.get("query") or query["text"], commands[query["id"]]) for query in queries]
    if rows:
        golds = dict.fromkeys(Pair(row["nl"], row[gold]) for row in rows for gold in ("gold", "gold2"))
        yield "golds", list(golds)


def _tldr(repository: Path, folder: str) -> Iterator[Pair]:
    command = ["git", "-C", str(repository), "archive", "HEAD", f"{folder}/common", f"{folder}/linux"]
    packed = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        pages = [archive.extractfile(member) for member in archive if member.name.endswith(".md")]
        for page in pages:
            said = ""
            for line in page.read().decode().splitlines() if page else ():
                if line.startswith("- "):
                    said = line[2:].strip().rstrip(":：")
                elif said and line.startswith("`") and line.endswith("`"):
                    yield Pair(re.sub(r"[\[\]]", "", said), _filled(line.strip("`")))
                    said = ""


def _filled(command: str) -> str:
    """An example's command with its places filled in as they stand, and the long one of two spellings of an option."""
    command = re.sub(r"\{\{\[(-[^|\]}]*)\|(-[^\]}]*)\]\}\}", r"\2", command)
    return re.sub(r"\{\{(.*?)\}\}", lambda match: match[1].split("|")[0].replace(" ", "_"), command)


def _inspected(pairs: Iterable[Pair]) -> Iterator[tuple[Pair, Script]]:
    """Pairs whose command bash can parse."""
    pairs = list(pairs)
    with ThreadPoolExecutor(2) as threads:
        for pair, script in zip(pairs, threads.map(lambda pair: inspect(pair.command), pairs), strict=True):
            if not script.error:
                yield pair, script


def _alarms(pairs: Iterable[Pair]) -> dict[str, Any]:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    total = certain = alarmed = 0
    for pair, script in _inspected(pairs):
        total += 1
        faults = []
        for constraint, found in findings(extract(pair.request), script):
            outcome = ("certain" if found.certain else "doubtful") if isinstance(found, Fault) else found
            kinds[constraint.kind][outcome] += 1
            faults += [found] if isinstance(found, Fault) else []
        certain += any(fault.certain for fault in faults)
        alarmed += bool(faults)
    shares = {"certain_percent": _percent(certain, total), "any_percent": _percent(alarmed, total)}
    return {
        "pairs": total,
        "certain": certain,
        "any": alarmed,
        **shares,
        "kinds": {k: dict(c) for k, c in sorted(kinds.items())},
    }


def _signal(rows: list[dict[str, Any]], level: str) -> dict[str, Any]:
    """What mismatches say of answers: {"certain": ..., "any": ...}, precision and recall for "the answer is wrong"."""
    alarms: dict[str, Counter[bool]] = {"certain": Counter(), "any": Counter()}
    wrong = sum(not row[level] for row in rows)
    for row in rows:
        missed = check(extract(row.get("asked") or row["nl"]), inspect(row["command"] or ""))
        alarms["certain"][not row[level]] += any(mismatch.certain for mismatch in missed)
        alarms["any"][not row[level]] += bool(missed)
    return {"answers": len(rows), "wrong": wrong} | {
        name: {
            "on_wrong": count[True],
            "on_right": count[False],
            "precision_percent": _percent(count[True], count.total()),
            "recall_percent": _percent(count[True], wrong),
        }
        for name, count in alarms.items()
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _show(pairs: Iterable[Pair], kind: str) -> None:
    for pair, script in _inspected(pairs):
        for mismatch in check(extract(pair.request), script):
            if kind in (mismatch.constraint.kind, "all"):
                sure = "certain" if mismatch.certain else "doubtful"
                print(one_line(f"{mismatch.constraint.kind} {sure}: {mismatch.sentence}", 160))
                print(one_line(f"    {pair.request}", 200), one_line(f"    {pair.command}", 200), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
