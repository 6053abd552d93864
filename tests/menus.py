"""A place in a line, as the sources of the menu are asked about it, and real repositories for them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source


def typed(line: str, folder: Path | str = "/", *, fixed: bool = True) -> Typed:
    """`line`, whose words stand between single blanks and need no quotes; at its end the cursor."""
    return Typed(words=tuple(line.split(" ")), folder=str(folder), fixed=fixed)


def offered(source: Source, line: str, folder: Path | str = "/") -> dict[str, Offer]:
    """What a source offers there, by its text; nothing when it knows nothing of the place."""
    at = typed(line, folder)
    return {offer.text: offer for offer in source.offers(at)} if source.at(at) else {}


def git(folder: Path, *arguments: str) -> str:
    """Git without anybody's settings."""
    identity = {f"GIT_{who}_{what}": f"{what.lower()}@here" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout


def repository(folder: Path) -> Path:
    """With one commit of two files on `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    for name in ("kept.txt", "other.txt"):
        (folder / name).write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "The first")
    return folder
