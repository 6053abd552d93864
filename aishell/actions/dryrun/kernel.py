"""The kernel calls that Python has no name for. Linux only; each raises OSError."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from contextlib import suppress

NEWNS, NEWUSER, NEWPID, NEWNET, NEWIPC = 0x20000, 0x10000000, 0x20000000, 0x40000000, 0x8000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 0x1000, 0x4000, 1 << 18
READ_ONLY, NO_DEVICES = 1, 4
PDEATHSIG, CAPBSET_DROP, CHILD_SUBREAPER, NO_NEW_PRIVS = 1, 24, 36, 38

_AT_FDCWD, _AT_RECURSIVE, _NO_REPLACE = -100, 0x8000, 1
# The same on every architecture: calls younger than 2019 share their numbers.
_MOUNT_SETATTR = 442
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "riscv64": 276}
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object, what: str) -> int:
    return _check(_libc.syscall(ctypes.c_long(number), *arguments), what)


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "new namespaces")


def prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    fields = (os.fsencode(text) or None for text in (source, target, kind))
    _check(_libc.mount(*fields, ctypes.c_ulong(flags), os.fsencode(data) or None), f"mount {kind or source} on {target}")


def set_mount(path: str, *, on: int = 0, off: int = 0, recursive: bool = False) -> None:
    """Change only the named flags of a mount (mount_setattr, Linux 5.12)."""
    attributes = (ctypes.c_uint64 * 4)(on, off, 0, 0)
    syscall(
        _MOUNT_SETATTR,
        _AT_FDCWD,
        os.fsencode(path),
        _AT_RECURSIVE * recursive,
        attributes,
        ctypes.c_size_t(32),
        what=f"flags of {path}",
    )


def syncfs(path: str) -> None:
    """All of the file system that `path` lies on is on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _check(_libc.syncfs(descriptor), f"sync {path}")
    finally:
        os.close(descriptor)


def move(source: str, target: str) -> None:
    """Rename, but never over something: FileExistsError."""
    if number := _RENAMEAT2.get(platform.machine()):
        try:
            syscall(
                number, _AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), ctypes.c_uint(_NO_REPLACE), what=target
            )
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOSYS):  # a file system without it
                raise
        else:
            return
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    os.rename(source, target)


def raise_loopback() -> None:
    """127.0.0.1 works in a new network namespace, so that a command can talk to a server it starts itself."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = bytearray(struct.pack("16sh14x", b"lo", 0))
        import fcntl

        fcntl.ioctl(probe, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", request, 16)
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
