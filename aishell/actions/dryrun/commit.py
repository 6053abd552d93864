"""Putting a trial's changes in place: exactly those that were shown, all or nothing, each by one rename."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable

from aishell.actions.dryrun import plan as plans
from aishell.actions.dryrun.diff import MARK, Identity, Top
from aishell.actions.dryrun.plan import Attributes, Folder, Plan, Step
from aishell.actions.dryrun.sets import Sets
from aishell.core.changes import Totals, UndoSet
from aishell.core.errors import Conflict

_NAMED = 5


def commit(sets: Sets, tops: Iterable[Top], *, command: str, totals: Totals, started_ns: int) -> UndoSet:
    """The set that takes it back again. Raises Conflict when somebody changed a path since the trial began, or AishellError."""
    tops = tuple(tops)
    with sets.locked():
        _check_unchanged(tops, started_ns)
        folders = _folders(tops)
        moved = [top for top in tops if not top.folder_attributes]
        folder, slots = sets.new_set(tuple(top.path for top in moved) or tuple(f"{path.path}/." for path in folders))
        try:
            slot = {parent: slots[os.stat(parent).st_dev] for parent in {os.path.dirname(top.path) for top in moved}}
            steps = tuple(_gather(top, number, slot[os.path.dirname(top.path)]) for number, top in enumerate(moved))
        except OSError as error:
            sets.drop(folder, tuple(slots.values()))
            raise plans.failed(error) from error
        plan = Plan(
            command=command,
            when=time.time(),
            steps=steps,
            folders=folders,
            slots=tuple(slots.values()),
            totals=totals,
            bytes_old=sum(top.bytes_before for top in tops),
            bytes_new=sum(top.bytes_after for top in tops),
        )
        return sets.carry_out(folder, plan)


def _check_unchanged(tops: tuple[Top, ...], started_ns: int) -> None:
    spoiled = [top.path for top in tops if _spoiled(top, started_ns)]
    if spoiled:
        more = f" and {len(spoiled) - _NAMED} more" if len(spoiled) > _NAMED else ""
        raise Conflict(
            f"Changed by somebody else since the trial began: {', '.join(spoiled[:_NAMED])}{more}. Nothing was done.",
            hint="Try the command again.",
        )


def _spoiled(top: Top, started_ns: int) -> bool:
    try:
        state = os.lstat(top.path)
    except FileNotFoundError:
        return top.old is not None or not os.path.isdir(os.path.dirname(top.path))
    except OSError:
        return True
    if top.old is None:
        return True
    if top.folder_attributes:  # what lies in it may go on changing
        return state.st_ino != top.old.inode
    if Identity.of(state) != top.old or state.st_ctime_ns > started_ns:
        return True
    return stat.S_ISDIR(state.st_mode) and any(below.st_ctime_ns > started_ns for _, below in plans.tree(top.path))


def _folders(tops: tuple[Top, ...]) -> tuple[Folder, ...]:
    """Those whose attributes change, and those that must be opened for the moves."""
    found: dict[str, Folder] = {}
    for top in tops:
        if top.folder_attributes:
            old = Attributes.of(top.path)
            found[top.path] = Folder(path=top.path, old=old, new=Attributes.of(top.upper))
    parents = {os.path.dirname(top.path) for top in tops if not top.folder_attributes}
    for parent in parents - found.keys():
        if not os.access(parent, os.W_OK | os.X_OK):
            now = Attributes.of(parent)
            found[parent] = Folder(path=parent, old=now, new=now)
    return tuple(found[path] for path in sorted(found))


def _gather(top: Top, number: int, slot: str) -> Step:
    """The step for one change, with what it brings moved out of the overlay. Real files are not touched. Raises OSError."""
    old = f"{slot}/old-{number}" if top.old else ""
    new = "" if top.kind == "deleted" else f"{slot}/new-{number}"
    step = Step(
        path=top.path,
        old=old,
        new=new,
        old_mode=plans.folder_mode(top.path) if old else -1,
        new_mode=plans.folder_mode(top.upper) if new else -1,
    )
    if new:
        for path, state in plans.tree(top.upper):
            _strip_marks(path, state)
        for path in (os.path.dirname(top.upper), *([top.upper] if step.new_mode >= 0 else [])):
            if not os.access(path, os.W_OK | os.X_OK):
                os.chmod(path, 0o700)
        os.rename(top.upper, new)
    return step


def _strip_marks(path: str, state: os.stat_result) -> None:
    """The overlay's own attributes must not reach the user's files."""
    if stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode):
        marks = [name for name in os.listxattr(path) if name.startswith(MARK)]
        if marks:
            mode = stat.S_IMODE(state.st_mode)
            if not mode & 0o200:
                os.chmod(path, mode | 0o200)
            for mark in marks:
                os.removexattr(path, mark)
            if not mode & 0o200:
                os.chmod(path, mode)
