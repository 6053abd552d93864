"""Patterns that no name fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.actions.parse import inspect
from aishell.planner.matching import unmatched


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("rm *.bak", "*.bak"),
        ("ls -l logs/*.txt", "logs/*.txt"),
        ("cp a.txt */*x out", "*/*x"),
        ("rm -- ./*.bak", "*.bak"),
        ("rm 'a [1]'*", "a [[]1]*"),
        ("ls *.log", ""),
        ("ls .*", ""),
        ("cat 'b 2.log' *.log", ""),
        ("ls ~/*.zzz", ""),
        ("ls {x,y}*.zzz", ""),
        ("ls $DIR/*.zzz", ""),
        ("echo *.zzz", ""),
        ("find . -name *.zzz", ""),
        ("mkdir new; ls new/*", ""),
        ("ls |", ""),
    ],
)
def test_a_pattern_that_fits_nothing_is_found(tmp_path: Path, command: str, found: str) -> None:
    for name in ("a.txt", "b 2.log", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "logs").mkdir()
    assert unmatched(inspect(command), str(tmp_path)) == found
