"""`aishell stats`: what became of requests on this machine, from the audit log. Nothing is sent anywhere."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from aishell import wiring
from aishell.actions.audit import read
from aishell.actions.stats import Stats, counted, spread
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.cli.when import moment
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, MemoryUnavailable

_STEPS = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
_DAYS = 30


def parser() -> Parser:
    made = Parser(prog="aishell stats", allow_abbrev=False)
    made.add_argument("--since", default="", metavar="WHEN", help="2026-11-26, 2026-11-26T08:00, or 30m, 2h, 7d, 4w ago")
    made.add_argument("--plot", action="store_true", help="with charts: seconds to a proposal, proposals a day")
    made.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    paths = Paths.from_environment(dict(os.environ))
    since = moment("--since", options.since).isoformat(timespec="milliseconds") if options.since else ""
    file = wiring.audit_file(paths)
    try:
        found = counted(entry for entry in read(file) if entry is None or str(entry["time"]) >= since)
    except OSError as error:
        raise AishellError(f"{file} cannot be read: {error.strerror}.") from error
    corrected = _corrected(paths, options)
    if options.json:
        stdio.show_json(_table(found, corrected))
        return 0
    for line in _lines(found, corrected):
        stdio.show(line)
    for chart in _charts(found) if options.plot else ():
        stdio.show(f"\n{chart}")
    return 0


def _corrected(paths: Paths, options: argparse.Namespace) -> int | None:
    """Proposals in whose place a person wrote another command, as the memory has it; None when there is none to look into."""
    if not wiring.memory_file(paths).exists():
        return None
    since = moment("--since", options.since).timestamp() if options.since else 0.0
    with suppress(MemoryUnavailable), closing(wiring.open_store(paths)) as store:
        return store.judged("corrected", since)
    return None


def _table(found: Stats, corrected: int | None) -> dict[str, Any]:
    return {
        "since": found.since or None,
        "requests": found.requests,
        "proposals": {
            "agreed": found.agreed,
            "refused": found.refused,
            "unasked": found.unasked,
            "corrected": corrected,
            "acceptance": None if found.acceptance is None else round(found.acceptance, 4),
            "tiers": dict(found.tiers),
            "ended": dict(found.ended),
            "a_day": dict(found.days),
        },
        "looked_at": found.looked_at,
        "typed": found.typed,
        "seconds": {"thought": spread(found.thought_s), "ran": spread(found.ran_s)},
    }


def _lines(found: Stats, corrected: int | None) -> Iterator[str]:
    if not found.since:
        yield "nothing has been decided yet"
        return
    yield f"since        {found.since[:10]}"
    yield f"requests     {found.requests:,}, and {found.typed:,} lines typed by a person"
    share = "" if found.acceptance is None else f" ({found.acceptance:.0%} of what needed a yes)"
    yield f"agreed to    {found.agreed:,}{share}; refused {found.refused:,}; without a question {found.unasked:,}"
    if corrected is not None:
        yield f"corrected    {corrected:,}: another command was written instead"
    yield f"tiers        {_counts(found.tiers)}"
    yield f"came of it   {_counts(found.ended)}"
    for name, seconds in (("thought", found.thought_s), ("ran", found.ran_s)):
        if seconds:
            times = spread(seconds)
            yield f"{name:<12} {times['median_s']:.1f} s in the middle, nine of ten within {times['p90_s']:.1f} s"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common()) or "nothing"


def _charts(found: Stats) -> Iterator[str]:
    from aishell.cli.functions.plotted import chart, width
    from aishell.functions.report.values import Chart

    if found.thought_s:
        names = [*(f"to {step:g} s" for step in _STEPS), "longer"]
        places = [next((at for at, step in enumerate(_STEPS) if second <= step), len(_STEPS)) for second in found.thought_s]
        values = tuple(float(places.count(at)) for at in range(len(names)))
        yield chart(Chart(kind="bars", title="Seconds to a proposal", across=tuple(names), values=values), width())
    if len(found.thought_s) > 1:
        last = found.thought_s[-200:]
        across = tuple(str(number) for number in range(1, len(last) + 1))
        yield chart(Chart(kind="line", title="The same, one after the other", across=across, values=tuple(last)), width())
    if len(found.days) > 1:
        days = sorted(found.days)[-_DAYS:]
        values = tuple(float(found.days[day]) for day in days)
        yield chart(Chart(kind="bars", title="Proposals a day", across=tuple(days), values=values), width())
