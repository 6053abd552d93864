"""What a tried command cannot reach, and that nothing of it stays: attempts made for real."""

from __future__ import annotations

import gc
import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.actions.dryrun.monitor import Limits
from tests.lab import Lab, command_line

# ---- nothing gets out


ESCAPES = {
    "a file beside the roots": "echo x > {outside}/leak",
    "through a link": "ln -s {outside} l; echo x > l/leak",
    "through a link to a file": "ln -s {outside}/file l; echo x > l",
    "through a hard link": "ln {outside}/file h && echo x > h",
    "remount": "mount -o remount,rw / ; mount -o remount,rw,bind {outside}; echo x > {outside}/leak",
    "unmount": "umount -l {work}; umount {work}; echo x > {work}/../outside/leak",
    "namespaces of its own": "unshare -Urm sh -c 'mount -o remount,rw,bind /; umount -l {work}; echo x > {outside}/leak'",
    "the first process's root": "echo x > /proc/1/root{outside}/leak; cd /proc/1/cwd && echo x > {outside}/leak",
    "the first process's files": "for f in /proc/1/fd/*; do echo x > $f/leak; done",
    "another process's root": "for p in /proc/[0-9]*; do echo x > $p/root{outside}/leak; done",
    "the outer process": "kill -9 {pid}; kill -9 {parent}",
    "a pipe outside": "timeout 1 sh -c 'echo x > {outside}/pipe'",
    "our own state": "rm -rf {state}; echo x > {state}/leak; ls {state}/undo",
    "mode and times": "chmod 777 {outside}/file; touch {outside}/file; chown 1:1 {outside}/file",
}


@pytest.fixture
def outside(lab: Lab) -> Iterator[Path]:
    folder = lab.base / "outside"
    folder.mkdir()
    (folder / "file").write_text("real")
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    yield folder
    assert not select.select([reader], [], [], 0)[0] or not os.read(reader, 10)
    os.close(reader)


@pytest.mark.parametrize("way", ESCAPES)
def test_nothing_outside_can_be_changed(lab: Lab, outside: Path, way: str) -> None:
    was = outside.stat().st_mtime_ns, (outside / "file").stat().st_mtime_ns, (outside / "file").stat().st_mode
    if lab.sandbox.way == "bwrap" and way == "a pipe outside":
        pytest.skip("only Landlock stops this, which bubblewrap leaves no room for (docs/undo.md)")
    line = ESCAPES[way].format(outside=outside, work=lab.work, state=lab.base / "state", pid=os.getpid(), parent=os.getppid())
    trial, _ = lab.run(line, limits=Limits(seconds=20))
    assert not (outside / "leak").exists()
    assert (outside / "file").read_text() == "real"
    assert was == (outside.stat().st_mtime_ns, (outside / "file").stat().st_mtime_ns, (outside / "file").stat().st_mode)
    assert not os.listdir(lab.work)
    assert (lab.base / "state" / "undo" / "trials").is_dir()
    trial.discard()


@pytest.mark.parametrize("where", ["work", "outside"])
def test_a_daemon_behind_a_socket_is_not_reached(lab: Lab, outside: Path, where: str) -> None:
    """Inside a root an overlay keeps them apart; outside, each socket is covered."""
    path = lab.base / where / "s"
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(path))
        daemon.listen()
        daemon.settimeout(0.2)
        connect = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{path}'); s.send(b'act')"
        trial, said = lab.run(f'python3 -c "{connect}"')
        assert "Error" in said
        with pytest.raises(TimeoutError):
            daemon.accept()
        trial.discard()


@pytest.mark.parametrize("inside", ["home", "work", "work/deep"])
def test_a_home_in_the_folder_of_the_sockets_stays_in_sight_and_the_sockets_do_not(
    lab: Lab, outside: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    """`inside` is the home; commands run in `work`, which lies there as well."""
    for name in ("home/mine", "work/deep"):
        (lab.base / name).mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(lab.base))
    monkeypatch.setenv("HOME", str(lab.base / inside))
    assert [change.path for change in lab.tried("touch made").listed] == [str(lab.work / "made")]
    trial, said = lab.run(f"ls ~; ls {outside}; echo x > {outside}/leak; echo x > {lab.base}/leak")
    assert ("mine" in said) == (inside == "home")
    assert "file" not in said.splitlines()
    assert not (outside / "leak").exists()
    assert not (lab.base / "leak").exists()
    trial.discard()


def test_the_network_is_only_there_when_asked_for(lab: Lab, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = f"exec 3<>/dev/tcp/127.0.0.1/{port}"
        assert lab.run(line)[0].exit_code() == 1
        assert Lab(tmp_path, network=True).run(line)[0].exit_code() == 0


def test_devices_and_kernel_settings_cannot_be_opened(lab: Lab) -> None:
    probed = "/dev/kmsg /dev/mem /dev/vda /dev/sda /dev/loop0 /proc/sys/vm/swappiness /proc/sysrq-trigger /sys/power/state"
    _, said = lab.run(
        f"for f in {probed}; do (: >> $f) 2>/dev/null && echo $f; done; mknod m b 254 0 2>/dev/null && : >> m && echo m"
    )
    assert said == ""


# ---- nothing is left


SURVIVORS = (
    "sleep {n} &",
    "(setsid sleep {n} &)",
    "nohup sleep {n} >/dev/null 2>&1 &",
    "(trap '' TERM HUP INT; setsid setsid sleep {n}) &",
    'python3 -c \'import os; os.fork() or os.setsid() and os.fork() or os.execvp("sleep", ["sleep", "{n}"])\' &',
)


@pytest.mark.parametrize("pattern", SURVIVORS)
@pytest.mark.parametrize("end", ["own end", "cancel"])
def test_no_process_survives(lab: Lab, pattern: str, end: str) -> None:
    mark = f"4{os.getpid()}{SURVIVORS.index(pattern)}"
    line = pattern.format(n=mark) + "\nsleep 0.2"
    trial = lab.start(line if end == "own end" else f"{line}; sleep 600")
    if end == "cancel":
        time.sleep(0.4)
        trial.kill()
    trial.wait()
    assert not [pid for pid in filter(str.isdecimal, os.listdir("/proc")) if f"sleep\0{mark}" in command_line(pid)]
    trial.discard()


def test_nothing_runs_on_when_the_caller_is_killed(lab: Lab) -> None:
    mark = f"5{os.getpid()}"
    pid = os.fork()
    if pid == 0:
        lab.start(f"sleep {mark}")
        time.sleep(60)
        os._exit(0)
    ends = time.monotonic() + 20
    while not any(f"sleep\0{mark}" in command_line(p) for p in filter(str.isdecimal, os.listdir("/proc"))):
        assert time.monotonic() < ends
        time.sleep(0.02)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    while any(f"sleep\0{mark}" in command_line(p) for p in filter(str.isdecimal, os.listdir("/proc"))):
        assert time.monotonic() < ends
        time.sleep(0.02)
    lab.sets.sweep()
    assert not list((lab.base / "state" / "undo" / "trials").iterdir())


def test_sweeping_spares_a_trial_under_way(lab: Lab) -> None:
    trial = lab.start("sleep 0.5; echo x > f")
    lab.sets.sweep()
    trial.wait()
    assert [change.path for change in trial.changes().listed] == [str(lab.work / "f")]
    trial.discard()


def test_no_file_descriptor_is_lost(lab: Lab) -> None:
    lab.tried("true")
    gc.collect()  # what other tests have left open is closed now, and not while this one counts
    before, rounds = len(os.listdir("/proc/self/fd")), 12
    for _ in range(rounds):
        lab.tried("echo x > f")
        lab.start("true").discard()
        lab.commit("echo x >> f")
        lab.undo.undo()
    assert len(os.listdir("/proc/self/fd")) - before < rounds  # a few may be another test's thread's
