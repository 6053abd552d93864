"""Changes put in place, taken back and done again, on real files: exactly, or not at all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.actions.dryrun import kernel
from aishell.actions.dryrun.partial import Copies
from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets
from aishell.actions.dryrun.trial import Trial
from aishell.core.errors import Conflict, UsageError
from tests.lab import Lab, remove, snapshot

BUILD = r"""
mkdir -p d/sub/deep d/tree/x gone/a/b mode ro opened cache/m cache2
for i in $(seq 40); do echo $i > d/$i; done
for f in d/sub/same d/sub/deep/z d/type d/tree/x/y gone/a/b/c ro/f cache/m/x; do echo $f > $f; done
ln -s 0 d/link; ln -s nowhere dangling; ln -s gone to-gone; ln -s loop loop
chmod 555 ro opened cache/m cache cache2
"""
CHANGE = r"""
for i in d/1*; do echo x >> "$i"; done; rm -f d/2*; mv d/3 d/sub/
mkdir -p new/a/b empty/er; echo q > new/a/b/f; rm d/link; ln -s 4 d/link
rm -r d/sub; mkdir -p d/sub/deep; echo n > d/sub/same
rm d/type; mkdir d/type; echo t > d/type/t
rm -r d/tree; echo t > d/tree
rm -r gone; chmod 750 mode; chmod 600 d/5; mkdir locked; echo l > locked/l; chmod 500 locked
printf n > $'d/new\nline'; printf b > $'d/\xff\xfe'
echo one > hard1; ln hard1 hard2; touch -r d/4 d/6
chmod u+w ro; echo x >> ro/f; echo n > ro/n; chmod u-w ro
chmod u+w opened; echo n > opened/n
chmod -R u+w cache; rm -r cache; chmod u+w cache2; rm -r cache2; mkdir cache2; echo n > cache2/n
ln -sfn d/4 dangling; mkfifo pipe
mkdir dated; echo x > dated/x; touch -d 2001-01-01 dated/x dated
"""


@pytest.fixture
def built(lab: Lab) -> Lab:
    lab.native(BUILD)
    return lab


def test_a_commit_is_what_a_real_run_would_be_and_undo_and_redo_are_exact(built: Lab) -> None:
    before = snapshot(built.work)
    entry = built.commit(CHANGE)
    committed = snapshot(built.work)
    assert (built.work / "dated").stat().st_mtime < 1e9
    assert committed != before
    for _ in range(2):
        assert built.undo.undo().entry.state == "undone"
        assert snapshot(built.work) == before
        assert built.undo.redo().entry.number == entry.number
        assert snapshot(built.work) == committed
    built.clear()
    built.native(BUILD)
    built.native(CHANGE)
    assert snapshot(built.work) == committed


def test_sets_are_undone_newest_first_and_redone_in_order(built: Lab) -> None:
    states = [snapshot(built.work)]
    for word in "one two three".split():
        built.commit(f"echo {word} >> d/1; echo {word} > {word}")
        states.append(snapshot(built.work))
    for number in (3, 2, 1):
        assert built.undo.undo().entry.number == number
        assert snapshot(built.work) == states[number - 1]
    for number in (1, 2, 3):
        assert built.undo.redo().entry.number == number
        assert snapshot(built.work) == states[number]
    with pytest.raises(UsageError, match="nothing to redo"):
        built.undo.redo()
    assert [(s.number, s.state, s.command.split()[1]) for s in built.sets.all()] == [
        (3, "done", "three"),
        (2, "done", "two"),
        (1, "done", "one"),
    ]


def test_an_older_set_is_undone_alone_when_nothing_later_touched_it(built: Lab) -> None:
    built.commit("echo x > first")
    built.commit("echo x > second")
    built.undo.undo(1)
    assert not (built.work / "first").exists()
    assert (built.work / "second").exists()
    built.commit("echo y >> second")
    with pytest.raises(Conflict, match="second"):
        built.undo.undo(2)


@pytest.mark.parametrize(
    ("line", "edit"),
    [
        ("echo x >> d/10", lambda work: (work / "d/10").write_text("mine")),
        ("echo x >> d/10", lambda work: (work / "d/10").unlink()),
        ("echo x > hard", lambda work: (work / "hard").write_text("mine")),
        ("rm -r gone", lambda work: (work / "gone/a/b/c").write_text("mine")),
        ("rm -r gone", lambda work: (work / "gone/a/new").write_text("mine")),
        ("rm -r gone", lambda work: (work / "gone/a/b/c").unlink()),
        ("rm -r gone; echo x > gone", lambda work: (work / "gone/a/b/c").write_text("mine")),
    ],
)
def test_what_somebody_changed_meanwhile_is_not_overwritten(built: Lab, line: str, edit: Callable[[Path], object]) -> None:
    trial, _ = built.run(f"{line}; echo x > other")
    assert not trial.changes().nothing
    edit(built.work)
    mine = snapshot(built.work)
    with pytest.raises(Conflict, match=r"gone|d/10|hard"):
        trial.commit("x")
    trial.discard()
    assert snapshot(built.work) == mine
    assert built.sets.all() == ()


def test_an_undo_that_would_lose_a_later_edit_refuses_and_force_keeps_both(built: Lab) -> None:
    before = snapshot(built.work)
    built.commit("echo x >> d/10; mkdir -p new/a; echo x > new/a/f; rm d/11")
    (built.work / "d/10").write_text("mine")
    (built.work / "new/a/later").write_text("mine too")
    mine = snapshot(built.work)
    with pytest.raises(Conflict) as caught:
        built.undo.undo()
    assert "d/10" in str(caught.value)
    assert "new" in str(caught.value)
    assert "--force" in caught.value.hint
    assert snapshot(built.work) == mine
    kept = built.undo.undo(force=True).kept
    assert kept == (str(built.work / "d/10.kept"), str(built.work / "new.kept"))
    assert (built.work / "d/10.kept").read_text() == "mine"
    assert (built.work / "new.kept/a/later").read_text() == "mine too"
    (built.work / "d/10.kept").unlink()
    remove(built.work / "new.kept")
    assert snapshot(built.work) == before


def test_one_file_of_a_set_comes_back_and_that_can_be_undone(built: Lab) -> None:
    built.commit("rm -r gone d/1; echo x >> d/10; echo x > added")
    after = snapshot(built.work)
    built.undo.undo_file(str(built.work / "d/1"))
    assert (built.work / "d/1").read_text() == "1\n"
    built.undo.undo_file(str(built.work / "d/10"))
    assert (built.work / "d/10").read_text() == "10\n"
    built.undo.undo_file(str(built.work / "added"), 1)
    assert not (built.work / "added").exists()
    for _ in range(3):
        built.undo.undo()
    assert snapshot(built.work) == after
    with pytest.raises(UsageError, match="No set"):
        built.undo.undo_file(str(built.work / "d/30"))


def test_one_file_of_a_deleted_folder_comes_back(built: Lab) -> None:
    built.commit("rm -r gone")
    built.undo.undo_file(str(built.work / "gone/a/b/c"))
    assert (built.work / "gone/a/b/c").read_text() == "gone/a/b/c\n"


def test_a_failing_commit_leaves_everything_as_it_was(built: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses a rename in the middle: with the real code and a real error."""
    before = snapshot(built.work)
    trial, _ = built.run(CHANGE)
    moves = [0]
    real = kernel.move

    def fails(source: str, target: str) -> None:
        moves[0] += 1
        if moves[0] == 20:
            raise OSError(28, "No space left on device", target)
        real(source, target)

    monkeypatch.setattr(kernel, "move", fails)
    with pytest.raises(Exception, match="No space"):
        trial.commit("x")
    trial.discard()
    assert snapshot(built.work) == before
    assert os.listdir(built.base / "state/undo/sets") == []


def _act(act: str, lab: Lab, trial: Trial) -> None:
    if act == "commit":
        trial.commit("x")
    else:
        (lab.undo.undo if act == "undo" else lab.undo.redo)()


@pytest.mark.parametrize("act", ["commit", "undo", "redo"])
def test_a_kill_in_the_middle_leaves_one_state_or_the_other(built: Lab, act: str) -> None:
    built.native("mkdir many; for i in $(seq 150); do echo $i > many/$i; done")
    before = snapshot(built.work)
    line = f"{CHANGE}\nfor i in many/*; do echo x >> $i; done"
    cut = 0
    for attempt in range(4):
        trial, _ = built.run(line)
        if act != "commit":
            trial.commit("x")
        after = snapshot(built.work) if act != "commit" else ""
        if act == "redo":
            built.undo.undo()
        pid = os.fork()
        if pid == 0:
            _act(act, built, trial)
            os._exit(0)
        time.sleep(0.004 * (attempt + 1))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        cut += snapshot(built.work) not in (before, after)
        built.sets.recover()
        if built.sets.all() and built.sets.all()[0].state == "done":
            built.undo.undo()
        assert snapshot(built.work) == before
        trial.discard()
        remove(built.base / "state/undo/sets")


def test_recovering_leaves_a_commit_under_way_alone(built: Lab) -> None:
    with built.sets.locked():
        (built.base / "state/undo/sets/7").mkdir()
        assert Sets(Places(primary=built.base / "state/undo"), Keep()).recover() == ()
        assert (built.base / "state/undo/sets/7").exists()
    built.sets.recover()
    assert not (built.base / "state/undo/sets/7").exists()


@pytest.mark.parametrize(
    ("keep", "left"),
    [(Keep(sets=2), [4, 3]), (Keep(bytes=150_000), [4]), (Keep(days=0), [])],
)
def test_what_is_too_old_or_too_much_goes(built: Lab, keep: Keep, left: list[int]) -> None:
    built.native("for i in 1 2 3 4; do head -c 100000 /dev/urandom > big$i; done")
    few = Lab(built.base, keep)
    for number in range(1, 5):
        few.commit(f"rm big{number}")
    assert [entry.number for entry in few.sets.all()] == left
    assert sorted(map(int, os.listdir(built.base / "state/undo/sets"))) == sorted(left)


def test_a_second_file_system_keeps_its_own(built: Lab) -> None:
    shared = Path("/dev/shm")
    if os.stat(shared).st_dev == os.stat(built.base).st_dev:
        pytest.skip("one file system only")
    folder = shared / f"aishell-test-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / "f").write_text("before")
        places = Places(primary=built.base / "state/undo")
        place = places.on(str(folder))
        assert place is not None
        assert place.parent == shared
        assert places.known() == [built.base / "state/undo", place]
        copies = Copies(built.sets, [str(folder / "f"), str(built.work / "d/1")], room=1000)
        (folder / "f").write_text("after")
        (built.work / "d/1").unlink()
        assert copies.keep("x")
        built.undo.undo()
        assert (folder / "f").read_text() == "before"
        (place / "sets/orphan").mkdir()
        built.sets.recover()
        assert len(os.listdir(place / "sets")) == 1
        assert (built.work / "d/1").read_text() == "1\n"
    finally:
        remove(folder)
