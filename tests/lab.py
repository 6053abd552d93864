"""A folder to try commands in, and what its state is: for the tests of trials, and for their benchmarks."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from aishell.actions.dryrun import shell
from aishell.actions.dryrun.monitor import Limits
from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets, discard
from aishell.actions.dryrun.trial import Sandbox, Trial
from aishell.actions.dryrun.undo import Undo
from aishell.core.changes import Changes, UndoSet


@dataclass(slots=True)
class Lab:
    """`work` may be changed by trials; `state` is ours."""

    base: Path
    keep: Keep = field(default_factory=Keep)
    network: bool = False
    work: Path = field(init=False)
    sets: Sets = field(init=False)
    undo: Undo = field(init=False)
    sandbox: Sandbox = field(init=False)

    def __post_init__(self) -> None:
        self.work = self.base / "work"
        self.work.mkdir(exist_ok=True)
        self.sets = Sets(Places(primary=self.base / "state" / "undo"), self.keep)
        self.undo = Undo(self.sets)
        self.sandbox = Sandbox(self.sets, hidden=(str(self.base / "state"),), network=self.network)

    def start(self, line: str, *, stdout: int = -1, limits: Limits | None = None, folders: tuple[str, ...] = ()) -> Trial:
        null = os.open(os.devnull, os.O_RDWR)
        try:
            return self.sandbox.start(
                shell.argv(line),
                cwd=str(self.work),
                environment=dict(os.environ),
                folders=folders or (str(self.work),),
                stdin=null,
                stdout=stdout if stdout >= 0 else null,
                stderr=stdout if stdout >= 0 else null,
                limits=limits or Limits(),
            )
        finally:
            os.close(null)

    def run(self, line: str, *, limits: Limits | None = None, folders: tuple[str, ...] = ()) -> tuple[Trial, str]:
        """The trial, over, and what it printed (both streams, at most what a memory file takes)."""
        output = os.memfd_create("output", os.MFD_CLOEXEC)
        try:
            trial = self.start(line, stdout=output, limits=limits, folders=folders)
            trial.wait()
            return trial, os.pread(output, 1 << 20, 0).decode("utf-8", "replace")
        finally:
            os.close(output)

    def tried(self, line: str) -> Changes:
        """What the line would change; nothing is left of it."""
        trial, _ = self.run(line)
        try:
            return trial.changes()
        finally:
            trial.discard()

    def commit(self, line: str) -> UndoSet:
        return self.run(line)[0].commit(line)

    def native(self, line: str) -> None:
        """The line, really run, as a trial would run it."""
        subprocess.run(
            [*shell.BASH, line], cwd=self.work, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )

    def clear(self) -> None:
        """An empty work folder; the sets stay."""
        discard(self.work)
        self.work.mkdir()


def snapshot(top: Path) -> str:
    """Hash of every name, kind, mode, owner, attribute, target and content below `top`, and of which names are one file."""
    digest = hashlib.sha256()
    names: dict[int, list[str]] = {}
    for folder, folders, files in os.walk(os.fsencode(top)):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = os.path.join(folder, name)
            state = os.lstat(path)
            relative = os.path.relpath(path, os.fsencode(top))
            attached = sorted(os.listxattr(path, follow_symlinks=False))
            digest.update(repr((relative, oct(state.st_mode), state.st_uid, state.st_gid, attached)).encode())
            if os.path.islink(path):
                digest.update(os.readlink(path))
            elif os.path.isfile(path):
                names.setdefault(state.st_ino, []).append(repr(relative))
                digest.update(_contents(path))
    digest.update(repr(sorted(group for group in names.values() if len(group) > 1)).encode())
    return digest.hexdigest()


def _contents(path: bytes) -> bytes:
    mode = os.stat(path).st_mode
    if not mode & 0o400 and os.getuid() != 0:
        os.chmod(path, mode | 0o400)
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    finally:
        if not mode & 0o400 and os.getuid() != 0:
            os.chmod(path, mode)


def remove(base: Path) -> None:
    discard(base)
    shutil.rmtree(base, ignore_errors=True)


def command_line(pid: str) -> str:
    """Of a process, its words separated by NUL; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
