"""What aishell has left on this machine for this person, how large it is, and how it is removed. Nothing else is touched."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aishell.config.paths import Paths
from aishell.core.errors import AishellError
from aishell.integrate import rc
from aishell.integrate.code import SHELLS

_MEMORY = ("memory", "collections")
"""Of the state folder: what was remembered, and documents to answer from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A file or folder that goes, or a line of a shell's own file."""

    path: Path
    what: str
    line: str = ""
    """The line that is taken out; empty when the whole of it goes."""
    bytes: int = 0


def traces(
    paths: Paths, environment: Mapping[str, str], *, keep_memory: bool = False, keep_settings: bool = False
) -> tuple[Trace, ...]:
    """All that is there, in the order in which it goes: lines that read a file before the file."""
    found = [*_lines(paths, environment), *_undo_elsewhere(paths)]
    found += [_whole(folder, "sockets of the engine") for folder in _runtime(paths)]
    found.append(_whole(paths.cache, "models, embeddings, and what can be computed again"))
    if keep_memory and any((paths.state / name).exists() for name in _MEMORY):
        others = sorted(path for path in paths.state.iterdir() if path.name not in _MEMORY)
        found += [_whole(path, "state, without what was remembered") for path in others]
    else:
        found.append(_whole(paths.state, "memory, history, audit log, what can be undone, logs"))
    if not keep_settings:
        found.append(_whole(paths.config_file.parent, "your settings, rules, tools, skills and hooks"))
    return tuple(trace for trace in found if trace.line or trace.path.is_symlink() or trace.path.exists())


def stop_engines(paths: Paths) -> int:
    """How many were running."""
    from aishell.backends import launch

    keys = {(folder, file.stem.removeprefix("engine-")) for folder in _runtime(paths) for file in folder.glob("engine-*.json")}
    return sum(launch.stop(launch.Place(folder, key)) for folder, key in keys)


def remove(trace: Trace) -> None:
    """A link goes, and not what it leads to. Raises AishellError for what is not the person's own, or cannot be removed."""
    if trace.line:
        rc.remove(trace.path, trace.line)
        return
    try:
        found = trace.path.lstat()
        if found.st_uid != os.geteuid():
            raise AishellError(f"{trace.path} belongs to somebody else, and stays.")
        if stat.S_ISDIR(found.st_mode):
            _open(trace.path)
            shutil.rmtree(trace.path)
        else:
            trace.path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise AishellError(f"{error.filename or trace.path} cannot be removed: {error.strerror}.") from error


def _open(path: Path) -> None:
    """A trial leaves folders that nobody may enter. Raises OSError."""
    os.chmod(path, 0o700)
    for folder, names, _ in os.walk(path):
        for name in names:
            below = os.path.join(folder, name)
            if not os.path.islink(below):
                os.chmod(below, 0o700)


def _lines(paths: Paths, environment: Mapping[str, str]) -> Iterator[Trace]:
    for shell in SHELLS:
        own, line = rc.own_file(shell, environment), rc.line(shell, paths.state / f"init.{shell}")
        with suppress(OSError):
            if line in own.read_text("utf-8", "surrogateescape").splitlines():
                yield Trace(path=own, what=f"the line of `aishell init {shell}`", line=line)


def _undo_elsewhere(paths: Paths) -> Iterator[Trace]:
    """What can be undone on other file systems lies there."""
    from aishell.actions.dryrun.roots import Places

    primary = paths.state / "undo"
    for folder in Places(primary=primary).known():
        if folder != primary and folder.name == f".aishell-undo-{os.getuid()}":
            yield _whole(folder, "what can be undone on that file system")


def _runtime(paths: Paths) -> tuple[Path, ...]:
    """Where engines are found; a path that is too long for a socket has another folder."""
    from aishell.backends.launch import Place

    return tuple(dict.fromkeys((paths.runtime, Place(paths.runtime, "0" * 16).folder)))


def _whole(path: Path, what: str) -> Trace:
    return Trace(path=path, what=what, bytes=_size(path))


def _size(path: Path) -> int:
    """Bytes of all files; links are not followed, and what cannot be read counts nothing."""
    total = 0
    for folder, _, names in os.walk(path) if not path.is_symlink() else ():
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size
    with suppress(OSError):
        total += path.lstat().st_size if not path.is_dir() else 0
    return total
