"""The floor: what never runs from words, whatever anybody agrees to. A person can still type such a line as a shell command.

Only what is beyond doubt stands here; everything else dangerous is tried out or asked about.
"""

from __future__ import annotations

import os

from aishell.actions.places import ANY, Surroundings
from aishell.core.types import Redirect, Script, Word

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
    "/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /usr /usr/bin /usr/lib "
    "/usr/local /usr/sbin /usr/share /var /var/lib /Users /System /Library /Applications".split()
)
WRITES = frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})
_PERMISSIONS = frozenset({"chmod", "chown", "chgrp"})
_ERASERS = frozenset({"wipefs", "blkdiscard", "shred", "sgdisk", "sfdisk", "mkswap"})
_JUDGED = _PERMISSIONS | _ERASERS | {"rm", "rsync", "mv", "find", "dd", "tee", "cp", "install", "truncate"}
_ALL_INSIDE = ("/*/", "/**", "/*", "/.*", "/?*", "/.[!.]*", "/{*,.*}")


def forbidden_call(words: tuple[Word, ...], here: Surroundings) -> str:
    """Why this program with these arguments must not run; empty when the floor has nothing against it."""
    name = os.path.basename(words[0].literal) if words else ""
    if name not in _JUDGED and not name.startswith("mkfs"):
        return ""
    options = [word.literal for word in words[1:] if word.fixed and word.literal.startswith("-")]
    operands = [word for word in words[1:] if not word.literal.startswith("-") or not word.fixed]
    if name in ("rm", "rsync", "mv") and (name != "rm" or _recursive(options)):
        return _deletes(name, options, operands, here)
    if name in _PERMISSIONS and _recursive(options) and any(_everything(word, here, own=False) for word in operands[1:]):
        return "it would change the permissions of the whole system"
    if name == "find" and operands[:1] and _everything(operands[0], here) and _find_deletes_all(words):
        return f"it would delete everything below {operands[0]}"
    disks = [word for word in operands if _on_disk(word, here)]
    if name.startswith("mkfs") or name in _ERASERS:
        return "it would erase a disk" if disks or (name.startswith("mkfs") and _device(operands, here)) else ""
    if name == "dd" and any(
        text.startswith(tuple(f"of={disk}" for disk in _DISK)) for w in operands for text in here.meanings(w)
    ):
        return "it would overwrite a disk"
    if name in ("tee", "cp", "install", "truncate") and disks and (name != "cp" or disks[-1] is operands[-1]):
        return "it would overwrite a disk"
    return ""


def forbidden_redirect(redirect: Redirect, here: Surroundings) -> str:
    return "it would overwrite a disk" if redirect.operator in WRITES and _on_disk(redirect.target, here) else ""


def fork_bomb(script: Script) -> str:
    """A function that starts itself more than once, or in the background."""
    calls = {name: [call for call in script.calls if call.within == name] for name in script.functions}
    for name, inside in calls.items():
        own = [call for call in inside if call.program == name]
        others = [
            call
            for call in inside
            if call.program != name and any(deep.program == name for deep in calls.get(call.program, ()))
        ]
        if (
            (own or others)
            and (script.background or len(own) + len(others) > 1)
            and any(call.program == name for call in script.calls)
        ):
            return "it is a fork bomb"
    return ""


def calls_itself(script: Script) -> bool:
    """Whether a function of the script may run itself, also by way of others."""
    runs = {name: {call.program for call in script.calls if call.within == name} for name in script.functions}
    for name in runs:
        reached: set[str] = set()
        ahead = set(runs[name])
        while ahead:
            reached |= ahead
            ahead = {further for one in ahead for further in runs.get(one, ())} - reached
        if name in reached:
            return True
    return False


def _deletes(name: str, options: list[str], operands: list[Word], here: Surroundings) -> str:
    if name == "rsync" and not any(option.startswith("--del") for option in options):
        return ""
    targets = operands[-1:] if name == "rsync" else operands[:-1] if name == "mv" else operands
    for word in targets:
        if _everything(word, here):
            unset = [part.text for part in word.parts if part.kind == "variable" and here.unset(part.text)]
            because = f", since {unset[0]} is not set" if unset else ""
            return f"it would {'move away' if name == 'mv' else 'delete'} {_shown(word)}{because}"
    return ""


def _shown(word: Word) -> str:
    return "".join(f"${part.text}" if part.kind == "variable" else part.text or "..." for part in word.parts) or word.literal


def _recursive(options: list[str]) -> bool:
    return any(
        option.startswith("--r") if option.startswith("--") else any(letter in "rR" for letter in option) for option in options
    )


def _find_deletes_all(words: tuple[Word, ...]) -> bool:
    """Without a test that picks some: only options and the action."""
    tests = [word.literal for word in words[2:] if word.literal.startswith("-")]
    allowed = (
        "-delete",
        "-exec",
        "-execdir",
        "-depth",
        "-mindepth",
        "-xdev",
        "-mount",
        "-rf",
        "-r",
        "-f",
        "-fr",
        "-print",
        "-type",
    )
    deletes = "-delete" in tests or ("-exec" in tests and any(word.literal == "rm" for word in words))
    return deletes and all(test in allowed for test in tests)


def _everything(word: Word, here: Surroundings, *, own: bool = True) -> bool:
    """`/`, a top folder, the home folder, or all that lies in one of them."""
    return any(_whole(text, here, own=own) for text in here.meanings(word))


def _whole(text: str, here: Surroundings, *, own: bool) -> bool:
    for ending in _ALL_INSIDE:
        if text.endswith(ending):
            text = text[: -len(ending)] + "/"
    if text in (ANY, ".*"):
        text = "."
    if not text or ANY in text:
        return False
    homes = {here.home, os.path.realpath(here.home), os.path.dirname(here.home)}
    for folder in here.folders:
        path = here.absolute(folder, text)
        if path in _TOP or (own and (path in homes or os.path.realpath(path) in homes)):
            return True
    return False


def _on_disk(word: Word, here: Surroundings) -> bool:
    return any(text.startswith(_DISK) for text in here.meanings(word))


def _device(operands: list[Word], here: Surroundings) -> bool:
    return any(text.startswith("/dev/") for word in operands for text in here.meanings(word))
