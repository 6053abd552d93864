"""What may be offered behind the cursor while somebody types, and where such offers come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from aishell.core.suggestions import Suggestion as Suggestion
from aishell.ui.editing.routing import Where

_BECOMES = "  → "
"""Before a command that words would become."""

Ghost = Callable[[str, str], str]
"""Given the text and the folder: the line that may be shown behind the text at once; empty when none is known yet. Quick."""
Suggest = Callable[[str, int, str], AsyncIterator[Suggestion]]
"""Given the text, the cursor in it, and the folder: suggestions, better ones later. Closed when the next key is typed."""


def behind(text: str, line: str) -> str:
    """What `line` has more than `text`; nothing when it does not begin with it."""
    return line[len(text) :] if line.startswith(text) else ""


def instead(text: str, suggestion: Suggestion, where: Where) -> str:
    """The command that is offered in the place of words; nothing when it is no such offer."""
    other = suggestion.source == "model" and where == "words" and not suggestion.line.startswith(text)
    return suggestion.line if other else ""


def shown_instead(line: str) -> str:
    """How such an offer is shown behind the words."""
    return f"{_BECOMES}{line}"


def next_word(ghost: str) -> str:
    """The part of a suggestion that one word takes: up to the blank or slash behind it."""
    at = len(ghost) - len(ghost.lstrip())
    while at < len(ghost) and not ghost[at].isspace():
        at += 1
        if ghost[at - 1] == "/":
            break
    return ghost[:at]
