"""What `bench.eabench` found out: a row for each test and each who was asked; kept in files, counted, compared in pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.common import sign_test, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One test, with somebody's script."""

    test: str
    """As `bash_1/test10`."""
    script: str
    result: str = ""
    """The benchmark's own word: Pass, Fail, or Abort."""
    version: str = ""
    """Of the benchmark that said so."""
    why: str = ""
    """The last of what its evaluation said."""
    seconds: float = 0.0
    """Until the script was there."""
    problems: tuple[str, ...] = ()
    """What aishell itself saw to be wrong with it."""

    @property
    def passed(self) -> bool:
        return self.result == "Pass"


class Rows:
    """A file with a row a line, by test; one that is cut off in the middle of a line loses that line alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.by_test: dict[str, Row] = {}
        text = file.read_text() if file.exists() else ""
        if text and not text.endswith("\n"):
            file.write_text(text[: text.rfind("\n") + 1])
        for line in text.splitlines():
            try:
                row = Row(**json.loads(line))
            except ValueError:
                continue
            self.by_test[row.test] = row

    def add(self, row: Row) -> None:
        self.by_test[row.test] = row
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def table(rows: Iterable[Row], sound: frozenset[str]) -> dict[str, str]:
    """Passed of asked by part; then of those tests that can be passed here, which is the headline; then of all."""
    done = list(rows)
    parts = sorted({row.test.partition("/")[0] for row in done})
    groups = {part: [row for row in done if row.test.startswith(f"{part}/") and row.test in sound] for part in parts}
    groups["sound tests"] = [row for row in done if row.test in sound]
    groups["all tests"] = done
    return {name: _share(group) for name, group in groups.items()}


def _share(rows: Sequence[Row]) -> str:
    passed = sum(row.passed for row in rows)
    return f"{passed} of {len(rows)}" + (f", {100 * passed / len(rows):.1f} %" if rows else "")


def seconds(rows: Iterable[Row]) -> dict[str, float]:
    """How long the answers took; the mean, too."""
    values = [row.seconds for row in rows]
    return {"mean": round(sum(values) / len(values), 2), **spread(values)} if values else {}


def compared(ours: dict[str, Row], theirs: dict[str, Row], sound: frozenset[str]) -> dict[str, Any]:
    """Which tests only one of the two passed, and how likely so uneven a split is by chance (two-sided sign test)."""
    both = sorted(sound & ours.keys() & theirs.keys())
    won = [test for test in both if ours[test].passed and not theirs[test].passed]
    lost = [test for test in both if theirs[test].passed and not ours[test].passed]
    return {"tests": len(both), "won": won, "lost": lost, "p": round(sign_test(len(won), len(lost)), 4)}
