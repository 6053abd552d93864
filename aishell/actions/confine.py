"""Commands that were proven to only read are held to it by the kernel: no write to the file system, no network, no new rights.

Landlock refuses every write but to /dev/null, /dev/tty, a private folder for temporary files, and what is open already. A
seccomp filter refuses what Landlock does not know: sockets other than Unix and netlink ones, modes, owners and times of files,
keys pushed into the terminal, and the administrator's calls. Root keeps only the capabilities that reading needs. Each layer
is used where the kernel has it; neither is a judge.

All of it binds one thread and what that thread starts. So a thread is made for each command, confined, and ended when the
command runs: no code of ours runs between fork and exec, where a lock held by another thread would hang it.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import re
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TypeVar

from aishell.actions.filter import program

_Started = TypeVar("_Started")

# linux/landlock.h; the system call numbers are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE, _TRUNCATE, _IOCTL_DEVICE = 1 << 1, 1 << 14, 1 << 15
_WRITING = (
    (1, _WRITE_FILE | sum(1 << bit for bit in range(4, 13))),  # make and remove files of all kinds
    (2, 1 << 13),  # move between folders
    (3, _TRUNCATE),
    (5, _IOCTL_DEVICE),
)
"""From which version of Landlock on which ways to write are known."""
_TCP = 3  # bind and connect, version 4
_SCOPES = 3  # abstract sockets and signals, version 6
_OPEN_DEVICES = ("/dev/null", "/dev/tty", "/dev/zero", "/dev/full")

# linux/prctl.h
_SET_SECCOMP, _FILTER, _DROP_CAPABILITY, _NO_NEW_PRIVILEGES = 22, 2, 24, 38
_KEPT_CAPABILITIES = frozenset((2, 19, 34))
"""Of root, from linux/capability.h: to read every file, to look into processes, to read the kernel's log."""
_MOST_CAPABILITIES = 64

_LOOKS_INTO_PROCESSES = re.compile(r"(?:^|[|;&(\s])(?:ss|netstat|lsof|fuser|pidof|pmap|pwdx)(?:\s|$)|/proc/[^a-z]")
"""Landlock hides other processes' files and programs; what asks for just those does without it and keeps the filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What this kernel can do."""

    landlock: int
    """The version of Landlock; 0: none."""
    seccomp: bool


@functools.cache
def support() -> Support:
    if platform.system() != "Linux":
        return Support(landlock=0, seccomp=False)
    version = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    has_filter = os.path.exists("/proc/sys/kernel/seccomp/actions_avail")
    return Support(landlock=max(0, version), seccomp=has_filter and bool(program(platform.machine())))


@contextmanager
def scratch_folder() -> Iterator[str]:
    """A private folder for a command's temporary files, such as a large sort's; gone afterwards. "" when there is none."""
    with suppress(OSError):
        folder = TemporaryDirectory(prefix="aishell-", ignore_cleanup_errors=True)
        with folder as path:
            yield path
        return
    yield ""


def start_confined(start: Callable[[], _Started], *, command: str, scratch: str) -> _Started:
    """What `start()` gives back; the process it starts is confined. Raises what `start` raises."""
    if not support().landlock and not support().seccomp:
        return start()

    def confined() -> _Started:
        _drop_rights()
        if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
            if support().landlock and not _LOOKS_INTO_PROCESSES.search(command):
                _allow_only_reading(support().landlock, scratch)
            if support().seccomp:
                _filter_calls()
        return start()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(confined).result()


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _drop_rights() -> None:
    """Root could change the network through a netlink socket, for one; an ordinary user has nothing to drop."""
    for capability in range(_MOST_CAPABILITIES):
        if capability not in _KEPT_CAPABILITIES and _libc().prctl(_DROP_CAPABILITY, capability, 0, 0, 0) != 0:
            return  # not root, or past the last one


def _allow_only_reading(version: int, scratch: str) -> None:
    """For this thread and all it starts, for ever."""
    writing = sum(bits for since, bits in _WRITING if since <= version)
    attributes = struct.pack("QQQ", writing, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _libc().syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return
    try:
        for device in _OPEN_DEVICES:
            _allow(ruleset, device, (_WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE) & writing)
        if scratch:
            _allow(ruleset, scratch, writing)
        _libc().syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    with suppress(OSError):  # without it there is less to allow
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            beneath = struct.pack("=Qi", rights, descriptor)
            _libc().syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), beneath, ctypes.c_uint32(0))
        finally:
            os.close(descriptor)


def _filter_calls() -> None:
    """For this thread and all it starts, for ever."""
    instructions = program(platform.machine())
    memory = ctypes.create_string_buffer(instructions, len(instructions))
    header = struct.pack("HP", len(instructions) // 8, ctypes.addressof(memory))
    _libc().prctl(_SET_SECCOMP, _FILTER, header, 0, 0)
