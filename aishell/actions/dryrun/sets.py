"""The sets that can be taken back, on disk: made all or nothing, finished after a crash, and removed in time."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aishell.actions.dryrun import plan as plans
from aishell.actions.dryrun.plan import Plan
from aishell.actions.dryrun.roots import Places
from aishell.core.changes import UndoSet
from aishell.core.errors import AishellError, Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How much is kept; what is too much goes, oldest first."""

    days: float = 7.0
    bytes: int = 2 << 30
    sets: int = 50


class Sets:
    """All sets of one user. Every call may block on the disk; call it in a thread from an event loop."""

    def __init__(self, places: Places, keep: Keep) -> None:
        self.places = places
        self._keep = keep
        self._folder = places.primary / "sets"

    def all(self) -> tuple[UndoSet, ...]:
        """Newest first."""
        found = (self.described(number) for number in reversed(self.numbers()))
        return tuple(entry for entry in found if entry)

    def described(self, number: int) -> UndoSet | None:
        plan = plans.read(self.folder(number))
        state, _ = plans.get_state(self.folder(number))
        if plan and (state == "done" or state == "undone"):
            return plan.described(number, state)
        return None

    def folder(self, number: int) -> Path:
        return self._folder / str(number)

    def numbers(self) -> list[int]:
        with suppress(FileNotFoundError):
            return sorted(int(name) for name in os.listdir(self._folder) if name.isdecimal())
        return []

    # ---- making sets

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time: another's change under way must not look like one cut off. Ends what was cut off."""
        for folder in (self.places.primary, self._folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.places.primary / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._finish_all()
            yield

    def new_set(self, paths: tuple[str, ...]) -> tuple[Path, dict[int, str]]:
        """An empty set's folder, and for each device that `paths` lie on a folder for slots. Raises AishellError."""
        number = max([*self.numbers(), 0]) + 1
        folder = self.folder(number)
        folder.mkdir(mode=0o700)
        slots: dict[int, str] = {}
        for parent in {os.path.dirname(path) for path in paths}:
            device = os.stat(parent).st_dev
            if device in slots:
                continue
            place = self.places.on(parent)
            if place is None:
                raise AishellError(f"Nothing can be kept on the file system of {parent}.")
            slot = folder if place == self.places.primary else place / "sets" / f"{number}-{os.getpid()}-{time.time_ns()}"
            slot.mkdir(parents=True, exist_ok=True, mode=0o700)
            slots[device] = str(slot)
        return folder, slots

    def carry_out(self, folder: Path, plan: Plan) -> UndoSet:
        """Do what is planned, all or nothing; the set that takes it back. Raises Conflict, AishellError."""
        try:
            plan.sync()
            plans.write(folder, plan)
            plan.forward()
        except (OSError, Conflict) as error:
            try:
                plan.backward()
            except OSError as worse:
                raise plans.stopped(worse) from worse
            self.drop(folder, plan.slots)
            if isinstance(error, Conflict):
                raise
            raise plans.failed(error) from error
        plan.sync()
        plans.set_state(folder, "done", plan.signatures())
        self._prune()
        return plan.described(int(folder.name), "done")

    def keep(self, folder: Path, plan: Plan) -> UndoSet:
        """A set for what has been done already, with copies of what was there before in its slots."""
        plans.write(folder, plan)
        plan.sync()
        plans.set_state(folder, "done", plan.signatures())
        self._prune()
        return plan.described(int(folder.name), "done")

    # ---- after a crash, and in time

    def recover(self) -> tuple[str, ...]:
        """Take back what was cut off in the middle; a sentence for each. Does nothing while another process is at work."""
        if not self._folder.is_dir():
            return ()
        with open(self.places.primary / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return ()
            return tuple(self._finish_all())

    def sweep(self) -> None:
        """Remove what trials left that nobody runs any more: of a crash, or a machine that stopped."""
        for place in self.places.known():
            for left in place.glob("trials/*"):
                if lock := lock_folder(left):
                    discard(left)
                    os.close(lock)

    def _finish_all(self) -> list[str]:
        said = []
        for name in os.listdir(self._folder):
            if not name.isdecimal():
                discard(self._folder / name)  # its removal was cut off
        for number in self.numbers():
            folder = self.folder(number)
            state, _ = plans.get_state(folder)
            if state in ("done", "undone"):
                continue
            if plans.foreign(folder):  # it knows what its slots hold; here nobody does
                said.append(f"Change {number} was cut off in another version of aishell, which can take it back.")
                continue
            plan = plans.read(folder)
            if plan:
                try:
                    plan.backward()
                    plan.sync()
                except (OSError, Conflict) as error:
                    said.append(f"A change that was cut off cannot be taken back yet: {plan.command}: {error}")
                    continue
                said.append(f"A change that was cut off is taken back: {plan.command}")
            if plan and state != "doing":
                plans.set_state(folder, "undone", plan.signatures())
            else:
                self.drop(folder, plan.slots if plan else ())
        self._drop_orphans()
        return said

    def _drop_orphans(self) -> None:
        """Slots on other file systems whose set never got its journal."""
        if any(plans.foreign(self.folder(number)) for number in self.numbers()):
            return  # they may be that one's
        found = [folder for place in self.places.known()[1:] for folder in place.glob("sets/*")]
        if found:
            journals = (plans.read(self.folder(number)) for number in self.numbers())
            used = {slots for plan in journals if plan for slots in plan.slots}
            for folder in found:
                if str(folder) not in used:
                    discard(folder)

    def _prune(self) -> None:
        entries = self.all()
        oldest, room = time.time() - 86400 * self._keep.days, self._keep.bytes
        for place, entry in enumerate(entries):
            room -= entry.bytes_kept
            if place >= self._keep.sets or entry.when < oldest or (room < 0 and place > 0):
                folder = self.folder(entry.number)
                plan = plans.read(folder)
                self.drop(folder, plan.slots if plan else ())

    def drop(self, folder: Path, slots: tuple[str, ...]) -> None:
        """Remove a set, with what it keeps elsewhere."""
        for elsewhere in {Path(slot) for slot in slots} - {folder}:
            discard(elsewhere)
        gone = folder.with_name(f"{folder.name}.gone")
        folder.rename(gone)  # at once: half a set must not be taken for a whole one
        discard(gone)


def discard(folder: Path) -> None:
    """Remove a folder with all in it, also what forbids to be removed: an overlay's work folder has mode 000."""
    for here, folders, _ in os.walk(folder):
        for name in folders:
            with suppress(OSError):
                if not os.access(path := os.path.join(here, name), os.R_OK | os.W_OK | os.X_OK) and not os.path.islink(path):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def lock_folder(folder: Path) -> int | None:
    """A file descriptor that marks the folder as in use until it is closed; None when somebody uses it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
