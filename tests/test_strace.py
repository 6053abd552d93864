"""What commands really run, seen by the kernel: no program that was neither foreseen nor flagged."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from bench import strace
from bench.riddles import Riddles


def _sandbox_works() -> bool:
    if not (shutil.which("bwrap") and shutil.which("strace")):
        return False
    trial = [
        "bwrap",
        "--unshare-all",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "strace",
        "-qq",
        "-o",
        "/dev/null",
        "true",
    ]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _sandbox_works(), reason="needs bubblewrap, strace, and a kernel that lets them work")
def test_random_commands_run_only_what_was_foreseen() -> None:
    riddles = Riddles(1)
    commands = [riddles.one() for _ in range(60)]
    result = strace.score(commands, strace.seen(commands))
    assert result["examples"] == []
    assert result["programs_started"] > 30
    assert 0 < result["flagged_opaque"] < 55


def test_a_violation_is_found() -> None:
    result = strace.score(["ls", "nice ls", "$x"], [["rm"], ["ls", "nice"], ["rm"]])
    assert [violation["unforeseen"] for violation in result["examples"]] == [["rm"]]


def test_the_same_seed_asks_the_same() -> None:
    one, other = Riddles(3), Riddles(3)
    commands = [one.one() for _ in range(50)]
    assert commands == [other.one() for _ in range(50)]
    assert len(set(commands)) > 40
