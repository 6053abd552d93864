"""The facts of this machine, looked up when a rule asks, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

from aishell.planner.fix.facts import Facts, Habits, nothing
from aishell.planner.lexicon import BUILTINS

_LISTED = 5000
_GIT_S = 2.0
_PACKAGES_S = 3.0
_INSTALLS = {
    "apt-get": "apt-get install",
    "dnf": "dnf install",
    "pacman": "pacman -S",
    "zypper": "zypper install",
    "apk": "apk add",
    "brew": "brew install",
}
_QUIET_GIT = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager", "--no-optional-locks")
"""A repository's own configuration can name programs; none of what is asked here starts one."""


def look(
    cwd: str,
    environment: Mapping[str, str],
    *,
    habits: Habits,
    names: Collection[str] = (),
    options_of: Callable[..., Sequence[str]] = nothing,
    past: Callable[[], Sequence[str]] = nothing,
) -> Facts:
    """The facts for a command that failed in `cwd`. `names`: aliases and functions of the person's shell."""
    search = environment.get("PATH", os.defpath)
    own = frozenset(names) | BUILTINS

    def programs() -> Collection[str]:
        return own | {name for folder in search.split(os.pathsep) for name in _listed(folder)}

    home = environment.get("HOME", "/")
    return Facts(
        cwd=cwd,
        home=home,
        locale=next((environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), "C"),
        root=os.geteuid() == 0,
        habits=habits,
        which=lambda name: name if name in own else shutil.which(name, path=search),
        programs=cache(programs),
        exists=os.path.lexists,
        is_dir=os.path.isdir,
        executable=lambda path: os.path.isfile(path) and os.access(path, os.X_OK),
        listdir=_listed,
        head=_head,
        git=lambda *arguments: _git(cwd, arguments),
        has_package=_has_package,
        installs=next((line for name, line in _INSTALLS.items() if shutil.which(name, path=search)), ""),
        options_of=options_of,
        past=past,
        hosts=cache(lambda: frozenset(_hosts(Path(home)))),
    )


def _listed(folder: str) -> tuple[str, ...]:
    with suppress(OSError), os.scandir(folder or ".") as entries:
        return tuple(entry.name for entry in islice(entries, _LISTED))
    return ()


def _head(path: str) -> bytes:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer must not hold us
        try:
            return os.read(descriptor, 512) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        finally:
            os.close(descriptor)
    return b""


def _git(cwd: str, arguments: tuple[str, ...]) -> str:
    return _said(["git", *_QUIET_GIT, *arguments], cwd, _GIT_S)


def _has_package(name: str) -> bool:
    if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]*", name):
        return False
    for command in (["apt-cache", "pkgnames", name], ["pacman", "-Ssq", f"^{name}$"]):
        if shutil.which(command[0]):
            return name in _said(command, "/", _PACKAGES_S).split()
    return False


def _said(command: list[str], cwd: str, seconds: float) -> str:
    """What a program prints; empty when it fails."""
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=False,
        )
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
    return ""


def _hosts(home: Path) -> Iterator[str]:
    yield "localhost"
    for line in _lines(Path("/etc/hosts")):
        yield from line.partition("#")[0].split()[1:]
    for line in _lines(home / ".ssh" / "config"):
        words = line.split()
        if words and words[0].lower() == "host":
            yield from (word for word in words[1:] if not re.search(r"[*?!]", word))


def _lines(file: Path) -> Sequence[str]:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8").splitlines()
    return ()
