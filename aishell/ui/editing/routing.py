"""Where a line will go, known before it is sent, and turned round with one key.

The turn is written into the line itself (`!` for the shell, `?` for words), so that what is seen is what happens, also when the
line is called back later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Where = Literal["shell", "words", "note", "answer", "comment"]

Route = Callable[[str], tuple[Literal["shell", "words", "note", "answer"], str]]
"""Where a line goes, and the line without its mark. Pure and quick: it is asked after each key."""

_LONGEST_READ = 10_000
"""Characters; the route of a longer text, which was pasted, is that of its beginning."""
_MARKS = {"!": "shell", "！": "shell", "?": "words", "？": "words"}


def routed(text: str, route: Route) -> tuple[Where, str]:
    """As `route` says; a line that begins with `#` is nobody's business."""
    if text.lstrip().startswith("#"):
        return "comment", text
    if len(text) <= _LONGEST_READ:
        return route(text)
    where, _ = route(text[:_LONGEST_READ])
    body = text.strip()
    return where, body[1:] if body[0] in _MARKS and _MARKS[body[0]] == where else body


def flipped(text: str, route: Route) -> str:
    """`text` so that it goes the other way: without its mark where that is enough, else with one."""
    body = text.lstrip()
    blanks = text[: len(text) - len(body)]  # a first blank means that the line is not kept
    where, _ = routed(text, route)
    wanted = "words" if where == "shell" else "shell" if where == "words" else "words"
    bare = body[1:].lstrip() if body[:1] in _MARKS and _MARKS[body[:1]] == where and not body.startswith("! ") else body
    if bare != body and routed(bare, route)[0] == wanted:
        return f"{blanks}{bare}"
    return f"{blanks}{'?' if wanted == 'words' else '!'}{bare}"
