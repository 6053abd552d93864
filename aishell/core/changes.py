"""What a tried command would change, and what is kept of a change so that it can be taken back. Frozen like all values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ChangeKind = Literal["added", "changed", "replaced", "deleted", "attributes"]
"""`replaced`: a file became a folder, a folder a file, or a folder was made anew. `attributes`: mode, owner, ACL, time."""

Sort = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference at one path."""

    kind: ChangeKind
    path: str
    sort: Sort
    """Of what stands there afterwards; for a deletion, of what stood there."""
    bytes_before: int = 0
    bytes_after: int = 0
    mode_before: int | None = None
    mode_after: int | None = None
    target: str = ""
    """Where a link leads afterwards."""
    inside: bool = False
    """It comes or goes with a folder that is listed itself."""
    other_names: int = 0
    """Hard links to the file that would keep the old contents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Exact numbers, also of what is too long to list. Bytes are those of file contents."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    attributes: int = 0
    bytes_added: int = 0
    """Of new files, and by which changed ones grew."""
    bytes_deleted: int = 0

    @property
    def paths(self) -> int:
        return self.added + self.changed + self.deleted + self.attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableChange:
    """An exported variable of the shell that ran the line. None: not set."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything a trial would change."""

    listed: tuple[Change, ...] = ()
    """Parents before children. What lies inside deleted folders is listed up to a limit."""
    totals: Totals = field(default_factory=Totals)
    folder: str = ""
    """The working folder afterwards, when it is another one."""
    variables: tuple[VariableChange, ...] = ()
    notes: tuple[str, ...] = ()
    """What the list cannot show, one sentence each."""

    @property
    def nothing(self) -> bool:
        return not (self.listed or self.folder or self.variables)

    def summary(self) -> str:
        """One line, such as "2 added (1.2 KB), 1 changed, 12 deleted (3.4 MB)"."""
        t = self.totals
        parts = [
            f"{number} {word}{f' ({size(weight)})' if weight else ''}"
            for number, word, weight in (
                (t.added, "added", 0 if t.changed else t.bytes_added),
                (t.changed, "changed", t.bytes_added if t.changed else 0),
                (t.deleted, "deleted", t.bytes_deleted),
                (t.attributes, "with other attributes", 0),
            )
            if number
        ]
        if self.folder:
            parts.append("another folder")
        if self.variables:
            parts.append(f"{len(self.variables)} variable{'s' if len(self.variables) > 1 else ''} set")
        return ", ".join(parts) or "nothing would change"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoSet:
    """What one committed command changed, kept so that it can be taken back."""

    number: int
    command: str
    when: float
    """Seconds since 1970, at the commit."""
    state: Literal["done", "undone"]
    paths: tuple[str, ...]
    """What was moved, one entry a file or whole folder."""
    totals: Totals
    bytes_kept: int
    partial: bool = False
    """Only copies of the paths the command named were kept: other changes stay."""

    def summary(self) -> str:
        return Changes(listed=(), totals=self.totals).summary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo or redo did."""

    entry: UndoSet
    kept: tuple[str, ...] = ()
    """Copies of later edits that a forced undo would have lost."""


def size(count: int) -> str:
    """Bytes as people write them: 999 B, 1.2 KB, 3.4 MB."""
    if count < 1000:
        return f"{count} B"
    unit, divisor = next(((name, by) for name, by in (("KB", 1e3), ("MB", 1e6)) if count < 999.5 * by), ("GB", 1e9))
    amount = count / divisor
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
