"""The inside of a trial: namespaces of its own, overlays on the folders it may write to, all else read-only.

Runs in a forked child. Linux 5.12 or newer; an ordinary user needs user namespaces.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aishell.actions.dryrun import kernel, landlock
from aishell.actions.dryrun.roots import Root

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
# What root could reach the machine with, past all mounts: dac_read_search (open by handle), net_admin, net_raw, sys_module,
# sys_rawio, sys_chroot, sys_ptrace, sys_pacct, sys_admin, sys_boot, sys_nice, sys_resource, sys_time, sys_tty_config, mknod,
# audit_write, audit_control, mac_override, mac_admin, syslog, wake_alarm, block_suspend, audit_read, perfmon, bpf, checkpoint.
_DROPPED = (2, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30, *range(32, 41))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a trial sees and may write."""

    roots: tuple[Root, ...]
    bound: tuple[str, ...]
    """Mounts inside the roots that stay as they are, read-only."""
    hidden: tuple[str, ...]
    """Folders shown empty: the sockets of daemons, and our own state."""
    sockets: tuple[str, ...]
    """Further named sockets, which are covered."""
    network: bool
    needed: str
    """The root that must be overlaid; another that its file system refuses stays read-only."""


def enter(layout: Layout) -> None:
    """Namespaces, mounts and uid map of this process; its next child is the first process inside. Raises OSError."""
    _unshare(kernel.NEWNS | kernel.NEWPID | kernel.NEWIPC | (0 if layout.network else kernel.NEWNET))
    if not layout.network:
        kernel.raise_loopback()
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    # All is opened before the first mount: a root may hide the store, and a new /dev the devices.
    held = _Held()
    writable = ["/dev/shm"]
    opened = [(root.path, *(held.open(path) for path in (root.path, root.upper, root.work))) for root in layout.roots]
    bound = [(path, held.open(path)) for path in layout.bound if os.path.exists(path)]
    devices = [(name, held.open(f"/dev/{name}")) for name in DEVICES if os.path.exists(f"/dev/{name}")]
    for path, lower, upper, work in opened:
        # volatile: no fsync for each file copied up (5,000 edits took 27 s without and 3 s with it); commit syncs.
        where = f"lowerdir={lower},upperdir={upper},workdir={work}"
        try:
            kernel.mount("overlay", path, "overlay", data=f"userxattr,volatile,{where}")
        except OSError:
            if path == layout.needed:
                raise
        else:
            writable.append(path)
    for path, source in bound:
        kernel.mount(source, path, flags=kernel.MS_BIND | kernel.MS_REC)
    _devices(devices)
    kernel.set_mount("/", on=kernel.READ_ONLY, recursive=True)
    for path in writable:
        kernel.set_mount(path, off=kernel.READ_ONLY)
    _hide(layout)
    held.close()


def seal(layout: Layout) -> None:
    """Finish from inside the pid namespace: a /proc of its own, no dangerous capability, no way to gain one. Raises OSError.

    The outer /proc must not stay visible: through /proc/PID/root of an outer process of the same user all could be written.
    """
    kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV)
    if os.getuid() == 0:
        kernel.set_mount("/proc", on=kernel.READ_ONLY)  # sysctls ask for uid 0, not for a capability
    for capability in _DROPPED:
        with suppress(OSError):  # an older kernel does not know the last ones
            kernel.prctl(kernel.CAPBSET_DROP, capability)
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    with suppress(OSError):  # a second wall, where there is one: also for pipes and devices, which no read-only mount stops
        roots = (root.path for root in layout.roots)
        landlock.restrict((*roots, *(f"/dev/{name}" for name in DEVICES), "/dev/pts", "/dev/shm", "/proc"), alone=True)


def _unshare(flags: int) -> None:
    """An ordinary user maps its uid to itself: whoami, ssh and git see what they expect, and exec drops all capabilities."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:  # a map of one uid would break chown, and root needs none
        kernel.unshare(flags)
        return
    kernel.unshare(flags | kernel.NEWUSER)
    for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path("/proc/self", name).write_text(line)


class _Held:
    """Names for what stands at a path now, which later mounts do not hide. None may stay open inside: they lead outside."""

    def __init__(self) -> None:
        self._descriptors: list[int] = []

    def open(self, path: str) -> str:
        self._descriptors.append(os.open(path, os.O_PATH | os.O_CLOEXEC))
        return f"/proc/self/fd/{self._descriptors[-1]}"

    def close(self) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)


def _devices(devices: list[tuple[str, str]]) -> None:
    """A /dev with nothing in it that leads outside: no disk, no kernel log, no other terminal."""
    kernel.mount("tmpfs", "/dev", "tmpfs", kernel.MS_NOSUID, "mode=755,size=64k")
    for name, source in devices:
        target = f"/dev/{name}"
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
        kernel.mount(source, target, flags=kernel.MS_BIND)
    for name, points_to in _LINKS.items():
        os.symlink(points_to, f"/dev/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"/dev/{name}")
    kernel.mount("devpts", "/dev/pts", "devpts", kernel.MS_NOSUID, "newinstance,ptmxmode=0666,mode=620")
    kernel.mount("tmpfs", "/dev/shm", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=1777,size=256m")


def _hide(layout: Layout) -> None:
    for path in layout.hidden:
        if os.path.isdir(path):
            kernel.mount("tmpfs", path, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=4k")
            kernel.set_mount(path, on=kernel.READ_ONLY)
    for path in layout.sockets:
        with suppress(OSError):  # gone since
            if stat.S_ISSOCK(os.lstat(path).st_mode):
                kernel.mount("/dev/null", path, flags=kernel.MS_BIND)
