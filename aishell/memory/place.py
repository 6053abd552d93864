"""Where the memory file lies: a folder and files that are the user's own, and nobody else's to read or write."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from aishell.core.errors import MemoryUnavailable

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def prepare(file: Path) -> None:
    """The folder is there, and what stands in the place of `file` and the files beside it is ours alone.

    Modes that let others read are mended. What could have been planted is refused, never followed. Raises MemoryUnavailable.
    """
    try:
        file.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own_folder(file.parent)
        for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
            _own_file(file.with_name(name))
    except OSError as error:
        raise refused(file, error) from error


def suspect(file: Path) -> Path:
    """The file that says that damage was met in `file`."""
    return file.with_name(f"{file.name}-suspect")


def own_folder(folder: Path) -> None:
    """Made where it is missing. Raises OSError, MemoryUnavailable."""
    with suppress(FileExistsError):  # also made by another process at this moment
        os.mkdir(folder, 0o700)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise _not_trusted(folder, "is not a folder" if not stat.S_ISLNK(found.st_mode) else "is a symbolic link")
    if found.st_uid != os.geteuid():
        raise _not_trusted(folder, "belongs to somebody else")
    if found.st_mode & _OTHERS_WRITE:
        raise _not_trusted(folder, "can be written by others", f"If what is in it is yours: chmod 700 {folder}")
    if stat.S_IMODE(found.st_mode) != 0o700:
        _set_mode(folder, 0o700)


def _own_file(file: Path) -> None:
    """Raises OSError, MemoryUnavailable."""
    try:
        found = os.lstat(file)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise _not_trusted(file, "is a symbolic link")
    if not stat.S_ISREG(found.st_mode):
        raise _not_trusted(file, "is not a plain file")
    if found.st_uid != os.geteuid():
        raise _not_trusted(file, "belongs to somebody else")
    if found.st_nlink > 1:
        raise _not_trusted(file, "has a second name (a hard link)")
    if stat.S_IMODE(found.st_mode) != 0o600:
        _set_mode(file, 0o600)


def _set_mode(path: Path, mode: int) -> None:
    """Of the file itself, never of what a link leads to; without opening it, for the reason `make` has."""
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", mode)
    finally:
        os.close(descriptor)


def make(file: Path) -> tuple[int, int]:
    """`file` is there, with mode 0600; what tells it from one that takes its place later. Raises OSError.

    A file that is there is not opened: closing it again would take from this process every lock that SQLite holds on it, and
    another process would take itself for the last one and remove the log.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, _NEW_FILE | os.O_EXCL, 0o600))
    return identity(file)


def identity(file: Path) -> tuple[int, int]:
    """Raises OSError."""
    found = os.stat(file, follow_symlinks=False)
    return found.st_dev, found.st_ino


def open_own(file: Path, flags: int = 0) -> int:
    """A descriptor of a plain file of our own, made with mode 0600 where it is missing. Raises OSError, MemoryUnavailable."""
    _own_file(file)
    return os.open(file, _NEW_FILE | flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Names that were given or taken in it outlive a power cut. Raises OSError."""
    descriptor = os.open(folder, _FOLDER)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refused(file: Path, error: OSError) -> MemoryUnavailable:
    """`error` in a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MemoryUnavailable(f"There is no room on the disk for {file}.", hint="Free some space.")
    if error.errno == errno.EROFS:
        return MemoryUnavailable(f"{file} cannot be written: it lies on a read-only file system.")
    return MemoryUnavailable(f"{file} cannot be used: {error.strerror or error}.")


def _not_trusted(path: Path, why: str, hint: str = "") -> MemoryUnavailable:
    return MemoryUnavailable(f"{path} {why}, so nothing is kept in it or read from it.", hint=hint or f"Move {path} away.")
