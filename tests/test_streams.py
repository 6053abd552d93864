"""Closed pipes, signals, missing streams, many at once: the real command with a scripted model."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import AISHELL, ROOT

Script = Callable[..., dict[str, str]]


def test_a_closed_pipe_ends_quietly_with_141(environment: dict[str, str], script: Script) -> None:
    env = {**environment, **script({".": "seq 1000000"})}
    command = " ".join([*AISHELL, "-c", "'count for me please'"])
    line = f"set -o pipefail; {command} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (141, "1\n", "")


def test_interrupting_ends_the_command_too(environment: dict[str, str], script: Script, home: Path) -> None:
    env = {**environment, **script({".": "sleep 323"})}
    process = subprocess.Popen(
        [*AISHELL, "-c", "wait for me please"], env=env, cwd=home, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    for _ in range(100):
        time.sleep(0.1)
        if "sleep 323" in subprocess.run(["ps", "ax"], capture_output=True, text=True, check=True).stdout:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "")
    assert "sleep 323" not in subprocess.run(["ps", "ax"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("redirect", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(environment: dict[str, str], script: Script, home: Path, redirect: str) -> None:
    env = {**environment, **script({".": "wc -l"}), "TERM": "dumb", "NO_COLOR": "1"}
    line = f"{' '.join(AISHELL)} -c 'count the lines' {redirect}"
    done = subprocess.run(["bash", "-c", line], env=env, cwd=home, stdin=subprocess.DEVNULL, check=False, timeout=60)
    assert done.returncode == 0


def test_an_idle_inherited_pipe_does_not_hang(environment: dict[str, str], script: Script) -> None:
    read, write = os.pipe()
    env = {**environment, **script({".": "seq 2"})}
    done = subprocess.run([*AISHELL, "-c", "count to two"], env=env, stdin=read, capture_output=True, timeout=30, check=False)
    os.close(read)
    os.close(write)
    assert done.stdout == b"1\n2\n"


def test_cron_has_no_home_and_no_terminal(script: Script) -> None:
    env = {**script({".": "seq 2"}), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*AISHELL, "-c", "count to two"], env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.stdout == b"1\n2\n"


def test_fifty_at_once(environment: dict[str, str], script: Script) -> None:
    env = {**environment, **script({".": "seq 2"})}
    running = [
        subprocess.Popen([*AISHELL, "-c", "count to two"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        for _ in range(50)
    ]
    assert [process.communicate(timeout=100)[0] for process in running] == [b"1\n2\n"] * 50
