#!/usr/bin/env python3
"""Documents added, killed half way, added again: files a second, and whether anything is missing or double.

Makes mixed documents of eight kinds (Markdown, text, HTML, CSV, Python, JSON, Word, PDF), adds them by the real command in a
process of its own, which SIGKILL ends when half of them are in, and adds them again. What is then in memory is compared with
what an addition that nobody disturbed has made.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.common import machine, options, percentiles, report
from tests.documents import some

ROOT = Path(__file__).resolve().parents[1]
_ADD = "import sys; from aishell.cli import memory_sources as m; sys.exit(m.run(['add', *sys.argv[1:]]))"
_PARTS = "SELECT source, intent, place, body FROM items ORDER BY 1, 2, 3, 4"


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--files", type=int, default=1000)
    arguments = parser.parse_args()
    count = min(arguments.files, 200) if arguments.quick else arguments.files
    work = Path(tempfile.mkdtemp(prefix="aishell-bench-"))
    try:
        some(work / "documents", count)
        result = {"machine": machine(), "files": count, **measured(work, count)}
    finally:
        shutil.rmtree(work)
    report(result, as_json=arguments.json)
    return 1 if result["missing_parts"] or result["parts_too_many"] or result["documents"] != count else 0


def measured(work: Path, count: int) -> dict[str, Any]:
    undisturbed = Home(work / "undisturbed")
    seconds = undisturbed.add(work / "documents")
    again = undisturbed.add(work / "documents")
    killed = Home(work / "killed")
    waits = killed.add_and_kill(work / "documents", count // 2)
    half = killed.rows("SELECT count(*) FROM documents WHERE sha256 != ''")[0][0]
    unfinished = killed.rows("SELECT count(*) FROM documents WHERE sha256 = ''")[0][0]
    rest = killed.add(work / "documents")
    expected, found = undisturbed.rows(_PARTS), killed.rows(_PARTS)
    return {
        "parts": len(expected),
        "seconds": round(seconds, 2),
        "files_a_second": round(count / seconds, 1),
        "seconds_when_nothing_changed": round(again, 2),
        "in_at_the_kill": half,
        "half_written_at_the_kill": unfinished,
        "seconds_for_the_rest": round(rest, 2),
        "documents": killed.rows("SELECT count(*) FROM documents WHERE sha256 != ''")[0][0],
        "missing_parts": len(set(expected) - set(found)),
        "parts_too_many": len(found) - len(set(expected)),
        "ms_another_writer_waits": percentiles(waits),
        "integrity": killed.rows("PRAGMA integrity_check")[0][0],
    }


class Home:
    """A home folder with a memory of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AISHELL_", "XDG_"))}
        self._environment = {**kept, "HOME": str(folder), "PYTHONPATH": str(ROOT)}
        self._file = folder / ".local/state/aishell/memory/memory.db"

    def add(self, documents: Path) -> float:
        """Seconds."""
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-c", _ADD, str(documents)], env=self._environment, check=True, stdout=subprocess.DEVNULL
        )
        return time.monotonic() - began

    def add_and_kill(self, documents: Path, when: int) -> list[float]:
        """End it with SIGKILL when so many documents are in; milliseconds that writing took meanwhile for somebody else."""
        process = subprocess.Popen([sys.executable, "-c", _ADD, str(documents)], env=self._environment)
        waits: list[float] = []
        while process.poll() is None and self._count() < when:
            if self._file.exists():
                waits.append(self._write())
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return waits or [0.0]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._file)) as db:
            return db.execute(query).fetchall()

    def _count(self) -> int:
        try:
            return int(self.rows("SELECT count(*) FROM documents")[0][0]) if self._file.exists() else 0
        except sqlite3.OperationalError:  # the tables are being made
            return 0

    def _write(self) -> float:
        with closing(sqlite3.connect(self._file, isolation_level=None, timeout=5)) as db:
            began = time.perf_counter()
            db.execute("BEGIN IMMEDIATE")
            db.execute("COMMIT")
            return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
