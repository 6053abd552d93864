"""aishell's keys in a fish with other people's hooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.widgeting import ASK, ENTER, AtPrompt

Start = Callable[..., AtPrompt]


@pytest.fixture
def start(home: Path, environment: dict[str, str], script: Callable[..., dict[str, str]]) -> Start:
    scripted = script({".": "printf 'a b\\n' |\n  sort"})

    def begin(before: str = "", after: str = "", init: tuple[str, ...] = ()) -> AtPrompt:
        return AtPrompt("fish", home, {**environment, **scripted}, before=before, after=after, init=init)

    return begin


def test_hooks_of_others_are_kept_and_the_status_is_there_for_the_person(start: Start) -> None:
    with start(before="function mine --on-event fish_postexec; set -g seen $status; end", init=("--record",)) as shell:
        shell.types("false" + ENTER)
        shell.sees("ready> ")
        assert shell.runs("echo $seen") == "1\n"
        assert shell.runs("not true; echo $status") == "1\n"


def test_vi_keys_have_it_too_and_a_command_of_two_lines_stays_two_lines(start: Start) -> None:
    with start(after="fish_vi_key_bindings; bind -M insert \\c] look") as shell:
        shell.types("zeig mir was, please" + ASK)
        assert shell.line() == "printf 'a b\\n' |\n  sort"


def test_nothing_is_ever_among_the_jobs(start: Start) -> None:
    with start(init=("--record",)) as shell:
        shell.runs("echo one")
        assert "aishell" not in shell.runs("jobs")
