"""Which branch of git a folder is on, read from git's own files: no process is started for it."""

from __future__ import annotations

from pathlib import Path

_LONGEST = 4096


def branch(folder: str) -> str:
    """The branch's name, or the first digits of a commit; empty outside a repository, and when it cannot be told."""
    here = Path(folder)
    for place in (here, *here.parents):
        try:
            if (git := place / ".git").exists():
                return _head(git)
        except (OSError, ValueError):
            return ""
    return ""


def _head(git: Path) -> str:
    """Raises OSError, ValueError."""
    if git.is_file():  # a work tree or a submodule: its folder is elsewhere
        git = git.parent / _first(git).removeprefix("gitdir:").strip()
    head = _first(git / "HEAD")
    reference = head.removeprefix("ref:").strip()
    return reference.removeprefix("refs/heads/") if reference != head else head[:8]


def _first(file: Path) -> str:
    with file.open(encoding="utf-8") as text:
        return text.readline(_LONGEST).strip()
