"""A command line taken apart: words, simple commands, and the script they stand in. Frozen; `core.types` hands them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aishell.core.text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a word."""

    kind: Literal["text", "variable", "glob", "unknown"]
    text: str = ""
    """The text or pattern itself, or the variable's name; empty for what only the shell can know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a command as the shell would see it before expansion."""

    literal: str
    """Its text without quotes, up to the first thing that only the shell can know."""
    fixed: bool
    """Whether `literal` is all of it: no variable, substitution, glob or brace."""
    parts: tuple[Part, ...] = ()
    """All of it, in order."""

    def __str__(self) -> str:
        return self.literal if self.fixed else f"{self.literal}..."

    @classmethod
    def of(cls, *parts: Part) -> Word:
        literal, fixed = "", True
        for part in parts:
            if part.kind != "text":
                fixed = False
                break
            literal += part.text
        return cls(literal=literal, fixed=fixed, parts=parts)


UNKNOWN = Word.of(Part(kind="unknown"))
"""A word of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    operator: str
    target: Word
    body: Word | None = None
    """The text of a here-document or here-string."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A simple command."""

    words: tuple[Word, ...]
    """Program and arguments; empty for a bare assignment or redirection."""
    assigned: tuple[str, ...] = ()
    """Names of the variables set for it, or in the shell when `words` is empty."""
    input: Word | None = None
    """What it reads on standard input, when a pipe, a file or the line itself feeds it."""
    text: str = ""
    """The command as written."""
    within: str = ""
    """The function whose body it stands in."""

    @property
    def program(self) -> str:
        """The program's name as written; empty when there is none or only the shell can know it."""
        return self.words[0].literal if self.words and self.words[0].fixed else ""

    def __str__(self) -> str:
        return visible(self.text or " ".join(map(str, self.words)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A value that a variable may have while a script runs; `value.fixed` is false when only the shell can know it."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a parser makes of a command line: every simple command in it, also inside substitutions."""

    calls: tuple[Call, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    functions: tuple[str, ...] = ()
    """Names it defines."""
    assignments: tuple[Assignment, ...] = ()
    """Every value that a variable is given, by assignments, loops and declarations."""
    chained: bool = False
    """Whether it is nothing but simple commands, each run only when all before it went well."""
    background: bool = False
    """Whether anything in it is left running."""
    unproven: tuple[str, ...] = ()
    """Constructs, in words, that may run what cannot be read here; an overlay contains them."""
    unjudged: tuple[str, ...] = ()
    """Constructs, in words, that the judge does not follow at all."""
    hidden: tuple[str, ...] = ()
    """Characters in it that deceive a reader, with their code points."""
    error: str = ""
    """Why it cannot be parsed; then all else is empty."""
