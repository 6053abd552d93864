"""What was on the screen of a session that was cut off, for the next one to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aishell.ui.widgets.column import Column
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.words import Words

_MOST_CHARACTERS = 16_000
"""Of a block; the end of a long output is worth more than its beginning."""
_FOLDED_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command and what it printed."""

    line: str
    folder: str
    status: int | None
    took_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """Each of these is called in a thread. What cannot be written is not kept; nothing is raised."""

    keep: Callable[[Ran], None]
    """Write down what would be lost, without secrets."""
    found: Callable[[], Sequence[Ran]]
    """What a session has left that did not come to its end, oldest first. It is told once."""
    ended: Callable[[], None]
    """This session comes to its end: nothing of it needs to be shown again."""


def as_ran(block: CommandBlock) -> Ran:
    text = block.output.plain_text()[-_MOST_CHARACTERS:]
    return Ran(line=block.line, folder=block.folder, status=block.exit_status, took_s=block.took_s or 0.0, text=text)


async def show_again(found: Sequence[Ran], column: Column, say: Words) -> None:
    """As blocks that are folded."""
    if not found:
        return
    told = say.count(
        len(found),
        "The last session was cut off. This is what ran last in it:",
        "The last session was cut off. These are the last {n} commands of it:",
    )
    await column.add(NoticeBlock(told, kind="warning"))
    for ran in found:
        block = CommandBlock(
            ran.line, folder=ran.folder, say=say, columns=column.columns, newline_returns=True, fold_rows=_FOLDED_ROWS
        )
        await column.add(block)
        block.write(ran.text.encode("utf-8", "replace"))
        block.ended(ran.status, ran.took_s)
