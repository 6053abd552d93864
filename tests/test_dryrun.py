"""Commands tried for real, in namespaces: what is shown, what cannot be reached, and that nothing is left."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from aishell.actions.dryrun import roots, shell
from aishell.actions.dryrun.monitor import Limits
from aishell.core.changes import Change, Changes, size
from aishell.core.errors import AishellError
from aishell.ui.changes import describe
from tests.lab import Lab, snapshot


def kinds(changes: Changes, top: Path) -> dict[str, str]:
    return {os.path.relpath(change.path, top): change.kind for change in changes.listed}


# ---- what is shown


@pytest.mark.parametrize(
    ("before", "line", "shown"),
    [
        ("", "echo x > new", {"new": "added"}),
        ("echo 1 > f", "echo 2 >> f", {"f": "changed"}),
        ("echo 1 > f", "rm f", {"f": "deleted"}),
        ("echo 1 > f", "chmod 700 f", {"f": "attributes"}),
        ("echo 1 > f", "touch -d 2001-01-01 f", {"f": "changed"}),
        ("echo 1 > f", "cat f; true < f; : >> f", {}),
        ("echo 1 > f", "echo 2 > g; mv g f", {"f": "changed"}),
        ("echo 1 > f; touch -d 2020-01-01 f", "echo 2 > f; touch -d 2020-01-01 f", {"f": "changed"}),
        ("mkdir d; echo 1 > d/f", "rm -r d", {"d": "deleted", "d/f": "deleted"}),
        ("mkdir d; echo 1 > d/f", "mv d e", {"d": "deleted", "d/f": "deleted", "e": "added", "e/f": "added"}),
        ("mkdir d; echo 1 > d/f", "rm -r d; mkdir d", {"d": "replaced", "d/f": "deleted"}),
        ("mkdir d; echo 1 > d/f", "rm -r d; echo 2 > d", {"d": "replaced", "d/f": "deleted"}),
        ("echo 1 > f", "rm f; mkdir f; echo 2 > f/g", {"f": "replaced", "f/g": "added"}),
        ("echo 1 > f", "rm f; ln -s g f", {"f": "replaced"}),
        ("ln -s a l", "ln -sfn b l", {"l": "changed"}),
        ("mkdir d", "chmod 700 d; echo 1 > d/f", {"d": "attributes", "d/f": "added"}),
        ("", "mkdir -p a/b/c", {"a": "added", "a/b": "added", "a/b/c": "added"}),
        ("", "mkfifo p", {"p": "added"}),
        ("", "chmod 700 .", {".": "attributes"}),
        ("", "echo x > $'a\\nb\\xff'", {"a\nb\udcff": "added"}),
    ],
)
def test_each_kind_of_change_is_shown_and_nothing_is_changed(lab: Lab, before: str, line: str, shown: dict[str, str]) -> None:
    lab.native(before)
    was = snapshot(lab.work)
    mode = lab.work.stat().st_mode
    assert kinds(lab.tried(line), lab.work) == shown
    assert snapshot(lab.work) == was
    assert lab.work.stat().st_mode == mode


def test_totals_are_exact_where_the_list_is_not(lab: Lab) -> None:
    lab.native("mkdir d; for i in $(seq 2500); do echo 12345 > d/$i; done")
    changes = lab.tried("rm -r d; echo 123 > new")
    assert (changes.totals.deleted, changes.totals.bytes_deleted) == (2501, 15000)
    assert (changes.totals.added, changes.totals.bytes_added) == (1, 4)
    assert len(changes.listed) < 2100
    assert any("501 more" in note or "500 more" in note for note in changes.notes)
    assert changes.summary() == "1 added (4 B), 2501 deleted (15 KB)"


def test_folder_and_variables_are_shown_and_real_ones_are_not_touched(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONE", "x")
    changes = lab.tried("mkdir sub; cd sub; export NEW='a b\nc' ; unset GONE; LOCAL=1; (exit 3)")
    assert changes.folder == str(lab.work / "sub")
    assert [(v.name, v.before, v.after) for v in changes.variables] == [("GONE", "x", None), ("NEW", None, "a b\nc")]
    assert os.environ["GONE"] == "x"


def test_a_shell_that_says_nonsense_about_itself_changes_nothing_else(lab: Lab) -> None:
    changes = lab.tried(f"yes >&{200} 2>/dev/null; exec true")
    assert (changes.folder, changes.variables, changes.listed) == ("", (), ())


def test_the_text_of_a_change_is_shown(lab: Lab) -> None:
    (lab.work / "f").write_text("a\nb\nc\n")
    trial, _ = lab.run("sed -i s/b/B/ f; head -c 100 /dev/zero > z")
    assert trial.text_diff(str(lab.work / "f"))[3:] == (" a", "-b", "+B", " c")
    assert "binary" in trial.text_diff(str(lab.work / "z"))[0]
    trial.discard()


def test_hard_links_that_would_come_apart_are_told(lab: Lab) -> None:
    lab.native("echo 1 > a; ln a b")
    changes = lab.tried("echo 2 >> a")
    assert changes.listed[0].other_names == 1
    assert "hard links" in changes.notes[0]


def test_what_is_printed_for_a_person_is_harmless() -> None:
    evil = "/tmp/\x1b[2Jx\nrm -rf /"
    listed = (Change(kind="added", path=evil, sort="link", target="\u202eevil"),)
    text = "\n".join(describe(Changes(listed=listed, folder=evil, notes=(evil,))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "␊rm -rf /" in text
    assert len(text.splitlines()) == 4


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1234, "1.2 KB"), (999_950, "1.0 MB"), (5 << 30, "5.4 GB")]
)
def test_sizes_are_written_as_people_do(count: int, text: str) -> None:
    assert size(count) == text


# ---- running


def test_exit_status_output_and_identity_are_those_of_a_real_run(lab: Lab) -> None:
    trial, said = lab.run("id -u; pwd; echo err >&2; exit 7")
    assert trial.exit_code() == 7
    assert said == f"{os.getuid()}\n{lab.work}\nerr\n"
    trial.discard()
    assert lab.run("kill -TERM $$")[0].exit_code() == 143


def test_a_command_that_cannot_run_is_told_in_a_sentence(lab: Lab) -> None:
    if lab.sandbox.way == "bwrap":
        pytest.skip("bubblewrap says it itself")
    with pytest.raises(AishellError, match="no-such-program"):
        lab.sandbox.start(("no-such-program",), cwd="/", environment={}, folders=(str(lab.work),), stdin=0, stdout=1, stderr=2)
    assert not list((lab.base / "state").glob("undo/trials/*"))


def test_time_and_disk_limits_hold(lab: Lab) -> None:
    trial, _ = lab.run("trap '' TERM; echo x > f; sleep 60", limits=Limits(seconds=0.3))
    assert trial.stopped == "time"
    with pytest.raises(AishellError, match="out of time"):
        trial.commit("x")
    trial.discard()
    trial, _ = lab.run("head -c 50M /dev/zero > one", limits=Limits(disk_bytes=10 << 20))
    assert trial.exit_code() != 0
    assert trial.changes().totals.bytes_added <= 10 << 20
    trial.discard()
    many = "for i in $(seq 1000); do head -c 1M /dev/zero > $i; sync $i; sleep 0.01; done"
    trial, _ = lab.run(many, limits=Limits(disk_bytes=20 << 20))
    assert trial.stopped == "disk"
    trial.discard()
    assert not os.listdir(lab.work)


def test_it_works_beside_threads_and_a_running_event_loop(lab: Lab) -> None:
    async def tried(line: str) -> int | None:
        trial = await asyncio.to_thread(lab.start, line)
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor := trial.descriptor, ready.set)
        await ready.wait()
        loop.remove_reader(descriptor)
        code = trial.exit_code()
        await asyncio.to_thread(trial.discard)
        return code

    async def all_of_them() -> list[int | None]:
        return await asyncio.gather(*(tried(f"sleep 0.0{n}; exit {n}") for n in range(8)))

    stop = threading.Event()
    noise = threading.Thread(target=lambda: [os.stat("/") for _ in iter(stop.is_set, True)])
    noise.start()
    try:
        assert asyncio.run(all_of_them()) == list(range(8))
    finally:
        stop.set()
        noise.join()


def test_a_trial_outlives_the_thread_that_began_it(lab: Lab) -> None:
    began = []
    thread = threading.Thread(target=lambda: began.append(lab.start("sleep 0.3; exit 5")))
    thread.start()
    thread.join()
    assert began[0].wait() == 5
    began[0].discard()


def test_output_arrives_while_the_command_runs(lab: Lab) -> None:
    readable, writable = os.pipe()
    trial = lab.start("echo a; sleep 5; echo b", stdout=writable)
    os.close(writable)
    assert os.read(readable, 10) == b"a\n"
    assert trial.exit_code() is None
    trial.kill()
    assert os.read(readable, 10) == b""
    os.close(readable)
    trial.discard()


def test_programs_find_terminals_shared_memory_and_the_loopback(lab: Lab) -> None:
    checks = (
        "python3 -c 'import os; a, b = os.openpty(); os.write(b, b\"ok\"); print(os.read(a, 2))'",
        "echo x > /dev/shm/x && cat /dev/shm/x",
        "cat <(echo substituted)",
        "echo gone > /dev/null; head -c1 /dev/urandom | wc -c",
        "python3 -c 'import socket; s = socket.create_server((\"127.0.0.1\", 0)); socket.create_connection(s.getsockname())'",
        "echo $?",
    )
    _, said = lab.run("\n".join(checks))
    assert said.split() == ["b'ok'", "x", "substituted", "1", "0"]


# ---- which folders


def test_roots_do_not_nest_and_the_root_folder_is_refused(tmp_path: Path) -> None:
    places = roots.Places(primary=tmp_path / "state")
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    planned = roots.plan([str(tmp_path / "link"), str(tmp_path / "a/b"), "/proc", str(tmp_path / "none")], places.on)
    assert [path for path, _ in planned] == [str(tmp_path / "a")]
    with pytest.raises(AishellError, match="root folder"):
        roots.plan(["/"], places.on)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_one_may_not_write_to_cannot_be_written_in_a_trial(lab: Lab) -> None:
    lab.native("mkdir mine")
    lab.work.chmod(0o555)
    changes = lab.tried("echo x > new; rm -r mine; echo x > mine/f")
    lab.work.chmod(0o755)
    assert kinds(changes, lab.work) == {"mine/f": "added"}


def test_a_folder_of_somebody_else_is_no_place_to_keep_things(tmp_path: Path) -> None:
    planted = tmp_path / f".aishell-undo-{os.getuid()}"
    planted.symlink_to("/etc")
    assert not roots._private(planted)
    planted.unlink()
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    assert not roots._private(planted)


def test_the_line_cannot_break_out_of_its_wrapper(lab: Lab) -> None:
    _, said = lab.run("echo '\"'; echo $'\\''; echo $#")
    assert said.splitlines() == ['"', "'", "1"]
    assert shell.argv("x; y")[-1] == "x; y"
