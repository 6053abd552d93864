#!/usr/bin/env python3
"""Histories brought in: seconds for many lines the first time and again, and how long another writer waits meanwhile."""

from __future__ import annotations

import functools
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aishell.config.paths import shipped
from aishell.memory.history.bring import bring_in
from aishell.memory.history.find import History, Source
from aishell.memory.redact import Redactor
from aishell.memory.store import Store
from bench.common import machine, options, percentiles, report
from bench.redact import ordinary

_FORMS: dict[Source, str] = {
    "bash": "{command}\n",
    "zsh": ": {time}:0;{command}\n",
    "fish": "- cmd: {command}\n  when: {time}\n",
}


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--lines", type=int, default=100_000)
    arguments = parser.parse_args()
    count = min(arguments.lines, 20_000) if arguments.quick else arguments.lines
    redactor = Redactor.from_file(shipped("redact.toml"), {})
    chance = random.Random(3)
    commands = [line.replace("\n", " ") for line in ordinary(5_000)]
    result: dict[str, Any] = {"machine": machine(), "lines": count}
    for source, form in _FORMS.items():
        # half of a history repeats a few commands; the rest differ by an argument
        lines = [
            chance.choice(commands[:50]) if at % 2 else f"{chance.choice(commands)} {chance.randrange(1000)}"
            for at in range(count)
        ]
        text = "".join(form.format(command=line, time=1_600_000_000 + at) for at, line in enumerate(lines))
        redact = functools.lru_cache(4096)(lambda line: redactor.redact(line).text)  # as the command does
        result[source] = measured(source, text, redact)
    report(result, as_json=arguments.json)
    return 0 if all(result[source]["new_the_second_time"] == 0 for source in _FORMS) else 1


def measured(source: Source, text: str, redact: Callable[[str], str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="aishell-bench-") as folder:
        path = Path(folder) / "history"
        path.write_text(text)
        store = Store(Path(folder) / "memory" / "memory.db", redact=redact)
        history = History(source=source, path=path)
        steps: list[float] = []
        began = last = time.perf_counter()
        new = 0
        for now in bring_in(store, history.read(redact)):
            steps.append(1000 * (time.perf_counter() - last))
            last = time.perf_counter()
            new = now.new
        first = last - began
        began = time.perf_counter()
        *_, again = bring_in(store, history.read(redact))
        second = time.perf_counter() - began
        store.close()
        return {
            "new": new,
            "seconds": round(first, 2),
            "seconds_again": round(second, 2),
            "new_the_second_time": again.new,
            "ms_for_100_with_reading": percentiles(steps),
        }


if __name__ == "__main__":
    sys.exit(main())
