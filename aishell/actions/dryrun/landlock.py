"""Landlock: a process and all its children may write only below the named folders, whatever mounts and modes say."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable

from aishell.actions.dryrun import kernel

_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_MAKE_AND_REMOVE = 0b1_1111_1111_0000
_FOLDER_ONLY = _MAKE_AND_REMOVE | _REFER
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
_VERSION, _PATH_BENEATH = 1, 1


def version() -> int:
    """The kernel's Landlock ABI; 0 when there is none. Below 2 it would forbid moving files between folders."""
    try:
        return kernel.syscall(kernel.LANDLOCK_CREATE, None, ctypes.c_size_t(0), _VERSION, what="landlock")
    except OSError:
        return 0


def restrict(writable: Iterable[str], *, alone: bool) -> None:
    """From here on nothing else can be written; never lifted. Raises OSError when the kernel has no Landlock that will do.

    Files open already stay as they are. `alone`: also no signal and no abstract socket reaches a process outside, where
    the kernel can do that (ABI 6). Needs no_new_privs or CAP_SYS_ADMIN.
    """
    known = version()
    if known < 2:
        raise OSError(errno.EOPNOTSUPP, "landlock is too old or absent")
    handled = _WRITE_FILE | _MAKE_AND_REMOVE | _REFER | (_TRUNCATE if known >= 3 else 0)
    attributes = struct.pack("QQQ", handled, 0, (_ABSTRACT_SOCKETS | _SIGNALS) if alone and known >= 6 else 0)
    length = 24 if known >= 6 else 8
    ruleset = kernel.syscall(kernel.LANDLOCK_CREATE, attributes, ctypes.c_size_t(length), 0, what="landlock")
    try:
        for path in writable:
            _allow(ruleset, path, handled)
        kernel.syscall(kernel.LANDLOCK_RESTRICT, ruleset, 0, what="landlock")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, handled: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # what cannot be reached need not be allowed
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = struct.pack("=Qi", handled if folder else handled & ~_FOLDER_ONLY, descriptor)
        kernel.syscall(kernel.LANDLOCK_ADD, ruleset, _PATH_BENEATH, rule, 0, what=f"landlock for {path}")
    finally:
        os.close(descriptor)
