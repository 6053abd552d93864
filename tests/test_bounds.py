"""Hostile commands: the judge always answers, soon, and never calls them reading."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from aishell.actions.parse import inspect
from aishell.actions.risk import Rules
from aishell.config.paths import shipped
from aishell.core.types import Tier
from bench.riddles import Riddles

RULES = Rules.from_file(shipped("policy.toml"))
_K = 1000
HOSTILE = {
    "nested find": "find . " + "-exec find . " * (4 * _K) + "-exec rm {} +",
    "nested python": "python -m " * (4 * _K),
    "nested env": "env " * (10 * _K) + "rm x",
    "nested code": "bash -c 'bash -c \"bash -c ls\"'; " * 100,
    "spaces for sed": "sed '" + " " * (50 * _K) + "x' f",
    "prints for awk": "awk '" + "print " * (8 * _K) + "' f",
    "dots for a host": "rsync " + "a." * (25 * _K) + " b",
    "braces": "rm " + "{a,b,c,d,e,f,g,h}" * _K,
    "open braces": "rm " + "{" * (50 * _K),
    "stars": "cat " + "*a" * (20 * _K),
    "variables": "; ".join(f"x={number} y=$x$x" for number in range(90)) + "; cat $y$y$y$y",
    "assignments": "a=1 " * (10 * _K) + "ls",
    "commands": "ls;" * (10 * _K),
    "substitutions": "echo " + "$(" * 500 + "ls" + ")" * 500,
    "quotes": 'echo "' + '$(echo "' * 200 + '")' * 200 + '"',
    "slashes": "cat " + "/" * (60 * _K),
    "parents": "rm -rf " + "../" * (15 * _K),
    "a long path": "cat /" + "a/" * (25 * _K),
    "alias of itself": "alias a='alias a=a'",
    "functions": "f() { g; }; g() { f; }; f",
    "size": "x" * (65 << 10),
}

PIECES = [
    *"$ ( ) { } ' \" ` \\ ; & | < > << = [ ] * ? ~ / # rm -rf $x find -exec sudo env bash -c xargs (( )) EOF if do".split(),
    *("\n", " ", "é", "\u202e", "\x00", "\x1b"),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_command_is_judged_in_bounded_time(name: str) -> None:
    verdict = RULES.judge(inspect(HOSTILE[name]), "/tmp")
    assert len(verdict.reasons) <= 20
    assert len(verdict.paths) <= 20
    assert verdict.tier > Tier.READ or name in (
        "substitutions",
        "quotes",
        "slashes",
        "stars",
        "a long path",
        "assignments",
        "variables",
    )


@pytest.mark.timeout(60)
def test_any_text_gets_a_verdict() -> None:
    chance = random.Random(5)
    for _ in range(300):
        text = "".join(chance.choice(PIECES) + chance.choice(("", " ")) for _ in range(chance.randint(1, 25)))
        assert RULES.judge(inspect(text), "/tmp").reasons


@pytest.mark.timeout(60)
def test_riddles_get_a_verdict() -> None:
    riddles = Riddles(11)
    for _ in range(300):
        assert RULES.judge(inspect(riddles.one()), "/tmp").reasons


def test_a_link_to_a_secret_is_a_secret(tmp_path: Path) -> None:
    (tmp_path / "README").symlink_to("/etc/shadow")
    (tmp_path / "notes").symlink_to(Path.home() / ".bashrc")
    assert RULES.judge(inspect("cat README"), str(tmp_path)).tier == Tier.ASK
    assert RULES.judge(inspect("echo x >> notes"), str(tmp_path)).tier == Tier.DENY
