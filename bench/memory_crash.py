#!/usr/bin/env python3
"""Processes killed with -9 at random moments while they do things to a memory file: is all there that was acknowledged?

A writer says through a pipe what it was told is kept. After each kill the file is opened as a shell would, read through, and
searched for every row that was said. `lost` and `unsound` must be 0. `cut` trials ended before the work did.
--trials N, --seed N, --only WHAT.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlite_utils

from aishell.core.memory import Run
from aishell.memory import backup, migrations, rebuild
from aishell.memory.check import sound, verify
from aishell.memory.forget import forget
from aishell.memory.opening import open_or_none
from aishell.memory.store import Store
from bench.common import machine, options, report
from tests.memories import filled
from tests.test_memory_migrations import THIRD

_LOADED = (sqlite_utils, migrations, rebuild)
"""Before children are forked, which are to be killed at work and not while they import."""
_ROWS_AT_FIRST = 300

Say = Callable[[str], None]


def _notes(file: Path, say: Say) -> None:
    store = Store(file, redact=str, patience_s=10)
    while True:
        key = os.urandom(8).hex()
        store.record(Run(command=f"echo {key} " + "word " * random.randrange(200), intent="say it", time=1.0, key=key))
        say(key)


def _import(file: Path, say: Say) -> None:
    store = Store(file, redact=str, patience_s=10)
    while True:
        keys = [os.urandom(8).hex() for _ in range(700)]
        store.record_many(Run(command=f"echo {key}", time=1.0, key=key, source="bash") for key in keys)
        for key in keys:
            say(key)


def _checkpoint(file: Path, say: Say) -> None:
    store = Store(file, redact=str, patience_s=10)
    while True:
        for _ in range(random.randrange(1, 20)):
            key = os.urandom(8).hex()
            store.record(Run(command=f"echo {key}", time=1.0, key=key))
            say(key)
        store.db.execute(f"PRAGMA wal_checkpoint({random.choice(('PASSIVE', 'FULL', 'TRUNCATE'))})")


def _migrate(file: Path, _say: Say) -> None:
    Store(file, redact=str, statements=THIRD).close()


def _backup(file: Path, _say: Say) -> None:
    for day in range(9):
        backup.daily(file, now=time.time() + day * 100_000)


def _mend(file: Path, _say: Say) -> None:
    open_or_none(file, redact=str)


def _forget(file: Path, _say: Say) -> None:
    forget(Store(file, redact=str), text="echo 7")


def _open_and_close(file: Path, say: Say) -> None:
    while True:
        store = Store(file, redact=str, patience_s=10)
        key = os.urandom(8).hex()
        store.record(Run(command=f"echo {key}", time=1.0, key=key))
        say(key)
        store.close()


WORK: dict[str, tuple[float, tuple[Callable[[Path, Say], None], ...]]] = {
    "writing": (0.05, (_notes,)),
    "four at once": (0.08, (_notes, _notes, _import, _open_and_close)),
    "import of many": (0.2, (_import,)),
    "checkpoint": (0.05, (_checkpoint, _checkpoint)),
    "migration": (0.03, (_migrate,)),
    "backup": (0.06, (_backup, _notes)),
    "mending": (0.02, (_mend,)),
    "forgetting": (0.05, (_forget,)),
}
"""Seconds within which the kill comes, and what the processes do."""


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(WORK))
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    names = [arguments.only] if arguments.only else [*WORK]
    totals = {name: {"trials": 0, "cut": 0, "acknowledged": 0, "lost": 0, "unsound": 0} for name in names}
    told: list[str] = []
    base = Path(tempfile.mkdtemp(prefix="aishell-"))
    filled(base / "memory.db", _ROWS_AT_FIRST).close()
    for number in range(100 if arguments.quick else arguments.trials):
        name = names[number % len(names)]
        found = _trial(name, base)
        for field, value in found.items():
            if isinstance(value, int):
                totals[name][field] += value
            elif value:
                told.append(f"{name}: {value}")
    shutil.rmtree(base)
    whole = {
        field: sum(one[field] for one in totals.values()) for field in ("trials", "cut", "acknowledged", "lost", "unsound")
    }
    report({"machine": machine(), "all": whole, **totals, "told": told[:20]}, as_json=arguments.json)
    return 1 if whole["lost"] or whole["unsound"] else 0


def _trial(name: str, base: Path) -> dict[str, Any]:
    """One kill, in a folder of its own."""
    within, works = WORK[name]
    with tempfile.TemporaryDirectory(prefix="aishell-") as folder:
        file = Path(folder) / "memory" / "memory.db"
        shutil.copytree(base, file.parent)
        if name in ("mending", "forgetting"):
            backup.asked(file)
        if name == "mending":
            file.write_bytes(file.read_bytes()[:4096] + b"\5" * 40960)
            file.with_name("memory.db-suspect").touch()
        children = [_start(work, file) for work in works]
        acknowledged: list[str] = []
        cut = False
        for process, pipe in random.sample(children, len(children)):
            time.sleep(random.uniform(0, within))
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            cut = cut or os.WIFSIGNALED(status)
            with open(pipe, encoding="ascii") as said:
                acknowledged += [line.rstrip() for line in said if line.endswith("\n")]
        found = _look(name, file, set(acknowledged))
        return {"trials": 1, "cut": int(cut), "acknowledged": len(acknowledged), **found}


def _start(work: Callable[[Path, Say], None], file: Path) -> tuple[int, int]:
    """The process, and the pipe it speaks into."""
    reading, writing = os.pipe()
    if process := os.fork():
        os.close(writing)
        return process, reading
    try:
        random.seed(os.urandom(8))
        work(file, lambda key: _say(writing, key))
    finally:
        os._exit(0)


def _say(pipe: int, key: str) -> None:
    os.write(pipe, f"{key}\n".encode())


def _look(name: str, file: Path, acknowledged: set[str]) -> dict[str, Any]:
    """What a shell finds that starts now."""
    if name == "migration":
        store, said = Store(file, redact=str, statements=THIRD), ""
    else:
        opened = open_or_none(file, redact=str)
        if not opened.store:
            return {"lost": len(acknowledged), "unsound": 1, "said": opened.said}
        store, said = opened.store, opened.said if name != "mending" else ""
    there = {row[0] for row in store.db.execute("SELECT key FROM runs WHERE key IS NOT NULL").fetchall()}
    first = store.db.execute("SELECT count(*) FROM runs WHERE key IS NULL").fetchone()[0]
    gone = _ROWS_AT_FIRST - first if name != "forgetting" else (0 if first in (_ROWS_AT_FIRST, _ROWS_AT_FIRST - 11) else 1)
    problems = verify(store).problems
    store.close()
    unsound = [one.name for one in backup.newest_first(file) if not sound(one)]
    return {
        "lost": len(acknowledged - there) + gone,
        "unsound": int(bool(problems or unsound)),
        "said": said or "; ".join([*problems[:2], *unsound]),
    }


if __name__ == "__main__":
    sys.exit(main())
