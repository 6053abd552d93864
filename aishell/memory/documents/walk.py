"""The documents of a folder, and how many other files were passed over, and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from aishell.memory.documents.kinds import Kind, is_secret, kind_of

_PASSED_OVER = frozenset(
    "node_modules bower_components __pycache__ __pypackages__ site-packages venv CMakeFiles DerivedData lost+found".split()
)
_LARGEST_IGNORE = 1 << 20
_MOST_STARS = 3
"""In one part of a pattern: each multiplies the work of matching by the length of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    path: str
    kind: Kind
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class _Rules:
    """The .gitignore of a folder."""

    folder: str
    spec: GitIgnoreSpec


class Walk:
    """Links are never followed, so a walk ends and stays below its root: what is linked to inside is found anyway."""

    def __init__(self, root: Path, *, most_bytes: int) -> None:
        self._root = root
        self._most_bytes = most_bytes
        self.skipped: Counter[str] = Counter()
        self.unread: list[str] = []
        """Folders that could not be listed: nobody knows what became of the files below them."""

    def files(self) -> Iterator[Found]:
        """In the order of their names."""
        root = str(self._root)
        if self._root.is_file():
            yield from self._file(root)
            return
        waiting: list[tuple[str, tuple[_Rules, ...]]] = [(root, _rules_above(self._root))]
        while waiting:
            folder, rules = waiting.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError:
                self.unread.append(folder)
                self.skipped["folders that cannot be read"] += 1
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                rules = (*rules, *_rules(folder, os.path.join(folder, ".gitignore")))
            below: list[tuple[str, tuple[_Rules, ...]]] = []
            for entry in entries:
                if not self._is_wanted(entry, rules):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append((entry.path, rules))
                else:
                    yield from self._file(entry.path)
            waiting += reversed(below)

    def _is_wanted(self, entry: os.DirEntry[str], rules: tuple[_Rules, ...]) -> bool:
        folder = entry.is_dir(follow_symlinks=False)
        if entry.name.startswith("."):
            why = "hidden"
        elif entry.is_symlink():
            why = "links"
        elif folder and entry.name in _PASSED_OVER:
            why = "folders of tools"
        elif _is_ignored(entry.path + "/" * folder, rules):
            why = "ignored by .gitignore"
        else:
            return True
        self.skipped[why] += 1
        return False

    def _file(self, path: str) -> Iterator[Found]:
        try:
            status = os.stat(path, follow_symlinks=False)
        except OSError:  # gone meanwhile
            return
        kind = kind_of(os.path.basename(path))
        if is_secret(Path(path)):
            self.skipped["secret by name"] += 1
        elif kind is None or status.st_mode & 0o170000 != 0o100000:
            self.skipped["of other kinds"] += 1
        elif status.st_size > self._most_bytes:
            self.skipped["too large"] += 1
        elif not status.st_size:
            self.skipped["empty"] += 1
        else:
            yield Found(path=path, kind=kind, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _rules_above(root: Path) -> tuple[_Rules, ...]:
    """Those of the repository that the root lies in."""
    above = [*reversed(root.parents)]
    for at, folder in reversed([*enumerate(above)]):
        if (folder / ".git").exists():
            files = [(str(place), str(place / ".gitignore")) for place in above[at:]]
            files.append((str(folder), str(folder / ".git" / "info" / "exclude")))
            return tuple(rules for place, file in files for rules in _rules(place, file))
    if (root / ".git").exists():
        return tuple(_rules(str(root), str(root / ".git" / "info" / "exclude")))
    return ()


def _rules(folder: str, file: str) -> Iterator[_Rules]:
    try:
        with open(file, encoding="utf-8", errors="replace") as text:
            lines = text.read(_LARGEST_IGNORE).splitlines()
    except OSError:
        return
    patterns = [line for line in lines if all(part.count("*") <= _MOST_STARS for part in line.split("/"))]
    try:
        yield _Rules(folder, GitIgnoreSpec.from_lines(patterns))
    except ValueError:  # a pattern that git would not take either
        return


def _is_ignored(path: str, rules: tuple[_Rules, ...]) -> bool:
    """As git decides: the rules nearest to the file that say anything."""
    for rule in reversed(rules):
        verdict = rule.spec.check_file(path[len(rule.folder) :].lstrip("/")).include
        if verdict is not None:
            return verdict
    return False
