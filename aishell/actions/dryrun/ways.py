"""The ways to keep a command's effects away from the real files, best first, and which of them works here: tried, not guessed.

    namespaces   our own: overlay, mount, pid, ipc and network namespaces
    bwrap        the system's bubblewrap (0.11 has overlays): for systems that grant user namespaces to it alone
    partial      no trial at all: Landlock outside the folders, and copies of what the command names

Only the first two are a dry run.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, NoReturn

from aishell.actions.dryrun import kernel, landlock, monitor, overlay
from aishell.actions.dryrun.monitor import Command, Limits, Wires
from aishell.actions.dryrun.overlay import Layout

Way = Literal["namespaces", "bwrap", "partial"]
_SYSTEM_PATH = "/usr/bin:/bin:/usr/local/bin"
ORDER: tuple[Way, ...] = ("namespaces", "bwrap", "partial")


def inside_namespaces(layout: Layout, command: Command, limits: Limits, wires: Wires) -> NoReturn:
    """Be the monitor of a command in our own namespaces."""
    stores = _open_stores(layout)
    overlay.enter(layout)
    init = os.fork()
    if init == 0:
        for store in stores:  # they lead to the real disk
            os.close(store)
        seal = partial(overlay.seal, layout)
        monitor.report(wires, lambda: monitor.first_inside(command, wires, limits, seal))
    _let_go(command, wires)
    monitor.watch(init, wires, limits, stores, end=lambda: os.kill(init, signal.SIGKILL))


def inside_bwrap(layout: Layout, command: Command, limits: Limits, wires: Wires) -> NoReturn:
    """Be the monitor of a command that bubblewrap runs."""
    kernel.prctl(kernel.CHILD_SUBREAPER, 1)
    stores = _open_stores(layout)
    child = os.fork()
    if child == 0:
        wrapped = replace(command, argv=(*bwrap_arguments(layout, command.cwd), *command.argv), cwd="/")
        monitor.report(wires, lambda: monitor.become(wrapped, wires, limits))
    _let_go(command, wires)
    # Its --die-with-parent is not enough: killed early, it left its child waiting for ever.
    monitor.watch(child, wires, limits, stores, end=lambda: _end_descendants(child))


def confined(writable: tuple[str, ...], command: Command, limits: Limits, wires: Wires) -> NoReturn:
    """Be the monitor of a command that changes the real files, but only below `writable`."""
    kernel.prctl(kernel.CHILD_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        monitor.report(wires, lambda: _confine(writable, command, limits, wires))
    _let_go(command, wires)
    monitor.watch(child, wires, limits, (), end=lambda: _end_descendants(child))


def _confine(writable: tuple[str, ...], command: Command, limits: Limits, wires: Wires) -> NoReturn:
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    landlock.restrict((*writable, *(f"/dev/{name}" for name in overlay.DEVICES), "/dev/pts", "/dev/shm", "/proc"), alone=True)
    monitor.become(command, wires, limits)


def bwrap_arguments(layout: Layout, cwd: str) -> tuple[str, ...]:
    arguments = [_bwrap(), "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
    if os.getuid() == 0:
        arguments.append("--unshare-user")
    if not layout.network:
        arguments.append("--unshare-net")
    for root in layout.roots:
        arguments += ["--overlay-src", root.path, "--overlay", root.upper, root.work, root.path]
    for path in layout.bound:
        arguments += ["--ro-bind", path, path]
    arguments += ["--dev", "/dev", "--remount-ro", "/dev", "--tmpfs", "/dev/shm", "--proc", "/proc"]
    for path in layout.hidden:
        if os.path.isdir(path):
            arguments += ["--tmpfs", path, "--remount-ro", path]
    for path in layout.sockets:
        arguments += ["--ro-bind", "/dev/null", path]
    return (*arguments, "--chdir", cwd, "--")


def bwrap_can_overlay() -> bool:
    """Whether a bubblewrap is installed that has the option; whether it is allowed here is for the probe to see."""
    if not _bwrap():
        return False
    said = subprocess.run([_bwrap(), "--help"], capture_output=True, check=False, timeout=5)
    return b"--overlay-src" in said.stdout + said.stderr


def _bwrap() -> str:
    """The system's, never one that the user's PATH would put before it."""
    return shutil.which("bwrap", path=_SYSTEM_PATH) or ""


def can_confine() -> bool:
    return landlock.version() >= 2


def _open_stores(layout: Layout) -> tuple[int, ...]:
    return tuple(os.open(store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for store in {root.store for root in layout.roots})


def _let_go(command: Command, wires: Wires) -> None:
    """The monitor must not hold the command's ends open: its readers wait for them to close."""
    for descriptor in {command.stdin, command.stdout, command.stderr, wires.error, wires.state} - {-1}:
        os.close(descriptor)


def _end_descendants(main: int) -> None:
    """Kill all we ever started until only `main` is left, dead; each is stopped first, so that none forks meanwhile."""
    while found := [pid for pid in _descendants(os.getpid()) if not (pid == main and _dead(pid))]:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        for pid in found:
            if pid != main:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _dead(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _descendants(top: int) -> list[int]:
    found: list[int] = []
    waiting = [top]
    while waiting:
        pid = waiting.pop()
        with suppress(OSError):  # it has ended: what it started is ours now, and seen the next time
            children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            found += children
            waiting += children
    return found
