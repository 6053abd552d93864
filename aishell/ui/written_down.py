"""What is kept of a line for the shell: copies from before it, and that it ran."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aishell.core.changes import UndoSet

if TYPE_CHECKING:
    from aishell.session import Copies, Session


class WrittenDown:
    """One line, from before it runs to after."""

    def __init__(self, session: Session, line: str, folder: str, *, kept: bool, protect: frozenset[str]) -> None:
        self.line = line
        self.kept = kept
        """Whether it may be remembered."""
        self.began = time.time()
        self._session = session
        self._folder = folder
        self._protect = protect
        self._look = asyncio.ensure_future(asyncio.to_thread(self._before))

    def _before(self) -> Copies | None:
        return self._session.acting.before_line(self.line, self._folder, self._protect)

    async def may_run(self) -> None:
        """Returns when copies have been made, if any are wanted. Otherwise the line is looked at while it runs.

        Raises ConsentMissing when a hook of the person's refuses it.
        """
        hooked = self._session.own.hooked
        if self._protect or hooked:
            await asyncio.wait([self._look])  # which has the judge open as well, in a thread
        if hooked:
            await self._session.acting.may_run(self.line, self._folder)

    async def changed(self) -> UndoSet | None:
        """Once it has run: what was kept of files that are different now. Raises AishellError."""
        copies = await self._look
        return await asyncio.to_thread(self._session.acting.keep, self.line, copies) if copies else None

    def ran(self, status: int) -> None:
        """Write it down."""
        self._session.acting.recording.ran(self.line, self._folder, self.began, status)
        if self.kept and self._session.ended:
            self._session.ended(self.line, status)
