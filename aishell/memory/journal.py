"""What a session puts into memory, as it happens."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from aishell.core.errors import MemoryDamaged, MemoryUnavailable
from aishell.core.memory import Run, Turn
from aishell.memory import backup
from aishell.memory.opening import Opened
from aishell.memory.store import Store


@dataclass(slots=True, kw_only=True)
class Journal:
    """Opens the memory when there is something to keep. One that cannot be had is told of once, and costs nothing else."""

    open_memory: Callable[[], Opened]
    tell: Callable[[str], None]
    """A sentence to the person."""
    session: str
    _opened: Opened | None = None
    _told: bool = False

    def happened(self, run: Run, outcome: Literal["ran", "refused", "failed"] = "ran") -> None:
        """Keep a run, or a proposal that was refused, with the words that led to it."""
        try:
            try:
                self._keep(run, outcome)
            except MemoryDamaged:  # opening it again mends it
                self.close()
                self._keep(run, outcome)
        except MemoryUnavailable as reason:
            if not self._told:
                self.tell(f"This is not remembered: {reason}")
            self._told = True

    def close(self) -> None:
        """Also makes the day's backup, when neither the engine nor another shell has."""
        if self._opened and self._opened.store:
            self._opened.store.close()
            with suppress(MemoryUnavailable):
                backup.daily(self._opened.store.file)
        self._opened = None

    def _store(self) -> Store | None:
        if self._opened is None:
            self._opened = self.open_memory()
            if self._opened.said:
                self.tell(self._opened.said)
        return self._opened.store

    def _keep(self, run: Run, outcome: Literal["ran", "refused", "failed"]) -> None:
        store = self._store()
        if store is None:
            return
        turn = None
        if run.intent:
            asked = Turn(
                request=run.intent,
                time=run.time,
                cwd=run.cwd,
                session=self.session,
                reply=run.command,
                outcome=outcome,
                key=run.key,
            )
            turn = store.turn(asked)
        if outcome != "refused":
            store.record(replace(run, turn=turn, session=self.session, host=socket.gethostname(), git_root=git_root(run.cwd)))


def git_root(folder: str) -> str:
    """The working tree that `folder` lies in; empty when it lies in none."""
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder
