"""A folder in which commands really fail, and what the rules make of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aishell.core.failed import Failed
from aishell.planner.fix.machine import look
from aishell.planner.fix.rank import fixes
from aishell.planner.fix.values import SURE, Fix
from aishell.wiring.fixing import habits, options_of


class Bench:
    """A folder to fail in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder / "home"), "LANGUAGE": ""}

    def run(self, line: str) -> Failed:
        done = subprocess.run(
            ["bash", "--norc", "--noprofile", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=20,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        return Failed(command=line, cwd=str(self.folder), exit_status=done.returncode, output=output)

    def fixes(self, failed: Failed, *, past: Sequence[str] = (), root: bool | None = None) -> tuple[Fix, ...]:
        facts = look(failed.cwd, self.environment, habits=habits(), options_of=options_of, past=lambda: tuple(past))
        return fixes(failed, facts if root is None else replace(facts, root=root))

    def first(self, line: str) -> str:
        """The surest fix of a line that fails; empty when the rules are not sure."""
        failed = self.run(line)
        assert failed.exit_status, f"{line!r} did not fail"
        found = self.fixes(failed)
        return found[0].command if found and found[0].sure >= SURE else ""


def bench_in(tmp_path: Path) -> Bench:
    """With some files in it."""
    for name in ("home", "src/core", "empty", "docs"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("notes.txt", "my list.txt", "src/Main.java", "src/core/engine.c", "docs/guide.md"):
        (tmp_path / name).write_text("one\ntwo\n")
    (tmp_path / "go.sh").write_text("#!/bin/sh\necho went\n")
    return Bench(tmp_path)
