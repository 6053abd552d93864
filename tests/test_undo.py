"""Changes put in place, taken back and done again, on real files: exactly, or not at all."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aishell.actions.dryrun import kernel, shell
from aishell.actions.dryrun.monitor import Limits
from aishell.actions.dryrun.partial import Copies, run_confined
from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets
from aishell.actions.dryrun.trial import Trial
from aishell.actions.dryrun.undo import Undo
from aishell.actions.dryrun.ways import can_confine
from aishell.core.errors import Conflict, UsageError
from tests.conftest import Run
from tests.lab import Lab, command_line, remove, snapshot
from tests.test_terminal import Person

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
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    if not made.sandbox.dry:
        pytest.skip("no user namespaces and no bubblewrap with overlays here")
    made.native(BUILD)
    yield made
    remove(tmp_path)


def test_a_commit_is_what_a_real_run_would_be_and_undo_and_redo_are_exact(lab: Lab) -> None:
    before = snapshot(lab.work)
    entry = lab.commit(CHANGE)
    committed = snapshot(lab.work)
    assert (lab.work / "dated").stat().st_mtime < 1e9
    assert committed != before
    for _ in range(2):
        assert lab.undo.undo().entry.state == "undone"
        assert snapshot(lab.work) == before
        assert lab.undo.redo().entry.number == entry.number
        assert snapshot(lab.work) == committed
    lab.clear()
    lab.native(BUILD)
    lab.native(CHANGE)
    assert snapshot(lab.work) == committed


def test_sets_are_undone_newest_first_and_redone_in_order(lab: Lab) -> None:
    states = [snapshot(lab.work)]
    for word in "one two three".split():
        lab.commit(f"echo {word} >> d/1; echo {word} > {word}")
        states.append(snapshot(lab.work))
    for number in (3, 2, 1):
        assert lab.undo.undo().entry.number == number
        assert snapshot(lab.work) == states[number - 1]
    for number in (1, 2, 3):
        assert lab.undo.redo().entry.number == number
        assert snapshot(lab.work) == states[number]
    with pytest.raises(UsageError, match="nothing to redo"):
        lab.undo.redo()
    assert [(s.number, s.state, s.command.split()[1]) for s in lab.sets.all()] == [
        (3, "done", "three"),
        (2, "done", "two"),
        (1, "done", "one"),
    ]


def test_an_older_set_is_undone_alone_when_nothing_later_touched_it(lab: Lab) -> None:
    lab.commit("echo x > first")
    lab.commit("echo x > second")
    lab.undo.undo(1)
    assert not (lab.work / "first").exists()
    assert (lab.work / "second").exists()
    lab.commit("echo y >> second")
    with pytest.raises(Conflict, match="second"):
        lab.undo.undo(2)


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
def test_what_somebody_changed_meanwhile_is_not_overwritten(lab: Lab, line: str, edit: Callable[[Path], object]) -> None:
    trial, _ = lab.run(f"{line}; echo x > other")
    assert not trial.changes().nothing
    edit(lab.work)
    mine = snapshot(lab.work)
    with pytest.raises(Conflict, match=r"gone|d/10|hard"):
        trial.commit("x")
    trial.discard()
    assert snapshot(lab.work) == mine
    assert lab.sets.all() == ()


def test_an_undo_that_would_lose_a_later_edit_refuses_and_force_keeps_both(lab: Lab) -> None:
    before = snapshot(lab.work)
    lab.commit("echo x >> d/10; mkdir -p new/a; echo x > new/a/f; rm d/11")
    (lab.work / "d/10").write_text("mine")
    (lab.work / "new/a/later").write_text("mine too")
    mine = snapshot(lab.work)
    with pytest.raises(Conflict) as caught:
        lab.undo.undo()
    assert "d/10" in str(caught.value)
    assert "new" in str(caught.value)
    assert "--force" in caught.value.hint
    assert snapshot(lab.work) == mine
    kept = lab.undo.undo(force=True).kept
    assert kept == (str(lab.work / "d/10.kept"), str(lab.work / "new.kept"))
    assert (lab.work / "d/10.kept").read_text() == "mine"
    assert (lab.work / "new.kept/a/later").read_text() == "mine too"
    (lab.work / "d/10.kept").unlink()
    remove(lab.work / "new.kept")
    assert snapshot(lab.work) == before


def test_one_file_of_a_set_comes_back_and_that_can_be_undone(lab: Lab) -> None:
    lab.commit("rm -r gone d/1; echo x >> d/10; echo x > added")
    after = snapshot(lab.work)
    lab.undo.undo_file(str(lab.work / "d/1"))
    assert (lab.work / "d/1").read_text() == "1\n"
    lab.undo.undo_file(str(lab.work / "d/10"))
    assert (lab.work / "d/10").read_text() == "10\n"
    lab.undo.undo_file(str(lab.work / "added"), 1)
    assert not (lab.work / "added").exists()
    for _ in range(3):
        lab.undo.undo()
    assert snapshot(lab.work) == after
    with pytest.raises(UsageError, match="No set"):
        lab.undo.undo_file(str(lab.work / "d/30"))


def test_one_file_of_a_deleted_folder_comes_back(lab: Lab) -> None:
    lab.commit("rm -r gone")
    lab.undo.undo_file(str(lab.work / "gone/a/b/c"))
    assert (lab.work / "gone/a/b/c").read_text() == "gone/a/b/c\n"


def test_a_failing_commit_leaves_everything_as_it_was(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses a rename in the middle: with the real code and a real error."""
    before = snapshot(lab.work)
    trial, _ = lab.run(CHANGE)
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
    assert snapshot(lab.work) == before
    assert os.listdir(lab.base / "state/undo/sets") == []


def _act(act: str, lab: Lab, trial: Trial) -> None:
    if act == "commit":
        trial.commit("x")
    else:
        (lab.undo.undo if act == "undo" else lab.undo.redo)()


@pytest.mark.parametrize("act", ["commit", "undo", "redo"])
def test_a_kill_in_the_middle_leaves_one_state_or_the_other(lab: Lab, act: str) -> None:
    lab.native("mkdir many; for i in $(seq 150); do echo $i > many/$i; done")
    before = snapshot(lab.work)
    line = f"{CHANGE}\nfor i in many/*; do echo x >> $i; done"
    cut = 0
    for attempt in range(4):
        trial, _ = lab.run(line)
        if act != "commit":
            trial.commit("x")
        after = snapshot(lab.work) if act != "commit" else ""
        if act == "redo":
            lab.undo.undo()
        pid = os.fork()
        if pid == 0:
            _act(act, lab, trial)
            os._exit(0)
        time.sleep(0.004 * (attempt + 1))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        cut += snapshot(lab.work) not in (before, after)
        lab.sets.recover()
        if lab.sets.all() and lab.sets.all()[0].state == "done":
            lab.undo.undo()
        assert snapshot(lab.work) == before
        trial.discard()
        remove(lab.base / "state/undo/sets")


def test_recovering_leaves_a_commit_under_way_alone(lab: Lab) -> None:
    with lab.sets.locked():
        (lab.base / "state/undo/sets/7").mkdir()
        assert Sets(Places(primary=lab.base / "state/undo"), Keep()).recover() == ()
        assert (lab.base / "state/undo/sets/7").exists()
    lab.sets.recover()
    assert not (lab.base / "state/undo/sets/7").exists()


@pytest.mark.parametrize(
    ("keep", "left"),
    [(Keep(sets=2), [4, 3]), (Keep(bytes=150_000), [4]), (Keep(days=0), [])],
)
def test_what_is_too_old_or_too_much_goes(lab: Lab, keep: Keep, left: list[int]) -> None:
    lab.native("for i in 1 2 3 4; do head -c 100000 /dev/urandom > big$i; done")
    few = Lab(lab.base, keep)
    for number in range(1, 5):
        few.commit(f"rm big{number}")
    assert [entry.number for entry in few.sets.all()] == left
    assert sorted(map(int, os.listdir(lab.base / "state/undo/sets"))) == sorted(left)


def test_a_second_file_system_keeps_its_own(lab: Lab) -> None:
    shared = Path("/dev/shm")
    if os.stat(shared).st_dev == os.stat(lab.base).st_dev:
        pytest.skip("one file system only")
    folder = shared / f"aishell-test-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / "f").write_text("before")
        places = Places(primary=lab.base / "state/undo")
        place = places.on(str(folder))
        assert place is not None
        assert place.parent == shared
        assert places.known() == [lab.base / "state/undo", place]
        copies = Copies(lab.sets, [str(folder / "f"), str(lab.work / "d/1")], room=1000)
        (folder / "f").write_text("after")
        (lab.work / "d/1").unlink()
        assert copies.keep("x")
        lab.undo.undo()
        assert (folder / "f").read_text() == "before"
        assert (lab.work / "d/1").read_text() == "1\n"
    finally:
        remove(folder)


# ---- where nothing can be tried


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


# ---- the commands


def test_try_without_a_terminal_shows_and_changes_nothing(aishell: Run, home: Path) -> None:
    (home / "a").write_text("1\n")
    done = aishell("try", "echo out; rm a; echo x > b")
    assert (done.returncode, done.stdout) == (77, "out\n"), done.stderr
    assert "- " in done.stderr
    assert "a  (2 B)" in done.stderr
    assert (home / "a").exists()
    assert not (home / "b").exists()
    assert aishell("try", "ls a; exit 3").returncode == 3


def test_try_undo_and_redo_from_the_command_line(aishell: Run, home: Path) -> None:
    (home / "a b").write_text("1\n")
    assert aishell("try", "--yes", "rm", "a b").returncode == 0
    assert not (home / "a b").exists()
    entries = json.loads(aishell("undo", "--list", "--json").stdout)
    assert [(entry["number"], entry["command"], entry["state"]) for entry in entries] == [(1, "rm 'a b'", "done")]
    assert "1 deleted (2 B)" in aishell("undo", "--list").stdout
    assert aishell("undo").returncode == 0
    assert (home / "a b").read_text() == "1\n"
    assert aishell("redo", "1").returncode == 0
    assert not (home / "a b").exists()
    assert aishell("undo", "--file", "a b").returncode == 0
    assert (home / "a b").exists()
    (home / "a b").write_text("later\n")
    done = aishell("undo", "2")
    assert done.returncode == 75
    assert "a b" in done.stderr
    assert json.loads(aishell("undo", "2", "--force", "--json").stdout)["kept"] == [str(home / "a b.kept")]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["undo"], 64), (["undo", "7"], 64), (["redo"], 64), (["undo", "--frob"], 64), (["redo", "--list"], 64), (["try"], 64)],
)
def test_a_wrong_call_says_so(aishell: Run, arguments: list[str], status: int) -> None:
    done = aishell(*arguments)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("key", "status", "gone"), [("y", 0, True), ("n", 77, False), ("", 77, False), ("yy", 77, False)])
def test_a_person_sees_the_changes_and_decides(
    environment: dict[str, str], home: Path, key: str, status: int, gone: bool
) -> None:
    (home / "a").write_text("1\n")
    someone = Person(["try", "rm a"], environment, home)
    someone.sees("put this in place?")
    assert "1 deleted" in someone.screen
    someone.types(f"{key}\n")
    assert someone.status() == status
    assert (home / "a").exists() != gone


def test_ctrl_c_ends_a_trial_and_leaves_nothing(environment: dict[str, str], home: Path) -> None:
    someone = Person(["try", "echo started; echo x > b; sleep 60"], environment, home)
    someone.sees("started")
    someone.types("\x03")
    assert someone.status() == 130
    assert not (home / "b").exists()
    assert not list((home / ".local/state/aishell/undo/trials").iterdir())
