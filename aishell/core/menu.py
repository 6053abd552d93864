"""What may stand at the cursor of a line that is being typed, and the command it would be a word of. Frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Sort = Literal[
    "option", "value", "subcommand", "branch", "tag", "remote", "change", "host", "process", "variable", "target", "script",
    "unit", "container", "image", "module", "test", "user", "group", "completion", "file",
]  # fmt: skip
"""What an offer is. A completion is a word that an installed completion function gives, of which no more is known;
a file, one that it would have there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The command in which the cursor stands, up to the cursor."""

    words: tuple[str, ...]
    """What the shell would make of its words: first the program, last the one that ends at the cursor, which may be empty."""
    folder: str
    fixed: bool = True
    """Whether they are plain text: no variable, substitution or pattern in any of them."""

    @property
    def program(self) -> str:
        return self.words[0]

    @property
    def word(self) -> str:
        return self.words[-1]

    @property
    def before(self) -> tuple[str, ...]:
        """The words between the program and the cursor's."""
        return self.words[1:-1]

    @property
    def operands(self) -> tuple[str, ...]:
        """Those of `before` that begin with no dash. What an option is given counts as one, since only its manual tells."""
        return tuple(word for word in self.before if not word.startswith("-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A word that may stand there, unquoted. It is foreign text: whoever shows or writes it makes it harmless first."""

    text: str
    sort: Sort
    meaning: str = ""
    final: bool = True
    """Whether the word ends with it: `--color=` goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What the sources say so far."""

    offers: tuple[Offer, ...] = ()
    alone: bool = False
    """Nothing else may stand there, no name of a file either."""
    more: bool = False
    """Some source has not answered yet; what follows holds these as well."""


Menu = Callable[[Typed], Iterator[Offered]]
"""The offers for a place: those that are at hand, then all that came in time. It may begin to look when it is called, and waits
when it is iterated: for a thread."""
