"""The floor: what never runs from words, whatever anybody agrees to. A person can still type such a line as a shell command.

Only what is beyond doubt stands here; everything else dangerous is asked about.
"""

from __future__ import annotations

import os

from aishell.core.types import Call, Script, Word

_WRAPPERS = frozenset({"sudo", "doas", "env", "nice", "ionice", "nohup", "time", "command", "exec", "setsid", "stdbuf"})
_DISK = (
    "/dev/sd",
    "/dev/nvme",
    "/dev/vd",
    "/dev/hd",
    "/dev/xvd",
    "/dev/mmcblk",
    "/dev/disk/",
    "/dev/mapper/",
    "/dev/md",
    "/dev/dm-",
)
_TOP = frozenset(
    {
        "/",
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/lib64",
        "/opt",
        "/proc",
        "/root",
        "/sbin",
        "/sys",
        "/usr",
        "/var",
    }
)
_WRITES = frozenset({">", ">>", ">|", "&>", "&>>", "<>"})


def forbidden(script: Script, cwd: str, environment: dict[str, str]) -> tuple[str, ...]:
    """Why this must not run; empty when the floor has nothing against it."""
    home = os.path.realpath(environment.get("HOME") or "/root")
    reasons = [reason for call in script.calls if (reason := _call(_unwrapped(call), cwd, home))]
    if any(redirect.operator in _WRITES and redirect.target.literal.startswith(_DISK) for redirect in script.redirects):
        reasons.append("it would overwrite a disk")
    called = {call.program for call in script.calls}
    if any(name in called and "a background job" in script.unjudged for name in script.functions):
        reasons.append("it is a fork bomb")
    return tuple(dict.fromkeys(reasons))


def _unwrapped(call: Call) -> tuple[Word, ...]:
    words = call.words
    while words and os.path.basename(words[0].literal) in _WRAPPERS:
        words = words[1:]
        while words and (words[0].literal.startswith("-") or "=" in words[0].literal):
            words = words[1:]
    return words


def _call(words: tuple[Word, ...], cwd: str, home: str) -> str:
    if not words:
        return ""
    name = os.path.basename(words[0].literal)
    options = "".join(word.literal for word in words[1:] if word.literal.startswith("-"))
    operands = [word for word in words[1:] if not word.literal.startswith("-")]
    recursive = "r" in options or "R" in options
    if name == "rm" and recursive and (found := next((w for w in operands if _everything(w, cwd, home)), None)):
        return f"it would delete {found}"
    if (
        name in ("chmod", "chown", "chgrp")
        and recursive
        and any(_everything(w, cwd, home, whole_home=False) for w in operands[1:])
    ):
        return "it would change the permissions of the whole system"
    if name == "find" and any(w.literal == "-delete" for w in words) and operands[:1] and _everything(operands[0], cwd, home):
        return f"it would delete everything below {operands[0]}" if len(words) <= 3 else ""
    if name.startswith("mkfs") or name in ("wipefs", "blkdiscard"):
        return "it would erase a file system" if any(w.literal.startswith("/dev/") for w in operands) else ""
    if name == "dd" and any(w.literal.startswith(tuple(f"of={disk}" for disk in _DISK)) for w in operands):
        return "it would overwrite a disk"
    if name in ("shred", "tee", "cp") and any(w.literal.startswith(_DISK) for w in operands):
        return "it would overwrite a disk"
    return ""


def _everything(word: Word, cwd: str, home: str, *, whole_home: bool = True) -> bool:
    """`/`, a top folder, the home folder, or all that lies in one of them; or a path whose first part is a variable."""
    text = word.literal
    if not word.fixed and text in (
        "",
        "/",
    ):  # `/*`, or `$unset/...`, which may be empty; a relative glob starts with neither
        return text == "/"
    if not word.fixed and not text.endswith("/"):
        return False
    path = os.path.normpath(os.path.join(cwd, os.path.expanduser(text)))
    return path in _TOP or (whole_home and os.path.realpath(path) == home)
