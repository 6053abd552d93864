"""What stands behind the screen once there is a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aishell.ui.calls import Calls
from aishell.ui.conversation import Conversation
from aishell.ui.entered import Entered
from aishell.ui.looked_up import LookedUp
from aishell.ui.outside import Outside
from aishell.ui.shell_lane import ShellLane
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.status_line import Status
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    session: Session
    lane: ShellLane
    """The person's shell."""
    talk: Conversation
    """Words."""
    entered: Entered
    """Which of them a line is for."""

    @classmethod
    def join(cls, given: Outside, session: Session, column: Column, calls: Calls) -> Parts:
        lane = ShellLane(session, column, calls, say=given.say, folder=given.folder, protect=given.protect)
        talk = Conversation(
            session, column, calls, say=given.say, alike=given.alike, unattended_timeout_s=given.unattended_timeout_s
        )
        entered = Entered(given, column, lane, talk, calls)
        return cls(session=session, lane=lane, talk=talk, entered=entered)

    async def interrupt(self) -> None:
        """What runs in the shell, or else what goes on about words."""
        if self.lane.busy:
            await self.lane.interrupt()
        else:
            self.talk.stop()

    async def close(self) -> None:
        await self.talk.close()
        await self.lane.hang_up()
        await self.session.close()

    def standing(self, found: LookedUp, *, say: Words) -> Status:
        """How things stand, for the status line."""
        waiting = len(self.lane.waiting) + len(self.talk.waiting)
        acting = self.session.ready_acting
        return Status(
            folder=self.lane.folder,
            branch=found.branch,
            model=found.model,
            sent_to=found.sent_to,
            where=found.where,
            tokens_per_s=self.talk.tokens_per_s,
            memories=found.memories,
            private=self.entered.private,
            taint=acting.taint.sources if acting else (),
            busy=say.count(waiting, "{n} waits", "{n} wait") if waiting else "",
        )
