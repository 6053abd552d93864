"""The processes around a tried command: one outside that keeps its limits, and the first one inside, whose end is everybody's.

    caller -- monitor (holds time and disk limits, dies with the caller) -- init (pid 1 inside) -- the command

Runs in a process forked from one with threads, and perhaps an event loop: nothing here may take a lock that another thread
could have held, so it uses system calls only, never logging, import or subprocess.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from aishell.actions.dryrun import kernel

STATE_FD = 200
"""Where a tried shell says its folder and variables at its end; bash itself uses 63 and below, and 255."""
NOT_RUN = b"!"
"""Before an error that lies in the command itself."""
_LOOK_S = 0.1
_BROKEN = 250
_FILE_CLOCK = 5  # CLOCK_REALTIME_COARSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """0: no limit."""

    seconds: float = 0.0
    disk_bytes: int = 0
    """Of everything written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is tried."""

    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str]
    stdin: int
    stdout: int
    stderr: int
    """File descriptors; they stay open in the caller."""
    not_before_ns: int = 0
    """It begins when the clock of file times is past this, so that any later edit can be told by its ctime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """File descriptors between the caller and what it starts."""

    alive: int
    """Ends when the caller does, or wants an end."""
    error: int
    """Why it could not start; ends when the command has."""
    result: int
    """The monitor's last words."""
    state: int = -1
    """Becomes STATE_FD of the command."""


def detach(keep: tuple[int, ...]) -> None:
    """In a fresh fork: nothing of the caller's files, terminal and signal handling is left but the descriptors in `keep`."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if signal.getsignal(number) not in (signal.SIG_DFL, None):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.setsid()
    below = -1
    for descriptor in (*sorted(set(keep)), 1 << 20):
        if below + 1 < descriptor:  # closerange(0, 0) closes everything
            os.closerange(below + 1, descriptor)
        below = descriptor


def watch(main: int, wires: Wires, limits: Limits, stores: tuple[int, ...], end: Callable[[], None]) -> NoReturn:
    """Keep the limits of process `main` until it ends, then say how. `end` is what makes it and its descendants end."""
    began = time.monotonic()
    poll = select.poll()
    poll.register(wires.alive, select.POLLIN)
    poll.register(ended := os.pidfd_open(main), select.POLLIN)
    room = _free(stores) if limits.disk_bytes else 0
    why = ""
    while not why:
        ready = [descriptor for descriptor, _ in poll.poll(_pause_ms(limits, began))]
        if ended in ready:
            break
        if wires.alive in ready:
            why = "killed"
        elif limits.seconds and time.monotonic() - began >= limits.seconds:
            why = "time"
        elif limits.disk_bytes and room - _free(stores) > limits.disk_bytes // 2 and _used(stores) > limits.disk_bytes:
            why = "disk"  # the free space of a disk is cheap to ask for, what lies below a folder is not
    end()
    status = os.waitstatus_to_exitcode(os.waitpid(main, 0)[1])
    with suppress(ChildProcessError):
        while True:  # descendants that lost their parents came to us, where the way of starting them allows that
            os.wait()
    code = status if status >= 0 else 128 - status
    os.write(wires.result, json.dumps({"exit_code": code, "why": why}).encode())
    os._exit(0)


def first_inside(command: Command, wires: Wires, limits: Limits, seal: Callable[[], None]) -> NoReturn:
    """Be pid 1: start the command, collect whatever ends, and end with the command, which ends all that is left inside."""
    kernel.prctl(kernel.PDEATHSIG, signal.SIGKILL)
    os.close(wires.result)
    seal()
    main = os.fork()
    if main == 0:
        become(command, wires, limits)
    os.close(wires.error)
    for descriptor in {command.stdin, command.stdout, command.stderr, wires.state} - {-1}:
        os.close(descriptor)
    while True:
        pid, status = os.wait()
        if pid == main:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def become(command: Command, wires: Wires, limits: Limits) -> NoReturn:
    """This process is the command from here on; in a session of its own, so that no terminal listens to it."""
    os.setsid()
    source = [os.dup(descriptor) for descriptor in (command.stdin, command.stdout, command.stderr)]
    if wires.state >= 0:
        os.dup2(wires.state, STATE_FD)
    high = [_above(descriptor) for descriptor in source]  # so that no dup2 below overwrites a later one's source
    for number, descriptor in enumerate(high):
        os.dup2(descriptor, number)
    if limits.disk_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.disk_bytes, limits.disk_bytes))
    try:
        os.chdir(command.cwd)
    except OSError as error:
        _not_run(wires, f"{command.cwd}: {error.strerror}")
    while time.clock_gettime_ns(_FILE_CLOCK) <= command.not_before_ns:  # it ticks every 1 to 10 ms
        time.sleep(0.0003)
    try:
        os.execvpe(command.argv[0], command.argv, command.environment)
    except OSError as error:
        _not_run(wires, f"{command.argv[0]}: {error.strerror}")


def _not_run(wires: Wires, why: str) -> NoReturn:
    """The command is at fault, not the way it is tried."""
    os.write(wires.error, NOT_RUN + os.fsencode(why)[:1000])
    os._exit(_BROKEN)


def report(wires: Wires, work: Callable[[], None]) -> NoReturn:
    """Do `work`, which never returns; what goes wrong is told to the caller, and nothing of the caller's code runs on here."""
    try:
        work()
    except OSError as error:
        os.write(wires.error, (error.strerror or str(error)).encode("utf-8", "surrogateescape")[:1000])
    finally:
        os._exit(_BROKEN)


def _above(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)


def _pause_ms(limits: Limits, began: float) -> float | None:
    if limits.disk_bytes:
        return 1000 * _LOOK_S
    return max(0.0, 1000 * (limits.seconds - (time.monotonic() - began))) + 1 if limits.seconds else None


def _free(stores: tuple[int, ...]) -> int:
    """Of the file systems that these open folders lie on; mounts inside hide their names from us."""
    devices = {os.stat(store).st_dev: store for store in stores}
    states = (os.statvfs(store) for store in devices.values())
    return sum(state.f_bavail * state.f_frsize for state in states)


def _used(stores: tuple[int, ...]) -> int:
    """Bytes on disk below the open folders; what vanishes meanwhile does not count."""
    total = 0
    for store in stores:
        for _, folders, files, here in os.fwalk(".", dir_fd=store):
            for name in (*folders, *files):
                with suppress(OSError):
                    total += os.stat(name, dir_fd=here, follow_symlinks=False).st_blocks * 512
    return total
