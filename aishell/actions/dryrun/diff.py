"""What an overlay's upper folder says about the real one below it."""

from __future__ import annotations

import difflib
import filecmp
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from aishell.actions.dryrun.roots import Root
from aishell.core.changes import Change, ChangeKind, Changes, Sort, Totals

_LISTED_INSIDE = 2000
"""Paths listed inside deleted and new folders; all are counted."""
_DIFF_BYTES = 256 << 10
_DIFF_LINES = 200
MARK = "user.overlay."


class Identity(NamedTuple):
    """A real file or folder as it was when it was looked at."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, state: os.stat_result) -> Identity:
        return cls(state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


class Top(NamedTuple):
    """A change that is one move, or one change of attributes; it speaks for all below it."""

    kind: ChangeKind
    path: str
    upper: str
    old: Identity | None
    bytes_before: int
    bytes_after: int

    @property
    def folder_attributes(self) -> bool:
        return self.kind == "attributes" and os.path.isdir(self.upper)


def compare(roots: Iterable[Root], root_modes: dict[str, int]) -> tuple[Changes, tuple[Top, ...]]:
    """All changes for a person, and the same as moves. `root_modes`: what each upper folder itself began with."""
    walk = _Walk()
    for root in roots:
        walk.root(root, root_modes[root.path])
    return Changes(listed=tuple(walk.listed), totals=walk.totals(), notes=tuple(walk.notes())), tuple(walk.tops)


class _Walk:
    def __init__(self) -> None:
        self.listed: list[Change] = []
        self.tops: list[Top] = []
        self._count = dict.fromkeys(
            ("added", "changed", "replaced", "deleted", "attributes", "unlisted", "linked", "special"), 0
        )
        self._bytes = {"added": 0, "deleted": 0}
        self._inside = 0

    def totals(self) -> Totals:
        count = self._count
        return Totals(
            added=count["added"],
            changed=count["changed"] + count["replaced"],
            deleted=count["deleted"],
            attributes=count["attributes"],
            bytes_added=self._bytes["added"],
            bytes_deleted=self._bytes["deleted"],
        )

    def notes(self) -> Iterator[str]:
        if left_out := self._count["unlisted"]:
            yield f"{left_out} more paths inside the folders above are counted but not listed."
        if linked := self._count["linked"]:
            files = "files have" if linked > 1 else "file has"
            yield f"{linked} changed {files} other names (hard links), which would keep the old contents."
        if special := self._count["special"]:
            yield f"{special} new devices, pipes or sockets."

    def root(self, root: Root, began_with: int) -> None:
        now = os.stat(root.upper)
        if stat.S_IMODE(now.st_mode) != began_with:
            self._attributes(root.path, os.stat(root.path), root.upper, now)
        self._below(root.upper, root.path)

    def _below(self, upper: str, lower: str) -> None:
        """A folder that stands on both sides."""
        with os.scandir(upper) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
        for entry in ordered:
            new = entry.stat(follow_symlinks=False)
            path = f"{lower.rstrip('/')}/{entry.name}"
            try:
                old = os.lstat(path)
            except OSError:
                old = None
            if stat.S_ISCHR(new.st_mode) and new.st_rdev == 0:  # the overlay's sign for "deleted"
                if old:
                    self._deleted(path, old, entry.path)
            elif stat.S_ISDIR(new.st_mode):
                self._folder(path, old, entry.path, new)
            elif old is None:
                self._added(path, entry.path, new, None)
            elif stat.S_ISDIR(old.st_mode):
                self._added(path, entry.path, new, old)
            else:
                self._both(path, old, entry.path, new)

    def _folder(self, path: str, old: os.stat_result | None, upper: str, new: os.stat_result) -> None:
        if old is None or not stat.S_ISDIR(old.st_mode) or f"{MARK}opaque" in os.listxattr(upper):
            self._added(path, upper, new, old)
            return
        if _attributes(old) != _attributes(new) or extended(path) != extended(upper):
            self._attributes(path, old, upper, new)
        self._below(upper, path)

    def _both(self, path: str, old: os.stat_result, upper: str, new: os.stat_result) -> None:
        same = _same_contents(path, old, upper, new)
        if same:
            untouched = _attributes(old) == _attributes(new) and old.st_mtime_ns == new.st_mtime_ns
            untouched = untouched and (new.st_nlink == 1 or new.st_nlink == old.st_nlink)  # it may have got another name
            if not (untouched and extended(path) == extended(upper)):  # else only opened for writing, and left as it was
                self._attributes(path, old, upper, new)
            return
        kind: ChangeKind = "changed" if stat.S_IFMT(old.st_mode) == stat.S_IFMT(new.st_mode) else "replaced"
        self._bytes["added"] += max(0, _bytes(new) - _bytes(old))
        self._list(kind, path, old, new, upper)
        self._top(kind, path, upper, old, _bytes(old), _bytes(new))

    def _attributes(self, path: str, old: os.stat_result, upper: str, new: os.stat_result) -> None:
        self._list("attributes", path, old, new, upper)
        self._top("attributes", path, upper, old, _bytes(old), _bytes(new))

    def _added(self, path: str, upper: str, new: os.stat_result, old: os.stat_result | None) -> None:
        """Something new, in the place of `old` if that is given."""
        before = self._bytes.copy()
        self._list("replaced" if old else "added", path, old, new, upper)
        if old and stat.S_ISDIR(old.st_mode):
            self._tree(path, "deleted")
        elif old:
            self._bytes["deleted"] += _bytes(old)
        if stat.S_ISDIR(new.st_mode):
            self._tree(upper, "added", shown_below=path)
        else:
            self._bytes["added"] += _bytes(new)
        grown = {name: self._bytes[name] - before[name] for name in before}
        self._top("replaced" if old else "added", path, upper, old, grown["deleted"], grown["added"])

    def _deleted(self, path: str, old: os.stat_result, upper: str) -> None:
        before = self._bytes["deleted"]
        self._list("deleted", path, old, None, upper)
        if stat.S_ISDIR(old.st_mode):
            self._tree(path, "deleted")
        else:
            self._bytes["deleted"] += _bytes(old)
        self._top("deleted", path, upper, old, self._bytes["deleted"] - before, 0)

    def _tree(self, real: str, kind: ChangeKind, shown_below: str = "") -> None:
        """Everything inside a folder that comes or goes as a whole."""
        try:
            with os.scandir(real) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError:  # not ours to read; then it was not for the command either
            return
        for entry in ordered:
            state = entry.stat(follow_symlinks=False)
            if kind == "added" and stat.S_ISCHR(state.st_mode) and state.st_rdev == 0:
                continue
            path = f"{shown_below or real}/{entry.name}"
            old, new = (state, None) if kind == "deleted" else (None, state)
            self._list(kind, path, old, new, entry.path, inside=True)
            if stat.S_ISDIR(state.st_mode):
                self._tree(entry.path, kind, path if shown_below else "")
            else:
                self._bytes["deleted" if kind == "deleted" else "added"] += _bytes(state)

    def _top(
        self, kind: ChangeKind, path: str, upper: str, old: os.stat_result | None, bytes_before: int, bytes_after: int
    ) -> None:
        self.tops.append(Top(kind, path, upper, Identity.of(old) if old else None, bytes_before, bytes_after))

    def _list(
        self,
        kind: ChangeKind,
        path: str,
        old: os.stat_result | None,
        new: os.stat_result | None,
        upper: str,
        *,
        inside: bool = False,
    ) -> None:
        self._count[kind] += 1
        if inside:
            self._inside += 1
            if self._inside > _LISTED_INSIDE:
                self._count["unlisted"] += 1
                return
        there = new or old
        assert there is not None
        sort = _sort(there)
        linked = old.st_nlink - 1 if old and kind == "changed" and not stat.S_ISDIR(old.st_mode) else 0
        self._count["linked"] += linked > 0
        self._count["special"] += new is not None and sort == "other"
        self.listed.append(
            Change(
                kind=kind,
                path=path,
                sort=sort,
                bytes_before=_bytes(old) if old else 0,
                bytes_after=_bytes(new) if new else 0,
                mode_before=stat.S_IMODE(old.st_mode) if old else None,
                mode_after=stat.S_IMODE(new.st_mode) if new else None,
                target=os.readlink(upper) if new and sort == "link" else "",
                inside=inside,
                other_names=linked,
            )
        )


def text_diff(path: str, upper: str) -> tuple[str, ...]:
    """A unified diff of two files, bounded; one line that says why when there is none."""
    before, after = _text(path), _text(upper)
    if before is None or after is None:
        return ("(not shown: binary, too long, or not a plain file)",)
    lines = list(difflib.unified_diff(before, after, path, path, n=2, lineterm=""))
    cut = [f"({len(lines) - _DIFF_LINES} more lines)"] if len(lines) > _DIFF_LINES else []
    return (*lines[:_DIFF_LINES], *cut)


def _text(path: str) -> list[str] | None:
    try:
        state = os.lstat(path)
    except FileNotFoundError:
        return []
    if not stat.S_ISREG(state.st_mode) or state.st_size > _DIFF_BYTES:
        return None
    with open(path, "rb") as file:
        data = file.read(_DIFF_BYTES + 1)
    return None if b"\0" in data else data.decode("utf-8", "replace").splitlines()


def _same_contents(path: str, old: os.stat_result, upper: str, new: os.stat_result) -> bool:
    """Times can be set back, so the contents decide; they are only read when nothing cheaper tells the two apart."""
    if stat.S_IFMT(old.st_mode) != stat.S_IFMT(new.st_mode) or old.st_size != new.st_size:
        return False
    if stat.S_ISLNK(new.st_mode):
        return os.readlink(path) == os.readlink(upper)
    if not stat.S_ISREG(new.st_mode):
        return old.st_rdev == new.st_rdev
    if old.st_mtime_ns != new.st_mtime_ns and _attributes(old) == _attributes(new):
        return False
    try:
        return filecmp.cmp(path, upper, shallow=False)
    except OSError:
        return False


def _attributes(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_mode, state.st_uid, state.st_gid


def extended(path: str) -> dict[str, bytes]:
    """What programs attached: ACLs, capabilities, labels. Empty where the file system has none, or we may not see them."""
    with suppress(OSError):
        names = (name for name in os.listxattr(path, follow_symlinks=False) if not name.startswith(MARK))
        return {name: os.getxattr(path, name, follow_symlinks=False) for name in names}
    return {}


def _bytes(state: os.stat_result) -> int:
    return state.st_size if stat.S_ISREG(state.st_mode) else 0


def _sort(state: os.stat_result) -> Sort:
    if stat.S_ISREG(state.st_mode):
        return "file"
    if stat.S_ISDIR(state.st_mode):
        return "folder"
    return "link" if stat.S_ISLNK(state.st_mode) else "other"
