"""The seccomp filter for commands that only read, as the kernel takes it: a small BPF program over each system call's numbers.

Refused calls fail with EPERM, so that a program can say so. Sources: linux/seccomp.h, linux/bpf_common.h, and the system call
tables of Linux 6.18 (arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl).
"""

from __future__ import annotations

import struct

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24
"""Where struct seccomp_data holds the call, the architecture, and the low halves of the first two arguments."""
_X32 = 0x40000000
"""From here on, x86-64 numbers mean the calls of another table."""
_UNIX, _NETLINK = 1, 16
_PUSH_KEY, _TIOCLINUX = 0x5412, 0x541C

_ALWAYS = (
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr lsetxattr fsetxattr setxattrat removexattr"
    " lremovexattr fremovexattr removexattrat utime utimes futimesat utimensat truncate file_setattr"
    " mount umount2 pivot_root move_mount mount_setattr open_tree fsopen fsmount unshare setns chroot"
    " ptrace process_vm_writev bpf perf_event_open io_uring_setup io_uring_enter userfaultfd add_key request_key keyctl"
    " init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff sethostname setdomainname"
    " settimeofday clock_settime quotactl quotactl_fd acct"
).split()
_COMMON = {  # from number 424 on, all architectures agree
    **{"io_uring_setup": 425, "io_uring_enter": 426, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432},
    **{
        "mount_setattr": 442,
        "quotactl_fd": 443,
        "fchmodat2": 452,
        "setxattrat": 463,
        "removexattrat": 466,
        "file_setattr": 469,
    },
}
_X86_64 = {
    **{"socket": 41, "ioctl": 16, "chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92, "fchown": 93, "lchown": 94},
    **{"fchownat": 260, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198},
    **{"fremovexattr": 199, "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "truncate": 76, "mount": 165},
    **{"umount2": 166, "pivot_root": 155, "unshare": 272, "setns": 308, "chroot": 161, "ptrace": 101, "process_vm_writev": 311},
    **{"bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "add_key": 248, "request_key": 249, "keyctl": 250},
    **{"init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246, "kexec_file_load": 320, "reboot": 169},
    **{"swapon": 167, "swapoff": 168, "sethostname": 170, "setdomainname": 171, "settimeofday": 164, "clock_settime": 227},
    **{"quotactl": 179, "acct": 163},
}
_AARCH64 = {
    **{"socket": 198, "ioctl": 29, "fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54, "setxattr": 5, "lsetxattr": 6},
    **{"fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "utimensat": 88, "truncate": 45, "mount": 40},
    **{"umount2": 39, "pivot_root": 41, "unshare": 97, "setns": 268, "chroot": 51, "ptrace": 117, "process_vm_writev": 271},
    **{"bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "add_key": 217, "request_key": 218, "keyctl": 219},
    **{"init_module": 105, "finit_module": 273, "delete_module": 106, "kexec_load": 104, "kexec_file_load": 294, "reboot": 142},
    **{"swapon": 224, "swapoff": 225, "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "clock_settime": 112},
    **{"quotactl": 60, "acct": 89},
}
_TABLES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}  # linux/audit.h


def program(machine: str) -> bytes:
    """The filter for this architecture, 8 bytes an instruction; empty where there is none."""
    if machine not in _TABLES:
        return b""
    architecture, own = _TABLES[machine]
    numbers = {**_COMMON, **own}
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _REFUSE),  # a program of another architecture: its numbers mean other calls
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_AT_LEAST, _X32, 0, 1), _step(_RETURN, _REFUSE)]
    for name in _ALWAYS:
        if name in numbers:
            steps += [_step(_EQUAL, numbers[name], 0, 1), _step(_RETURN, _REFUSE)]
    steps += _unless(numbers["socket"], _FIRST, (_UNIX, _NETLINK), then=_ALLOW, otherwise=_REFUSE)
    steps += _unless(numbers["ioctl"], _SECOND, (_PUSH_KEY, _TIOCLINUX), then=_REFUSE, otherwise=_ALLOW)
    return b"".join((*steps, _step(_RETURN, _ALLOW)))


def _unless(number: int, argument: int, values: tuple[int, int], *, then: int, otherwise: int) -> list[bytes]:
    """For one call: `then` when its argument is one of the values, else `otherwise`."""
    return [
        _step(_EQUAL, number, 0, 5),
        _step(_LOAD, argument),
        _step(_EQUAL, values[0], 2, 0),
        _step(_EQUAL, values[1], 1, 0),
        _step(_RETURN, otherwise),
        _step(_RETURN, then),
    ]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
