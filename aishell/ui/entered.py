"""What becomes of a line that a person has sent: the shell's, words, something to remember, or aishell's own."""

from __future__ import annotations

import asyncio
from typing import Literal

from aishell.core.errors import AishellError
from aishell.core.failed import Failed
from aishell.core.types import Piped, Request
from aishell.ui.calls import Calls
from aishell.ui.conversation import Conversation
from aishell.ui.editing.routing import Where
from aishell.ui.outside import Outside
from aishell.ui.shell_lane import ShellLane
from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock

_HEAD = 16 << 10
"""Bytes of a block that a question about it goes with; of one that is to be mended, characters of its end."""


class Entered:
    def __init__(self, outside: Outside, column: Column, lane: ShellLane, talk: Conversation, calls: Calls) -> None:
        self.has_model = True
        self.private = False
        """Nothing of what is typed and done is kept."""
        self.about: CommandBlock | None = None
        """What the next words are about."""
        self._outside = outside
        self._say = outside.say
        self._column = column
        self._lane = lane
        self._talk = talk
        self._calls = calls

    async def take(self, text: str, where: Where, line: str) -> None:
        """`text` as it was typed; `line` without the mark of its route."""
        kept = not (self.private or text.startswith((" ", "\t")))
        editing = self._talk.deciding.editing
        if where == "comment" or await self._own(text):
            return
        if where == "shell" and editing:
            await self._talk.revise(editing, line)
        elif where == "shell":
            # With a blank before it the shell's own history leaves it out, where the person has it so.
            await self._lane.run(line if kept else f" {line}", kept=kept)
        elif where == "answer":
            hint = self._say("`?{answer}` sends it as words.", answer=line)
            await self._column.add(NoticeBlock(self._say("Nothing is being asked."), hint=hint))
        elif where == "note":
            await self._note(line, kept=kept)
        else:
            await self.ask(line, kept=kept)

    async def ask(self, words: str, *, kept: bool | None = None) -> None:
        if not self.has_model:  # it may have been fetched meanwhile
            try:
                await self._calls.open_model()
            except AishellError as error:
                await self._column.add(NoticeBlock.of(error))
                return
            self.has_model = True
        if await self._undone(words):
            return
        about, self.about = self.about, None
        piped = None
        if about:
            data = about.output.plain_text().encode("utf-8", "replace")
            piped = Piped(head=data[:_HEAD], complete=len(data) <= _HEAD)
        request = Request(text=words, cwd=self._lane.folder, piped=piped)
        await self._talk.ask(request, kept=not self.private if kept is None else kept)

    async def fix(self, block: CommandBlock) -> None:
        """Have it said what would work instead of a command that failed. Rules know much of it, so there need be no model."""
        output = block.output.plain_text()[-_HEAD:]
        failed = Failed(command=block.line, cwd=block.folder, exit_status=block.exit_status, output=output)
        await self._talk.fix(failed, kept=not self.private, model=self.has_model)

    async def set_private(self, state: Literal["on", "off"]) -> None:
        self.private = state == "on"
        self._calls.changed()
        kept, unkept = self._say("What runs is remembered again."), self._say("Nothing is kept from here on.")
        await self._column.add(NoticeBlock(unkept if self.private else kept))

    async def _undone(self, words: str) -> bool:
        """Whether the words were about taking back what was done last."""
        try:
            number = self._talk.undoes(words)
        except AishellError as error:
            await self._column.add(NoticeBlock.of(error))
            return True
        if number:
            await self._lane.run(f"aishell undo {number}", kept=False)
        return bool(number)

    async def _own(self, text: str) -> bool:
        """Whether the line was for aishell itself."""
        match text.split():
            case ["recall", _, *_] if not self._outside.is_command("recall"):
                self._column.run_worker(self._recall(text), group="recall")  # which takes its time
            case ["private", "on" | "off" as state] if not self._outside.is_command("private"):
                await self.set_private("on" if state == "on" else "off")
            case ["fix"] if not self._outside.is_command("fix") and (failed := self._failed()):
                await self.fix(failed)
            case _:
                return False
        return True

    def _failed(self) -> CommandBlock | None:
        """The block of the last line, if it failed."""
        blocks = list(self._column.query(CommandBlock))
        return blocks[-1] if blocks and blocks[-1].exit_status else None

    async def _recall(self, text: str) -> None:
        folder, columns = self._lane.folder, self._column.columns
        block = CommandBlock(text, folder=folder, say=self._say, columns=columns, newline_returns=True)
        await self._column.add(block)
        try:
            lines = await asyncio.to_thread(self._outside.recall, text)
            status = None
        except (AishellError, ValueError) as error:
            lines, status = [str(error)], 1
        block.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
        block.ended(status, 0.0)

    async def _note(self, text: str, *, kept: bool) -> None:
        if not kept:
            what = self._say("Nothing is remembered in private.")
            await self._column.add(NoticeBlock(what, hint=self._say("`private off` first, or without a blank before it.")))
            return
        try:
            told = NoticeBlock(await asyncio.to_thread(self._outside.note, text, self._lane.folder))
            self._calls.remembered()
        except AishellError as error:
            told = NoticeBlock.of(error)
        await self._column.add(told)
