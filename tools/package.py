#!/usr/bin/env python3
"""The wheel and the source archive of what is committed, the same bytes every time: `python -m tools.package [FOLDER]`.

Three things would differ from one build to the next: files that git does not know, the time and the owner of files, and the
version of setuptools. So a fresh copy of the last commit is built, with the commit's time, by the setuptools installed here
(constraints.txt pins it); and since setuptools writes the time of the build into a source archive, that is written once more.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_UMASK = 0o022
"""The modes of files stand in the archives."""


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    made = build(folder)
    for file in made:
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {os.path.relpath(file)}")
    with tempfile.TemporaryDirectory(prefix="aishell-") as again:
        source, wheel = sorted(made, key=lambda file: file.suffix)
        if wheel_of(source, Path(again)).read_bytes() != wheel.read_bytes():
            raise SystemExit("package: a wheel of the source archive is another one")
    return 0


def wheel_of(source: Path, folder: Path) -> Path:
    """What somebody gets who builds the source archive, in `folder`. Raises SystemExit."""
    with tempfile.TemporaryDirectory(prefix="aishell-") as copy, tarfile.open(source) as archive:
        seconds = int(archive.getmembers()[0].mtime)
        archive.extractall(copy, filter="data")
        before = os.umask(_UMASK)
        try:
            _run(str(next(Path(copy).iterdir())), folder, seconds, "--wheel")
        finally:
            os.umask(before)
    (wheel,) = folder.glob("*.whl")
    return wheel


def build(folder: Path, commit: str = "HEAD", *options: str) -> list[Path]:
    """The archives of a commit of this repository, in `folder`; `options` are those of `python -m build`. Raises
    SystemExit, CalledProcessError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = os.umask(_UMASK)
    try:
        with tempfile.TemporaryDirectory(prefix="aishell-") as copy, tempfile.TemporaryDirectory(prefix="aishell-") as made:
            seconds = int(_git("log", "-1", "--format=%ct", commit))
            with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", commit))) as archive:
                archive.extractall(copy, filter="fully_trusted")  # our own, with the modes that git has
            _run(copy, Path(made), seconds, *options)
            for source in Path(made).glob("*.tar.gz"):
                _settle(source, seconds)
            return [_moved(file, folder) for file in sorted(Path(made).iterdir())]
    finally:
        os.umask(before)


def _run(copy: str, folder: Path, seconds: int, *options: str) -> None:
    """`python -m build` as if it were that time. Raises SystemExit."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), *options, copy],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds), "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"package: what is committed cannot be built:\n{done.stdout}")


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True).stdout


def _settle(source: Path, seconds: int) -> None:
    """One time, no owner, and one order for all that is in a source archive."""
    with tarfile.open(source) as archive:
        files = [(entry, archive.extractfile(entry)) for entry in sorted(archive.getmembers(), key=lambda entry: entry.name)]
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as settled:
            for entry, data in files:
                entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname, entry.pax_headers = seconds, 0, 0, "", "", {}
                settled.addfile(entry, data)
    source.write_bytes(gzip.compress(written.getvalue(), mtime=seconds))


def _moved(file: Path, folder: Path) -> Path:
    target = folder / file.name
    target.write_bytes(file.read_bytes())
    return target


if __name__ == "__main__":
    sys.exit(main())
