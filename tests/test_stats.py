"""Counting what became of requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aishell import wiring
from aishell.actions.stats import counted, spread
from aishell.config.paths import Paths
from tests.conftest import Run

Script = Callable[[dict[str, str]], dict[str, str]]


def entry(event: str, sha: str, second: int, **more: Any) -> dict[str, Any]:
    return {"time": f"2026-11-26T08:00:{second:02}.000+00:00", "session": "s", "event": event, "sha256": sha, **more}


def test_each_decision_is_joined_to_its_own_end() -> None:
    found = counted(
        [
            entry("approved", "a", 0, by="user", request="x", tier="ASK", thought_s=1.5),
            entry("approved", "a", 1, by="policy", request="x", tier="READ", thought_s=0.5),
            entry("finished", "a", 3, exit_code=0),
            None,
            entry("finished", "a", 4, exit_code=2),
            entry("refused", "b", 5, request="y", tier="DRY"),
            entry("observed", "c", 6, request="y", by="policy"),
            entry("approved", "d", 7, by="typed", request=""),
            entry("finished", "d", 8, exit_code=1),
            entry("approved", "e", 9, by="rule", request="z", tier="ASK"),
            entry("approved", "f", 10, by="user", request="z", tier="ASK"),
            entry("finished", "f", 11, exit_code=None),
            entry("approved", "g", 12, by="user", request="z", tier="ASK"),
            entry("refused", "g", 13, status="hook"),
        ]
    )
    assert (found.requests, found.agreed, found.refused, found.unasked) == (3, 2, 2, 2)
    assert (found.looked_at, found.typed, found.acceptance) == (1, 1, 0.5)
    assert found.ended == {"worked": 1, "failed": 1, "cut off": 1, "no end known": 1}
    assert (found.thought_s, found.ran_s) == ([1.5, 0.5], [3.0, 3.0, 1.0])
    assert found.days == {"2026-11-26": 6}


@pytest.mark.parametrize(
    ("seconds", "middle", "most"),
    [([1.0], 1.0, 1.0), ([4.0, 1.0, 2.0, 3.0], 2.5, 4.0), (list(map(float, range(100))), 49.5, 90.0)],
)
def test_times_are_told_by_their_middle_and_nine_of_ten(seconds: list[float], middle: float, most: float) -> None:
    assert spread(seconds) == {"median_s": middle, "p90_s": most}


def test_nothing_is_said_of_nothing(aishell: Run) -> None:
    assert spread([]) == {}
    assert counted([]).acceptance is None
    assert aishell("stats").stdout == "nothing has been decided yet\n"
    assert aishell("stats", "--since", "soon").returncode == 64


def test_what_was_done_is_counted_and_drawn(aishell: Run, script: Script) -> None:
    scripted = script({"file": "touch f", "date": "date", "nothing": "false; true; false"})
    aishell("-c", "make the file", "--yes", env=scripted)
    aishell("-c", "make the file", env=scripted)
    aishell("-c", "show the date", env=scripted)
    aishell("-c", "say nothing", env=scripted)
    found = json.loads(aishell("stats", "--json").stdout)
    proposals = found["proposals"]
    assert (found["requests"], proposals["agreed"], proposals["refused"], proposals["unasked"]) == (4, 1, 1, 2)
    assert proposals["ended"] == {"worked": 2, "failed": 1}
    assert set(found["seconds"]["thought"]) == {"median_s", "p90_s"}
    shown = aishell("stats", "--plot").stdout
    assert "agreed to    1 (50% of what needed a yes); refused 1; without a question 2" in shown
    assert "Seconds to a proposal" in shown
    assert "█" in shown
    assert json.loads(aishell("stats", "--json", "--since", "2999-01-01").stdout)["requests"] == 0


def test_statistics_from_words_only_read_and_can_be_had_so(aishell: Run, script: Script, home: Path) -> None:
    scripted = script({"statistics": "aishell stats --json", "date": "date"})
    aishell("-c", "show the date", env=scripted)
    done = aishell("-c", "show my statistics", env=scripted)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["requests"] == 2
    assert wiring.audit_file(Paths.from_environment({"HOME": str(home)})).exists()
