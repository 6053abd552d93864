"""Pasted text, before anything happens with it. A paste never runs by itself: it is put into the line, and Enter is awaited."""

from __future__ import annotations

from typing import NamedTuple

from aishell.core.text import has_hidden, visible


class Pasted(NamedTuple):
    text: str
    """With what acts on a terminal, or is invisible, shown; without line ends behind it."""
    notice: str
    """What to tell about it; empty for a harmless line."""


def pasted(text: str) -> Pasted:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    hidden = has_hidden(plain)
    lines = plain.count("\n") + 1
    told = []
    if lines > 1:
        told.append(f"{lines} lines pasted: Enter sends them all, Ctrl-C drops them")
    if hidden:
        told.append("it had characters that cannot be seen; they are shown now")
    return Pasted(visible(plain), "; ".join(told))
