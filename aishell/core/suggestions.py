"""What is known while somebody types, and what may be offered to them then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["history", "next", "memory", "tldr", "model"]
"""A line typed before, or made of words typed before; what follows the line before; a command of the memory; an example of
tldr-pages; what the language model makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """A line that somebody is at."""

    text: str
    """Empty before anything is typed."""
    cursor: int
    """Where in the text, in characters."""
    folder: str
    """Where it would run."""
    previous: tuple[str, ...] = ()
    """The lines sent before it in the same shell, newest last; two are enough."""
    status: int | None = None
    """The exit status of the last of them; None when that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A whole line that could be meant. It is only ever shown, until the person takes it."""

    line: str
    """Foreign text, to be made harmless before it is shown. For a line in words it is a command: it does not begin alike."""
    source: Source
    why: str = ""
    """In English, a short phrase."""
    score: float = 0.0
    """How likely it is what the person will have typed in the end, 0 to 1."""
    ghost: bool = True
    """Whether it may be shown unasked: not what has failed, what destroys, or what is not likely enough."""
