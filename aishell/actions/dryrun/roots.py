"""Which folders a trial overlays, and where what it writes is kept: on the same file system, so that it can be moved in."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aishell.core.errors import AishellError

_NEVER = ("/proc", "/sys", "/dev", "/run")
_OCTAL = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One overlaid folder."""

    path: str
    store: str
    """The trial's folder on the same file system; several roots may share it."""
    number: int

    @property
    def upper(self) -> str:
        """What the trial writes."""
        return f"{self.store}/upper-{self.number}"

    @property
    def work(self) -> str:
        """The overlay's own."""
        return f"{self.store}/work-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where writes are kept, one folder for each file system; made when first needed."""

    primary: Path

    def on(self, path: str) -> Path | None:
        """The private folder on the file system of `path`; None when we may not have one there."""
        device = os.stat(path).st_dev
        self.primary.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.stat(self.primary).st_dev == device:
            return self.primary
        for folder in reversed(_same_device(path, device)):  # as far up as possible: a trial must not be able to delete it
            place = Path(folder, f".aishell-undo-{os.getuid()}")
            if os.access(folder, os.W_OK | os.X_OK) and _private(place):
                self._remember(place)
                return place
        return None

    def known(self) -> list[Path]:
        """The folders used so far, as far as they are there."""
        with suppress(OSError):
            return [self.primary, *(link.resolve() for link in sorted((self.primary / "elsewhere").iterdir()) if link.is_dir())]
        return [self.primary]

    def _remember(self, place: Path) -> None:
        links = self.primary / "elsewhere"
        links.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            (links / hashlib.blake2b(os.fsencode(place), digest_size=8).hexdigest()).symlink_to(place)


def _same_device(path: str, device: int) -> list[str]:
    found = [path]
    while (parent := os.path.dirname(path)) != path and os.stat(parent).st_dev == device:
        found.append(path := parent)
    return found


def _private(place: Path) -> bool:
    """Whether it is ours alone; in a folder like /tmp somebody may have been there before us."""
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        state = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o077


def mounts() -> list[str]:
    """All mount points of this process."""
    lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    return sorted({os.fsdecode(_OCTAL.sub(lambda m: bytes([int(m[1], 8)]), line.split(b" ")[4])) for line in lines})


def sockets() -> list[str]:
    """Named sockets of this network namespace: a daemon behind one would act outside the trial."""
    rows = Path("/proc/net/unix").read_bytes().splitlines()[1:]
    fields = (row.split(None, 7) for row in rows)
    return sorted({os.fsdecode(row[7]) for row in fields if len(row) == 8 and row[7].startswith(b"/")})


def within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def beside(folder: str, kept: Iterable[str]) -> list[str]:
    """The folders that cover all of `folder` but what is `kept`: itself, or those beside the ways to what is kept inside it.

    Files on such a way stay in sight. All are real paths.
    """
    inside = [path for path in kept if within(path, folder)]
    if not inside:
        return [folder]
    if folder in inside:
        return []
    with suppress(OSError), os.scandir(folder) as entries:
        below = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
        return [path for each in below for path in beside(each, inside)]
    return []


def widest(path: str) -> str:
    """The highest folder above `path` that its user could write to: `../x` is a change worth showing, too."""
    found = path = os.path.realpath(path)
    while (parent := os.path.dirname(path)) != "/" and os.access(parent, os.W_OK) and os.stat(parent).st_uid == os.getuid():
        found = path = parent
    return found


def plan(wanted: Iterable[str], place_on: Callable[[str], Path | None]) -> list[tuple[str, Path]]:
    """The folders to overlay and the place for each: real paths, none inside another, and the writable mounts below them.

    An overlay shows no mounts inside it, so each needs its own. Raises AishellError for the root folder.
    """
    tops: list[str] = []
    for path in sorted({os.path.realpath(name) for name in wanted}):
        if path == "/":
            raise AishellError("The root folder as a whole cannot be tried.", hint="Name folders below it.")
        usable = os.path.isdir(path) and not any(within(path, never) for never in _NEVER)
        if usable and not any(within(path, top) for top in tops):
            tops.append(path)
    below = [point for point in mounts() if any(within(point, top) and point != top for top in tops)]
    folders = [*tops, *(point for point in below if os.path.isdir(point) and os.access(point, os.W_OK))]
    return [(folder, place) for folder in folders if (place := place_on(folder))]


def left_out(planned: list[str]) -> list[str]:
    """Mounts inside the overlaid folders that are not overlaid themselves: they are shown, but cannot be written."""
    return [point for point in mounts() if point not in planned and any(within(point, root) for root in planned)]
