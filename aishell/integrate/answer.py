"""What a shell's key is told: a verb on the first line, then texts, each ended by RS, which no text has in it.

line    the text to put on the line; what follows is said above it
lines   texts that may stand on the line, best first
show    what to print, the line stays
hint    the same, and it is why nothing came of the key
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from aishell.core.text import has_hidden, visible

END = "\x1e"
Verb = Literal["line", "lines", "show", "hint"]


def told(verb: Verb, *texts: str) -> str:
    """The answer as bytes go; what is shown is harmless already."""
    return f"{verb}\n" + "".join(f"{text.replace(END, ' ')}{END}" for text in texts)


def put(command: str, notes: Iterable[str] = ()) -> str:
    """`command` for the line, unless there are characters in it that a line would not show."""
    if has_hidden(command):
        return told("hint", f"There are characters in it that would not be seen: {visible(command)}")
    return told("line", command, *map(visible, notes))


def offer(commands: Iterable[str]) -> str:
    """Several, without those."""
    return told("lines", *(command for command in commands if not has_hidden(command)))
