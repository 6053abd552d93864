"""Leaving while something still runs that would end with the shell."""

from __future__ import annotations

from aishell.ui.programs import still_running as still_running
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.words import Words


class Leaving:
    def __init__(self, column: Column, say: Words) -> None:
        self._column = column
        self._say = say
        self._warned = False

    def stays(self) -> None:
        """The person goes on with something else."""
        self._warned = False

    async def may(self, pid: int) -> bool:
        """Whether the shell with this number may be ended: nothing runs in it, or the person has been told and asks again."""
        names = still_running(pid)
        if not names or self._warned:
            return True
        self._warned = True
        what = self._say("Still running: {names}. Once more, and they end.", names=", ".join(names))
        await self._column.add(NoticeBlock(what, kind="warning"))
        return False
