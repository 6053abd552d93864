#!/usr/bin/env python3
"""Fifty ways out of a trial, tried for real, and twenty ways to outlive it: how many succeed?

After each attempt are looked at: a folder outside (names, modes, times, contents), a pipe, a named and an abstract socket and
a TCP port that somebody outside listens on, a process outside, kernel settings, keys and message queues.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from aishell.actions.dryrun.monitor import Limits
from bench.common import machine, options, report
from tests.lab import Lab, command_line, remove

# {o} outside folder, {w} work folder, {s} state folder, {p} a process outside, {t} a TCP port, {a} an abstract socket's name
ESCAPES = """
echo x > {o}/leak
ln -s {o} l; echo x > l/leak
ln -s {o}/file l; echo x >> l
ln {o}/file h; echo x >> h; chmod 777 h
mv {o}/file here
cp /bin/sh {o}/sh; chmod 4755 {o}/sh
rm -rf {o}
touch -d 2001-01-01 {o}/file {o}
chmod 000 {o}/file; chown 1:1 {o}/file; setfattr -n user.x -v 1 {o}/file
cd {w}/..; echo x > outside/leak; mkdir outside/d
truncate -s 0 {o}/file; dd if=/dev/zero of={o}/file bs=1 count=1 conv=notrunc
mount -o remount,rw /; echo x > {o}/leak
mount -o remount,rw,bind {o}; echo x > {o}/leak
mount --bind {o} {w}; echo x > leak; echo x > {w}/leak
mount -t tmpfs none {o}; umount -l {o}; echo x > {o}/leak
umount -l {w}; umount {w}; echo x > {w}/leak
umount -a; umount -l /run; ls /run/*; echo x > {o}/leak
unshare -m sh -c "mount -o remount,rw,bind /; echo x > {o}/leak"
unshare -Urm sh -c "mount -o remount,rw,bind /; mount --bind / /mnt; echo x > {o}/leak; echo x > /mnt{o}/leak"
unshare -Urm sh -c "umount -l {w}; echo x > {w}/leak; echo x > {o}/leak"
unshare -Urpf --mount-proc sh -c "echo x > /proc/1/root{o}/leak"
unshare -Ur chroot / sh -c "echo x > {o}/leak"
mkdir n u; unshare -Urm sh -c "mount -t overlay overlay -o lowerdir={o},upperdir=u,workdir=n n; echo x > n/leak"
nsenter -t 1 -m sh -c "echo x > {o}/leak"; nsenter -t {p} -a sh -c "echo x > {o}/leak"
for p in /proc/[0-9]*; do echo x > $p/root{o}/leak; done
for p in /proc/[0-9]*; do (cd $p/cwd && echo x > ../outside/leak); done
for f in /proc/1/fd/* /proc/self/fd/*; do echo x > $f/leak; echo x > $f/../outside/leak; done
echo x > /proc/1/mem; echo x > /proc/{p}/mem; echo 15 > /proc/{p}/oom_score_adj
gdb -p {p} -batch -ex "call (int)system(\\"touch {o}/leak\\")"; strace -p 1 -o {w}/t & sleep 0.3
kill -9 {p}; kill -9 -{p}; kill -9 -1
for i in $(seq 200); do kill -9 $i; done; pkill -9 sleep
renice -n 19 -p {p}; prlimit --pid {p} --nofile=3:3; taskset -p 1 {p}
mknod m b 254 0; mknod k c 1 1; echo x > m; head -c1 k > got; mknod {o}/leak p
for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/loop0 /dev/mem /dev/kmem /dev/port /dev/kmsg; do echo x > $d; done
losetup -f; mount -o loop /bin/sh /mnt; echo x > /dev/loop-control
echo 77 > /proc/sys/vm/swappiness; sysctl -w vm.swappiness=77; unshare -Urmpf --mount-proc sysctl -w vm.swappiness=77
echo b > /proc/sysrq-trigger; echo 1 > /sys/kernel/mm/transparent_hugepage/enabled; echo mem > /sys/power/state
hostname leaked; date -s 2001-01-01; reboot -f; swapon {o}/file; insmod x.ko
echo x > /proc/self/attr/current; echo /bin/false > /proc/sys/kernel/core_pattern; echo 1 > /sys/fs/cgroup/cgroup.procs
timeout 1 sh -c "echo x > {o}/pipe"
PY import socket; s = socket.socket(socket.AF_UNIX); s.connect('{o}/socket'); s.send(b'x')
PY import socket, os; os.chdir('{o}'); s = socket.socket(socket.AF_UNIX); s.connect('./socket')
PY import socket, os; os.link('{o}/socket', 's'); s = socket.socket(socket.AF_UNIX); s.connect('s')
PY import socket; s = socket.socket(socket.AF_UNIX); s.connect(chr(0) + '{a}')
PY import socket; s = socket.create_connection(('127.0.0.1', {t}), 1)
PY import socket as n; s = n.socket(n.AF_INET, n.SOCK_DGRAM); s.sendto(b'x', ('127.0.0.1', {t}))
PY import fcntl, termios; [fcntl.ioctl(open('/dev/' + d, 'w'), termios.TIOCSTI, b'x') for d in ('tty', 'pts/0')]
PY import ctypes; f = ctypes.CDLL(None).open_by_handle_at(5, bytes(136), 2); print('leak' if f >= 0 else '')
PY import os; os.chroot('.'); [os.chdir('..') for _ in range(99)]; os.chroot('.'); open('{o}/leak', 'w')
rm -rf {s}; mkdir -p {s}; echo x > {s}/leak; mv {s} {w}/mine; ln -sfn {o} {s}
i=0; while [ $i -lt 300 ]; do ln -sfn {o} r; echo x > r/leak; ln -sfn . r; i=$((i+1)); done
sudo -n touch {o}/leak; su -c "touch {o}/leak"; pkexec touch {o}/leak; echo "touch {o}/leak" | at now; crontab -r
systemd-run touch {o}/leak; systemctl stop cron; docker run -v {o}:/x busybox touch /x/leak; dbus-send --system /x x.y.z
ipcmk -Q; ipcrm -a; keyctl add user leak x @u
""".strip().splitlines()

# Effects that must be noticed when nothing keeps them in; else the attempts above prove nothing.
CONTROL = (
    "echo x > {o}/leak",
    "echo x >> {o}/file",
    "timeout 1 sh -c 'echo x > {o}/pipe'",
    "kill -9 {p}",
    "renice -n 19 -p {p}",
    *(line for line in ESCAPES if "s.connect('{o}/socket')" in line or "chr(0)" in line or "create_connection" in line),
)

SURVIVORS = """
sleep N &
sleep N & disown
(sleep N &)
(sleep N &) &
nohup sleep N >/dev/null 2>&1 &
setsid sleep N &
setsid -f sleep N
(setsid sleep N &)
setsid nohup setsid sleep N >/dev/null 2>&1 < /dev/null &
trap '' TERM HUP INT QUIT; sleep N &
(trap '' TERM; while :; do sleep N; done) &
exec 0<&- 1>&- 2>&-; sleep N &
PY import os; os.fork() or os.setsid() and os.fork() or os.execvp('sleep', ['sleep', 'N'])
PY import os; [os.fork() for _ in range(4)]; os.getpid() == os.getsid(0) or os.setsid(); os.execvp('sleep', ['sleep', 'N'])
PY import os; os.setpgid(0, 0); os.fork() or os.execvp('sleep', ['sleep', 'N'])
unshare -Urpf sleep N &
unshare -Ur setsid -f sleep N
bash -c 'coproc sleep N; kill -STOP $$' &
script -qc 'sleep N' /dev/null &
start() { sleep N & start2() { setsid -f sleep N; }; start2; }; start
""".strip().splitlines()


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    base = Path(tempfile.mkdtemp(prefix="aishell-walls-", dir=Path.home()))
    try:
        lab = Lab(base)
        assert lab.sandbox.dry
        seen = sum(bool(_escape(lab, line, native=True)) for line in CONTROL)
        escaped = [line for line in ESCAPES[:: 5 if arguments.quick else 1] for found in [_escape(lab, line)] if found]
        survived = [line for line in SURVIVORS[:: 4 if arguments.quick else 1] if _survives(lab, line)]
    finally:
        remove(base)
    told: dict[str, object] = {
        "uid": os.getuid(),
        "way": lab.sandbox.way,
        "seen without a sandbox": f"{seen} of {len(CONTROL)}",
    }
    told |= {"attempts": len(ESCAPES), "escaped": escaped}
    report({"machine": machine(), **told, "patterns": len(SURVIVORS), "survived": survived}, as_json=arguments.json)
    return int(bool(escaped or survived or seen < len(CONTROL)))


def _shell(line: str) -> str:
    return f'python3 -c "{line[3:]}"' if line.startswith("PY ") else line


def _escape(lab: Lab, line: str, *, native: bool = False) -> str:
    """The line when it reached something outside; `native`: without a sandbox, to see that we would notice."""
    with _outside(lab) as outside:
        before = outside.state()
        text = _shell(line).format(
            o=outside.folder, w=lab.work, s=lab.base / "state", p=outside.process.pid, t=outside.port, a=outside.abstract
        )
        said = ""
        if native:
            lab.native(text)
        else:
            trial, said = lab.run(text, limits=Limits(seconds=15))
            trial.discard()
        after = outside.state()
    reached = [name for name in before if before[name] != after[name]]
    if ("leak" in said.split() or reached) and not native:
        print(f"{line}: {reached}", file=sys.stderr)
    return line if "leak" in said.split() or reached else ""


class _Outside:
    """What an attempt must not reach."""

    def __init__(self, lab: Lab, stack: ExitStack) -> None:
        self.folder = lab.base / "outside"
        self._work, self._state_folder = lab.work, lab.base / "state/undo"
        remove(self.folder)
        self.folder.mkdir()
        (self.folder / "file").write_text("real")
        os.mkfifo(self.folder / "pipe")
        self._pipe = os.open(self.folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        stack.callback(os.close, self._pipe)
        self.abstract = f"aishell-walls-{os.getpid()}"
        self._listeners = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
        for listener, name in zip(self._listeners, (str(self.folder / "socket"), f"\0{self.abstract}"), strict=True):
            listener.bind(name)
            listener.listen()
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = tcp.getsockname()[1]
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", self.port))
        self._listeners += [tcp, udp]
        self.process = subprocess.Popen(["sleep", "600"])
        stack.callback(self.process.wait)
        stack.callback(self.process.kill)

    def state(self) -> dict[str, object]:
        pid = self.process.pid
        folder = [(path.name, path.lstat()) for path in self._all()]
        settings = ("vm/swappiness", "kernel/core_pattern", "kernel/hostname")
        return {
            "folder": [(name, s.st_mode, s.st_mtime_ns, s.st_nlink, s.st_uid) for name, s in folder],
            "contents": (self.folder / "file").read_text() if (self.folder / "file").exists() else None,
            "work": [path.name for path in self._work.iterdir()],
            "listeners": len(select.select(self._listeners, [], [], 0.02)[0]),
            "pipe": select.select([self._pipe], [], [], 0)[0] and _read(self._pipe),
            "process": self.process.poll() is None and (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid)),
            "oom": self.process.poll() is None and Path(f"/proc/{pid}/oom_score_adj").read_text(),
            "settings": [Path(f"/proc/sys/{name}").read_text() for name in settings],
            "year": time.gmtime().tm_year,
            "queues": len(Path("/proc/sysvipc/msg").read_text().splitlines()),
            "our own state": self._state_folder.is_dir() and not self._state_folder.is_symlink(),
        }

    def _all(self) -> list[Path]:
        return sorted([self.folder, *self.folder.iterdir()]) if self.folder.is_dir() else []


def _read(descriptor: int) -> bytes:
    with suppress(BlockingIOError):
        return os.read(descriptor, 10)
    return b""


@contextmanager
def _outside(lab: Lab) -> Iterator[_Outside]:
    lab.clear()
    with ExitStack() as stack:
        yield _Outside(lab, stack)


def _survives(lab: Lab, line: str) -> bool:
    """Whether anything of it is left after its own end, or after it is cancelled."""
    lab.clear()
    mark = f"77{os.getpid()}"
    for then in ("", "\nsleep 60"):
        trial = lab.start(_shell(line.replace("N", mark)) + "\nsleep 0.1" + then)
        if then:
            time.sleep(0.3)
        else:
            trial.wait(5)
        trial.kill()
        left = [pid for pid in filter(str.isdecimal, os.listdir("/proc")) if f"sleep\0{mark}" in command_line(pid)]
        trial.discard()
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
        if left:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
