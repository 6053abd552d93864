"""tldr-pages out of a git folder: what programs are for, and examples."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path


def pages(repository: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each page for all systems and for Linux."""
    command = ["git", "-C", str(repository), "archive", "HEAD", "pages/common", "pages/linux"]
    packed = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if member.name.endswith(".md") and (file := archive.extractfile(member)):
                yield Path(member.name).stem, file.read().decode()


def summary(page: str) -> str:
    lines = [line[2:] for line in page.splitlines() if line.startswith("> ")]
    return " ".join(line for line in lines if not line.startswith(("More info", "See also")))


def examples(page: str) -> Iterator[tuple[str, str, str]]:
    """Program, what it does, command."""
    program = about = ""
    for line in page.splitlines():
        if line.startswith("# "):
            program = line[2:].strip()
        elif line.startswith("- "):
            about = line[2:].strip().rstrip(":")
        elif about and line.startswith("`") and line.endswith("`"):
            yield program, about, line[1:-1]
            about = ""
