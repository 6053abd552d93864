"""The person's shell below the line mode, and its ways to the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell import wiring
from aishell.cli.following import Following
from aishell.core.shell import Snapshot
from aishell.ui.line_mode.lines import Lines, cwd
from aishell.ui.words import Words

if TYPE_CHECKING:
    from aishell.ui.line_mode.lane import Lane


def open_lane(lines: Lines, following: Following, say: Words) -> Lane:
    """The person's shell, with ways to the terminal, over a prompt if one stands. Raises ShellUnavailable."""
    from aishell.cli import stdio
    from aishell.ui.line_mode.lane import Lane, Ways

    out = stdio.Out()

    def moved(snapshot: Snapshot) -> None:
        following.take(snapshot)
        lines.moved()

    ways = Ways(
        moved=moved,
        show=lambda data: lines.above(lambda: out.write("stdout", data if data.endswith(b"\n") else data + b"\n")),
        tell=lambda sentence: lines.above(lambda: stdio.say(f"aishell: {sentence}")),
        complain=lambda error: lines.above(lambda: stdio.complain(error)),
        end_row=lines.end_row,
    )
    lane = Lane(wiring.open_shell, ways, say, cwd() or "/")
    lane.start()
    return lane
