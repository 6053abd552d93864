"""What the tests of the memory file share: files with something in them, and processes of their own to open them in."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aishell.core.memory import Run, Turn
from aishell.memory.store import Store
from tests.conftest import ROOT

NOTES = """
from tests.memories import *
store = Store(Path(sys.argv[1]), redact=str)
while True:
    print(store.note(os.urandom(9).hex()), flush=True)
"""
"""Writes until it is killed; prints the number of each note once it is kept."""

OPEN_AND_WRITE = """
import sys
from pathlib import Path
from aishell.core.errors import MemoryUnavailable
from aishell.memory.opening import open_or_none
opened = open_or_none(Path(sys.argv[1]), redact=str)
print(opened.said)
if opened.store:
    try:
        print("wrote", opened.store.note("written after"))
    except MemoryUnavailable as error:
        print("refused:", error)
    print(opened.store.counts()["items"])
"""


def filled(file: Path, runs: int = 20) -> Store:
    """A memory with a turn, `runs` runs of as many commands, and a note in it."""
    store = Store(file, redact=str)
    turn = store.turn(Turn(request="count to one", time=1.0, cwd="/srv", session="s", reply="echo 1"))
    for number in range(1, runs + 1):
        run = Run(command=f"echo {number}", intent=f"count to {number}", time=float(number), exit_status=0, session="s")
        store.record(run if number > 1 else Run(command="echo 1", intent="count to one", time=1.0, exit_status=0, turn=turn))
    store.note("the printer stands on the second floor")
    return store


def python(code: str, *arguments: object, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """`code` in a process of its own, its output in a pipe; `before` is what runs it, such as `unshare --user`."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def output(code: str, *arguments: object, before: Sequence[str] = ()) -> str:
    return python(code, *arguments, before=before).communicate(timeout=60)[0]


def approved(command: str, number: int, *, when: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """A line of the audit log, `number` seconds from now."""
    at = when or datetime.now(UTC) + timedelta(seconds=number)
    line = {"event": "approved", "time": at.isoformat(timespec="milliseconds"), "session": "s", "request": f"please {command}"}
    line |= {"command": command, "sha256": hashlib.sha256(command.encode()).hexdigest(), "cwd": "/srv", "tier": "ASK"}
    return line | {"by": "user", "status": "", "exit_code": None} | fields


def finished(command: str, number: int, exit_code: int) -> dict[str, Any]:
    return approved(command, number, event="finished", request="", tier=None, by="", status="done", exit_code=exit_code)
