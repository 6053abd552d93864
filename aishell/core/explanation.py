"""A command line explained part by part: what stands there, and what its documentation says of it. Frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aishell.core.programs import Origin

Kind = Literal[
    # what documentation tells
    "program", "subcommand", "option",
    # words that programs are given
    "operand", "script", "end of options", "passed on", "function", "own program", "computed program",
    # what stands for something else
    "variable", "pattern", "braces", "output of", "file with output of", "file into", "arithmetic", "expansion",
    # what joins commands
    "pipe", "pipe both", "and", "or", "then", "background", "not", "runs", "runs code",
    # where input and output go
    "out", "append", "over", "both out", "both append", "in", "in and out", "text in", "lines in", "same as", "closed",
    "redirect",
    # the shell's own constructs
    "assigned for it", "assigned", "declares", "group", "subshell", "if", "elif", "then do", "else", "while", "until", "do",
    "for", "for numbers", "select", "case", "branch", "defines", "test", "matches", "matches regex", "timed", "coprocess",
    "other", "too deep",
]  # fmt: skip
"""What a part is. How that is said, and in which language, is the front end's affair."""
DOCUMENTED = frozenset({"program", "subcommand", "option"})
"""Kinds of which only documentation can tell the meaning."""


MOST_FACTS = 20
"""What a model is given of a long command: each fact costs it about 20 tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    kind: Kind
    text: str
    """As written, or the piece of it that this is about: of `-xzf` once `-x`, once `-z`, once `-f`."""
    depth: int = 0
    """How deep it stands inside other parts."""
    about: str = ""
    """What it is about: the file of a redirection, the name of a variable, the program an option belongs to."""
    meaning: str = ""
    """A sentence of the documentation; empty when there is none, or when the kind says all."""
    origin: Origin = ""

    @property
    def unknown(self) -> bool:
        """Whether nothing could be found out about what only documentation tells."""
        return self.kind in DOCUMENTED and not self.meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    command: str
    parts: tuple[Part, ...] = ()
    tier: str = ""
    """What the judge makes of it, with why."""
    reasons: tuple[str, ...] = ()
    error: str = ""
    """Why it cannot be parsed; then there are no parts."""

    def facts(self, most: int = MOST_FACTS) -> tuple[str, ...]:
        """The first `most` parts that documentation tells of, in a line each."""
        told = (f"{part.text}: {part.meaning}" for part in self.parts if part.meaning)
        return tuple(line for line, _ in zip(dict.fromkeys(told), range(most), strict=False))
