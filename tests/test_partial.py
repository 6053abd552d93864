"""Where nothing can be tried: a confined command, and copies of what it names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aishell.actions.dryrun import shell
from aishell.actions.dryrun.monitor import Limits
from aishell.actions.dryrun.partial import Copies, run_confined
from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets
from aishell.actions.dryrun.undo import Undo
from aishell.actions.dryrun.ways import can_confine
from tests.lab import command_line


def test_copies_of_named_paths_make_a_partial_undo(tmp_path: Path) -> None:
    if not can_confine():
        pytest.skip("no Landlock here")
    work = tmp_path / "work"
    (work / "d").mkdir(parents=True)
    (work / "f").write_text("before")
    (work / "d/x").write_text("x")
    (tmp_path / "outside").write_text("real")
    sets = Sets(Places(primary=tmp_path / "undo"), Keep())
    copies = Copies(sets, [str(work / "f"), str(work / "d"), str(work / "new"), "/usr"], room=1 << 20)
    assert copies.left_out == ["/usr"]
    null = os.open(os.devnull, os.O_RDWR)
    mark = f"6{os.getpid()}"
    line = f"echo after > f; rm -r d; echo n > new; echo o > other; echo x > ../outside; setsid sleep {mark} & sleep 0.1"
    running = run_confined(
        shell.argv(line),
        cwd=str(work),
        environment=dict(os.environ),
        folders=(str(work),),
        stdin=null,
        stdout=null,
        stderr=null,
        limits=Limits(seconds=20),
    )
    os.close(null)
    running.wait()
    assert not [pid for pid in filter(str.isdecimal, os.listdir("/proc")) if command_line(pid).startswith("sleep\0" + mark)]
    entry = copies.keep("line")
    assert entry is not None
    assert entry.partial
    assert (work / "f").read_text() == "after\n"
    assert (tmp_path / "outside").read_text() == "real"
    Undo(sets).undo()
    assert ((work / "f").read_text(), (work / "d/x").read_text()) == ("before", "x")
    assert not (work / "new").exists()
    assert (work / "other").exists()
