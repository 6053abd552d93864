"""One writer at a time: a lock beside the memory file, which a stopped process cannot make anybody wait for without end.

SQLite's own waiting backs off to 100 ms, and whoever releases a lock and wants it again gets it before those who wait: of 20
processes that write without a pause, one in a hundred writes took over 100 ms. Here who waits says so with a second lock, and
is let in first. Reading needs no lock.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aishell.core.errors import MemoryUnavailable
from aishell.memory import place

_AFTER_YOU_S = 0.0002
"""Long enough for another process to wake up and take what it was waiting for."""

_AGAIN_S = 0.05
"""Nobody waits twice as long for a process that is stopped."""


class Locked(MemoryUnavailable):
    """Another process has the lock."""


class Lock:
    """Held by one thread of one process; by that thread several times over."""

    def __init__(self, file: Path) -> None:
        """Raises MemoryUnavailable."""
        self.file = file
        self._thread = threading.RLock()
        self._depth = 0
        self._locks = _Locks(file)
        self._given_up: _Waiting | None = None

    def close(self) -> None:
        self._locks.close()

    @contextmanager
    def held(self, patience_s: float) -> Iterator[None]:
        """Raises Locked when others keep it for longer than `patience_s`."""
        with self._thread:
            if not self._depth:
                self._take(patience_s)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._locks.release()

    def _take(self, patience_s: float) -> None:
        """Raises MemoryUnavailable. Python cannot wait for a file's lock with a deadline, so a thread waits for it."""
        try:
            if self._locks.take_at_once():
                return
        except OSError as error:  # a file system without locks
            raise place.refused(self.file, error) from error
        again = self._given_up
        if not patience_s or (again and not again.over.wait(_AGAIN_S)):
            raise self._kept(patience_s)
        waiting = _Waiting(self._locks)
        if not waiting.done.wait(patience_s) and waiting.give_up():
            self._given_up, self._locks = waiting, _Locks(self.file)
            raise self._kept(patience_s)

    def _kept(self, patience_s: float) -> Locked:
        holder = _holder(self.file)
        who = f"process {holder}" if holder else "another process"
        hint = f"If it is stopped, `kill -CONT {holder}` lets it go on." if holder else ""
        return Locked(f"The memory file is locked by {who}, for longer than {patience_s:g} s.", hint=hint)


def lock_of(file: Path) -> Lock:
    """The lock that every writer of a memory file takes. Raises MemoryUnavailable."""
    return Lock(file.with_name(f"{file.name}-lock"))


class _Locks:
    """The lock; the one that all who wait for it share; and the one of who is next, since the kernel wakes all who wait for the
    same. Each with a descriptor of its own: locks belong to descriptors."""

    def __init__(self, file: Path) -> None:
        """Raises MemoryUnavailable."""
        self._lock = self._waiting = self._next = -1
        try:
            self._lock = place.open_own(file)
            try:
                self._waiting = place.open_own(file.with_name(f"{file.name}-wait"))
                self._next = place.open_own(file.with_name(f"{file.name}-next"))
            except BaseException:
                self.close()
                raise
        except OSError as error:
            raise place.refused(file, error) from error

    def take_at_once(self) -> bool:
        return not self._awaited() and _taken(self._lock)

    def take(self) -> None:
        fcntl.flock(self._waiting, fcntl.LOCK_SH)
        fcntl.flock(self._next, fcntl.LOCK_EX)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        fcntl.flock(self._next, fcntl.LOCK_UN)
        fcntl.flock(self._waiting, fcntl.LOCK_UN)

    def release(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)  # closing would not do: a child may have the descriptor too
        if self._awaited():
            time.sleep(_AFTER_YOU_S)

    def close(self) -> None:
        for descriptor in (self._lock, self._waiting, self._next):
            if descriptor >= 0:
                os.close(descriptor)
        self._lock = self._waiting = self._next = -1

    def _awaited(self) -> bool:
        if not _taken(self._waiting):
            return True
        fcntl.flock(self._waiting, fcntl.LOCK_UN)
        return False


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Waiting:
    """A thread that takes the lock, or lets go of it at once, and for good, when nobody wants it any more."""

    def __init__(self, locks: _Locks) -> None:
        self.locks = locks
        self.done = threading.Event()
        self.over = threading.Event()
        """It was given up, and the lock was to be had later."""
        self._given_up = False
        self._between = threading.Lock()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        self.locks.take()
        with self._between:
            if self._given_up:
                self.locks.release()
                self.locks.close()
                self.over.set()
            else:
                self.done.set()

    def give_up(self) -> bool:
        """False when it was taken in the last moment."""
        with self._between:
            self._given_up = not self.done.is_set()
        return self._given_up


def _holder(file: Path) -> int:
    """The process that took the lock; 0 when that cannot be known."""
    with suppress(OSError, ValueError), open("/proc/locks", encoding="ascii") as lines:
        inode = str(os.stat(file).st_ino)
        for fields in map(str.split, lines):
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == inode:
                return max(int(fields[4]), 0)
    return 0
