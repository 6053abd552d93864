"""Undo and redo: sets taken back and done again, whole or for one path."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass

from aishell.actions.dryrun import plan as plans
from aishell.actions.dryrun.plan import Plan, State, Step
from aishell.actions.dryrun.roots import within
from aishell.actions.dryrun.sets import Sets
from aishell.core.changes import Totals, Undone
from aishell.core.errors import AishellError, Conflict, UsageError

_NAMED = 5
_LIST = "`aishell undo --list` shows what there is."


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be done with the sets of a user. Every call may block on the disk."""

    sets: Sets

    def undo(self, number: int | None = None, *, force: bool = False) -> Undone:
        """Take back set `number`, or the last one that is in place.

        Raises Conflict, before anything is touched, when a path was changed since; with `force` a copy of the later state
        is kept beside it. Raises UsageError when there is no such set.
        """
        return self._turn(number, "done", "undoing", "undone", force=force)

    def redo(self, number: int | None = None, *, force: bool = False) -> Undone:
        """Do again what was undone last. Raises like undo."""
        return self._turn(number, "undone", "redoing", "done", force=force)

    def undo_file(self, path: str, number: int | None = None, *, force: bool = False) -> Undone:
        """Put back what stood at one path before set `number`, or before the last set that changed it.

        The set stays as it is; what this changes becomes a set of its own. Raises like undo.
        """
        with self.sets.locked():
            step, source = self._source(path, number)
            kept = self._later(path, step, force=force)
            top = _missing_top(path)
            folder, slots = self.sets.new_set((top,))
            slot = f"{slots[os.stat(os.path.dirname(top)).st_dev]}/new-0"
            there = os.path.lexists(source) and bool(source)
            if there:
                _copy_alone(source, slot, path[len(top) :])
            plan = _one_path(top, slot if there else "", tuple(slots.values()), f"undo --file {path}")
            return Undone(entry=self.sets.carry_out(folder, plan), kept=kept)

    def _turn(self, number: int | None, start: State, on_the_way: State, end: State, *, force: bool) -> Undone:
        with self.sets.locked():
            number = self._choose(number, start)
            folder = self.sets.folder(number)
            plan, (_, known) = plans.read(folder), plans.get_state(folder)
            assert plan is not None
            now = plan.signatures()
            spoiled = [path for path, a, b in zip(_paths(plan), now, known, strict=True) if a != b]
            if spoiled and not force:
                raise _changed(spoiled)
            kept = tuple(copy for path in spoiled if (copy := _keep_copy(path)))
            plans.set_state(folder, on_the_way)
            try:
                plan.backward() if end == "undone" else plan.forward()
                plan.sync()
            except OSError as error:  # the state says where it stopped: the next call, whichever, takes it back to the end
                raise plans.stopped(error) from error
            plans.set_state(folder, end, plan.signatures())
            entry = self.sets.described(number)
            assert entry is not None
            return Undone(entry=entry, kept=kept)

    def _choose(self, number: int | None, state: State) -> int:
        if number is not None:
            entry = self.sets.described(number) if number in self.sets.numbers() else None
            if entry is None:
                raise UsageError(f"There is no set {number}.", hint=_LIST)
            if entry.state != state:
                raise UsageError(f"Set {number} is {entry.state} already.", hint=_LIST)
            return number
        fitting = [entry.number for entry in self.sets.all() if entry.state == state]
        if not fitting:
            raise UsageError(f"There is nothing to {'undo' if state == 'done' else 'redo'}.", hint=_LIST)
        # What was undone last is the oldest of the undone ones above all that is in place.
        return fitting[0] if state == "done" else max(fitting, key=self._when_undone)

    def _when_undone(self, number: int) -> int:
        return (self.sets.folder(number) / "state").stat().st_mtime_ns

    # ---- one path

    def _source(self, path: str, number: int | None) -> tuple[Step, str]:
        """The step that covers `path`, and the file in its slot that stood at `path` before; empty when nothing did."""
        for candidate in [number] if number is not None else reversed(self.sets.numbers()):
            plan = plans.read(self.sets.folder(candidate)) if candidate in self.sets.numbers() else None
            if plan is None or plans.get_state(self.sets.folder(candidate))[0] != "done":
                continue
            for step in plan.steps:
                if within(path, step.path):
                    return step, step.old + path[len(step.path) :] if step.old else ""
        raise UsageError(f"No set has changed {path}.", hint=_LIST)

    def _later(self, path: str, step: Step, *, force: bool) -> tuple[str, ...]:
        """Copies of what would be lost. Raises Conflict when there is something and `force` is not given."""
        for number in self.sets.numbers():
            plan = plans.read(self.sets.folder(number))
            if plan and step in plan.steps:
                known = plans.get_state(self.sets.folder(number))[1][plan.steps.index(step)]
                if path == step.path and plans.signature(path) == known:
                    return ()
        if not os.path.lexists(path):
            return ()
        if not force:
            raise _changed([path])
        return (_keep_copy(path),)


def _paths(plan: Plan) -> list[str]:
    return [*(step.path for step in plan.steps), *(f.path for f in plan.folders if f.old != f.new)]


def _changed(paths: list[str]) -> Conflict:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return Conflict(
        f"Changed since: {', '.join(paths[:_NAMED])}{more}. Nothing was done.",
        hint="--force goes on and keeps a copy of the later state beside each (NAME.kept).",
    )


def _one_path(path: str, slot: str, slots: tuple[str, ...], command: str) -> Plan:
    there = os.path.lexists(path)
    home = os.path.dirname(slot) if slot else slots[0]
    return Plan(
        command=command,
        when=time.time(),
        steps=(
            Step(
                path=path,
                old=f"{home}/old-0" if there else "",
                new=slot,
                old_mode=plans.folder_mode(path),
                new_mode=plans.folder_mode(slot),
            ),
        ),
        folders=(),
        slots=slots,
        totals=Totals(added=int(not there), changed=int(there and bool(slot)), deleted=int(not slot)),
        bytes_old=sum(state.st_size for _, state in plans.tree(path)),
        bytes_new=sum(state.st_size for _, state in plans.tree(slot)) if slot else 0,
    )


def _missing_top(path: str) -> str:
    """The first part of the path that is not there, or all of it."""
    while not os.path.lexists(parent := os.path.dirname(path)):
        path = parent
    return path


def _copy_alone(source: str, target: str, below: str) -> None:
    """Of the folder that `source` lies in, `below` deep, only the way to it and itself."""
    top = source[: len(source) - len(below)]
    folders = [os.path.join("", *below.split("/")[1:][:depth]) for depth in range(below.count("/"))]
    for name in folders:
        os.mkdir(os.path.join(target, name), 0o700)
    copy(source, target + below)
    for name in reversed(folders):
        shutil.copystat(os.path.join(top, name), os.path.join(target, name))


def copy(source: str, target: str) -> None:
    """With modes and times. Raises AishellError for what cannot be copied, such as a pipe."""
    try:
        if os.path.isdir(source) and not os.path.islink(source):
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copy2(source, target, follow_symlinks=False)
    except OSError as error:
        raise AishellError(f"{source} cannot be copied: {error.strerror or 'it is no plain file'}.") from error


def _keep_copy(path: str) -> str:
    """A copy beside it, under a name that was free; empty when there is nothing to copy."""
    if not os.path.lexists(path):
        return ""
    target, number = f"{path}.kept", 1
    while os.path.lexists(target):
        target, number = f"{path}.kept-{number}", number + 1
    copy(path, target)
    return target
