"""A change as a list of moves between real paths and slots, and its life on disk: a journal that a crash cannot confuse.

A set's folder holds `journal` (what is to be moved; written before the first move and never changed) and `state` (how far
it is). Whatever the moment of a crash, the slots alone tell what has been moved, so that every move can be taken back.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from aishell.actions.dryrun import kernel
from aishell.actions.dryrun.diff import extended
from aishell.core.changes import Totals, UndoSet
from aishell.core.errors import AishellError, Conflict

State = Literal["doing", "done", "undoing", "undone", "redoing"]
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One path: what stands there is moved to `old`, and `new` is moved there. Either slot may be unused (empty)."""

    path: str
    old: str = ""
    new: str = ""
    old_mode: int = -1
    new_mode: int = -1
    """Modes of folders: to be moved, a folder must be writable for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """Of a folder that is not moved itself."""

    owner: int
    group: int
    mode: int
    extended: dict[str, str]
    """Names and values in hexadecimal."""

    @classmethod
    def of(cls, path: str) -> Attributes:
        state = os.stat(path, follow_symlinks=False)
        attached = {name: value.hex() for name, value in extended(path).items()}
        return cls(owner=state.st_uid, group=state.st_gid, mode=stat.S_IMODE(state.st_mode), extended=attached)

    def put(self, path: str) -> None:
        """Raises OSError when somebody else owns the folder."""
        now = Attributes.of(path)
        if (now.owner, now.group) != (self.owner, self.group):
            os.chown(path, self.owner, self.group)
        for name in now.extended.keys() - self.extended.keys():
            os.removexattr(path, name)
        for name, value in self.extended.items():
            if now.extended.get(name) != value:
                os.setxattr(path, name, bytes.fromhex(value))
        if stat.S_IMODE(os.stat(path).st_mode) != self.mode:  # last: an ACL changes it, too
            os.chmod(path, self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A real folder that must be writable meanwhile, or has other attributes afterwards."""

    path: str
    old: Attributes
    new: Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A journal. Nothing in it changes after it is written."""

    command: str
    when: float
    steps: tuple[Step, ...]
    folders: tuple[Folder, ...]
    slots: tuple[str, ...]
    """The folders that hold the slots, one for each file system."""
    totals: Totals
    bytes_old: int
    bytes_new: int
    partial: bool = False

    def described(self, number: int, state: Literal["done", "undone"]) -> UndoSet:
        return UndoSet(
            number=number,
            command=self.command,
            when=self.when,
            state=state,
            paths=(*(step.path for step in self.steps), *(f.path for f in self.folders if f.old != f.new)),
            totals=self.totals,
            bytes_kept=self.bytes_old if state == "done" else self.bytes_new,
            partial=self.partial,
        )

    def forward(self) -> None:
        """Make the change. Raises OSError, or Conflict where something stands that was not there when it was planned."""
        for folder in self.folders:
            _unlock(folder.path)
        for step in self.steps:
            if step.old and not os.path.lexists(step.old):
                _move(step.path, step.old)
            if step.new and os.path.lexists(step.new):
                _move(step.new, step.path)
        self._settle(done=True)

    def backward(self) -> None:
        """Take it back, from wherever it was cut off; safe to be cut off itself, and repeated."""
        for folder in self.folders:
            _unlock(folder.path)
        for step in reversed(self.steps):
            if step.new and not os.path.lexists(step.new) and os.path.lexists(step.path):
                _move(step.path, step.new)
            if step.old and os.path.lexists(step.old):
                _move(step.old, step.path)
        self._settle(done=False)

    def _settle(self, *, done: bool) -> None:
        """Modes as they should be, children first: their parents may forbid it afterwards."""
        for step in self.steps:
            mode = step.new_mode if done else step.old_mode
            if mode >= 0 and os.path.isdir(step.path) and not os.path.islink(step.path):
                os.chmod(step.path, mode)
        for folder in sorted(self.folders, key=lambda folder: folder.path, reverse=True):
            with suppress(FileNotFoundError):
                (folder.new if done else folder.old).put(folder.path)

    def sync(self) -> None:
        """All of it is on the disks."""
        one_path_a_device: dict[int, str] = {}
        for path in (*self.slots, *{os.path.dirname(step.path) for step in self.steps}, *(f.path for f in self.folders)):
            with suppress(FileNotFoundError):
                one_path_a_device.setdefault(os.stat(path).st_dev, path)
        for path in one_path_a_device.values():
            kernel.syncfs(path)

    def signatures(self) -> list[str]:
        """What stands at each path now; a later edit gives another."""
        return [*(signature(step.path) for step in self.steps), *(_mark(f.path) for f in self.folders if f.old != f.new)]


def failed(error: OSError) -> AishellError:
    """For the person: nothing of it is left."""
    return AishellError(f"It cannot be put in place: {error.strerror}: {error.filename}. Nothing was changed.")


def stopped(error: OSError) -> AishellError:
    """For the person: it is half done, and how it goes on."""
    return AishellError(
        f"It stopped in the middle: {error.strerror}: {error.filename}.",
        hint="Free some room or put the rights right, then `aishell undo --list`: it is taken back to the end.",
    )


def _move(source: str, target: str) -> None:
    try:
        state = os.lstat(source)
    except FileNotFoundError as error:
        raise Conflict(f"{source} is gone.", hint="Nothing was changed.") from error
    if stat.S_ISDIR(state.st_mode) and not os.access(source, os.W_OK | os.X_OK):
        os.chmod(source, stat.S_IMODE(state.st_mode) | 0o700)
    try:
        kernel.move(source, target)
    except FileExistsError as error:
        raise Conflict(f"Something else stands at {target} now.", hint="Nothing was changed.") from error


def _unlock(path: str) -> None:
    with suppress(FileNotFoundError):
        if not os.access(path, os.W_OK | os.X_OK):
            os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) | 0o700)


def tree(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """The path and, if it is a folder, all below; nothing when there is nothing."""
    try:
        state = os.lstat(path)
    except OSError:
        return
    yield path, state
    if stat.S_ISDIR(state.st_mode):
        with suppress(OSError), os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                yield from tree(entry.path)


def folder_mode(path: str) -> int:
    """-1 when it is not a folder."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return -1
    return stat.S_IMODE(mode) if stat.S_ISDIR(mode) else -1


def signature(path: str) -> str:
    """Which files stand at and below `path`; times of folders do not count, nor ctimes, which moving changes."""
    digest = hashlib.blake2b(digest_size=16)
    for name, state in tree(path):
        file = (state.st_size, state.st_mtime_ns) if not stat.S_ISDIR(state.st_mode) else ()
        digest.update(repr((name, state.st_ino, state.st_mode, file)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _mark(path: str) -> str:
    try:
        return json.dumps(asdict(Attributes.of(path)))
    except OSError:
        return ""


def write(folder: Path, plan: Plan) -> None:
    """Raises OSError; afterwards it is on the disk."""
    _durably(folder / "journal", json.dumps({"version": _VERSION, **_as_dict(plan)}))


def _as_dict(plan: Plan) -> dict[str, Any]:
    """Steps as plain lists: `asdict` on a thousand of them takes 20 ms."""
    said = asdict(replace(plan, steps=()))
    return {**said, "steps": [[s.path, s.old, s.new, s.old_mode, s.new_mode] for s in plan.steps]}


def read(folder: Path) -> Plan | None:
    """None when there is none, or one that another version of aishell has written."""
    try:
        said = json.loads((folder / "journal").read_text())
        if said.pop("version") != _VERSION:
            return None
        return Plan(
            **{
                **said,
                "steps": tuple(_step(*step) for step in said["steps"]),
                "folders": tuple(_folder(folder) for folder in said["folders"]),
                "slots": tuple(said["slots"]),
                "totals": Totals(**said["totals"]),
            }
        )
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def foreign(folder: Path) -> bool:
    """Whether there is a journal that cannot be read here: what it is about is for the version that wrote it."""
    return (folder / "journal").exists() and read(folder) is None


def _step(path: str, old: str, new: str, old_mode: int, new_mode: int) -> Step:
    return Step(path=path, old=old, new=new, old_mode=old_mode, new_mode=new_mode)


def _folder(said: dict[str, Any]) -> Folder:
    return Folder(path=said["path"], old=Attributes(**said["old"]), new=Attributes(**said["new"]))


def set_state(folder: Path, state: State, signatures: list[str] | None = None) -> None:
    _durably(folder / "state", json.dumps({"state": state, "signatures": signatures or []}))


def get_state(folder: Path) -> tuple[State, list[str]]:
    """Without a word about it, the change was cut off while it was made."""
    try:
        said = json.loads((folder / "state").read_text())
    except FileNotFoundError:
        return "doing", []
    return said["state"], said["signatures"]


def _durably(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    with open(part, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(part, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
