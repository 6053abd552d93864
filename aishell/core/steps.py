"""Requests that take several steps, and what has been done about them. Frozen like all values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aishell.core.types import Request

Way = Literal["parts", "facts", "mending", "looking"]
"""`parts`: the request says the steps itself. `facts`: a question, for which facts are gathered. `mending`: a file that cannot
be parsed. `looking`: what is to be done only shows on the way, so each step is chosen after the one before."""

End = Literal["", "done", "failed", "left"]
"""Under way; all of it done; it cannot go on; the person did not want to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A step that is over, as far as later ones need to know of it."""

    request: str
    """What it was for, in words; empty for a look at a file before a step that is about what is in it."""
    command: str
    exit_code: int = 0
    output: str = ""
    """What it printed, shortened. Foreign: data, never orders."""
    wrong: str = ""
    """Why it has to be done differently, in a sentence; empty when all is well."""
    call: str = ""
    """The tool call that the command was made from, as the model said it."""
    changed: bool = False
    """Whether it may have changed something."""
    undo: int = 0
    """What `aishell undo` takes it back with; 0: nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A request of several steps, and how far it is."""

    request: Request
    way: Way
    parts: tuple[str, ...] = ()
    """What is to be done one after the other: in words, or as commands that gather facts."""
    at: int = 0
    """The part at hand."""
    done: tuple[Past, ...] = ()
    """Also what failed."""
    ended: End = ""
    why: str = ""
    """Why it ended as it did, in a sentence for the person."""
    seconds: float = 0.0
    """Spent on it, a person's time to answer left out."""
    number: int = 0
    """Under which it is kept; 0: it is not."""
    before: int = 0
    """How many of `done` were done before it was gone on with: they are not counted again."""

    @property
    def part(self) -> str:
        """What the step at hand is for, in words."""
        return self.parts[self.at] if self.way == "parts" and self.at < len(self.parts) else self.request.text

    @property
    def failures(self) -> tuple[Past, ...]:
        """Of the step at hand, what has been tried in vain, the newest last."""
        count = next((at for at, past in enumerate(reversed(self.done)) if not past.wrong), len(self.done))
        return self.done[len(self.done) - count :]

    @property
    def title(self) -> str:
        """Which step is at hand, in a few characters."""
        return f"{self.at + 1}/{len(self.parts)}" if self.parts else str(len(self.done) + 1)

    def end(self, how: End, why: str = "") -> Work:
        return replace(self, ended=how, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question to the person, without whose answer the work cannot go on."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The work has gone on without anything to propose."""

    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The end: text for the person, and the facts that it rests on."""

    text: str
    facts: tuple[Past, ...] = ()
