"""Where nothing can be tried: the command changes the real files, and copies of what it names are kept from before.

This is no dry run. A person has to agree before it, and what it changes beside the named paths cannot be taken back.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from aishell.actions.dryrun import plan as plans
from aishell.actions.dryrun import ways
from aishell.actions.dryrun.monitor import Command, Limits
from aishell.actions.dryrun.plan import Plan, Step
from aishell.actions.dryrun.process import Running, launch
from aishell.actions.dryrun.sets import Sets, discard, lock_folder
from aishell.actions.dryrun.undo import copy
from aishell.core.changes import Totals, UndoSet
from aishell.core.errors import AishellError


class Copies:
    """Copies of paths as they were, on their own file systems."""

    def __init__(self, sets: Sets, paths: Iterable[str], *, room: int) -> None:
        """`room`: bytes at most; a path that does not fit, or cannot be copied, is in `left_out`."""
        self._sets = sets
        self._name = secrets.token_hex(8)
        self._stores: dict[Path, int | None] = {}
        self._copied: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self.left_out: list[str] = []
        for path in sorted({os.path.abspath(path) for path in paths}):
            weight = _weight(path, room)
            place = sets.places.on(_there(path))
            if place is None or weight > room:
                self.left_out.append(path)
                continue
            room -= weight
            try:
                self._keep(path, place)
            except (OSError, AishellError):  # a device or pipe in it, or not ours to read
                self.left_out.append(path)

    def keep(self, label: str) -> UndoSet | None:
        """A set that puts back those of the paths that are different now; None when none is."""
        changed = [path for path, before in self._before.items() if plans.signature(path) != before]
        try:
            if not changed:
                return None
            with self._sets.locked():
                folder, slots = self._sets.new_set(tuple(changed))
                steps = tuple(self._step(number, path, slots) for number, path in enumerate(changed))
                return self._sets.keep(folder, self._plan(label, steps, tuple(slots.values())))
        finally:
            self.discard()

    def discard(self) -> None:
        for store, lock in self._stores.items():
            discard(store)
            if lock is not None:
                os.close(lock)
        self._stores.clear()

    def _keep(self, path: str, place: Path) -> None:
        before = plans.signature(path)
        if os.path.lexists(path):
            target = str(self._store(place) / f"old-{len(self._copied)}")
            copy(path, target)
            self._copied[path] = target
        self._before[path] = before

    def _store(self, place: Path) -> Path:
        store = place / "trials" / self._name
        if store not in self._stores:
            store.mkdir(parents=True, mode=0o700)
            self._stores[store] = lock_folder(store)
        return store

    def _step(self, number: int, path: str, slots: dict[int, str]) -> Step:
        slot = slots[os.stat(_there(os.path.dirname(path))).st_dev]
        old, now = self._copied.get(path, ""), os.path.lexists(path)
        if old:
            os.rename(old, f"{slot}/old-{number}")
            old = f"{slot}/old-{number}"
        return Step(
            path=path,
            old=old,
            new=f"{slot}/new-{number}" if now else "",
            old_mode=plans.folder_mode(old) if old else -1,
            new_mode=plans.folder_mode(path) if now else -1,
        )

    def _plan(self, label: str, steps: tuple[Step, ...], slots: tuple[str, ...]) -> Plan:
        return Plan(
            command=label,
            when=time.time(),
            steps=steps,
            folders=(),
            slots=slots,
            totals=Totals(
                added=sum(not step.old for step in steps),
                changed=sum(bool(step.old and step.new) for step in steps),
                deleted=sum(not step.new for step in steps),
            ),
            bytes_old=sum(state.st_size for step in steps if step.old for _, state in plans.tree(step.old)),
            bytes_new=sum(state.st_size for step in steps for _, state in plans.tree(step.path)),
            partial=True,
        )


def run_confined(
    argv: tuple[str, ...],
    *,
    cwd: str,
    environment: Mapping[str, str],
    folders: Iterable[str],
    stdin: int,
    stdout: int,
    stderr: int,
    limits: Limits,
) -> Running:
    """Run a command on the real files, which can write below `folders` only. Raises TrialUnavailable, AishellError."""
    if not ways.can_confine():
        raise AishellError("This machine cannot confine a command.", hint="It needs a kernel with Landlock (5.19 or newer).")
    command = Command(
        argv=argv, cwd=cwd, environment=dict(environment), stdin=stdin, stdout=stdout, stderr=stderr, not_before_ns=0
    )
    return launch(command, -1, partial(ways.confined, tuple(folders), command, limits))


def _weight(path: str, room: int) -> int:
    """Bytes in it; no more is counted than it takes to see that it is too much."""
    total = 0
    for _, state in plans.tree(path):
        total += state.st_size
        if total > room:
            break
    return total


def _there(path: str) -> str:
    """The nearest folder on the way to `path` that exists."""
    while not os.path.isdir(path) and path != "/":
        path = os.path.dirname(path)
    return path
