"""What programs say about themselves: their options and subcommands, as their documentation has them. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Origin = Literal["man", "--help", "help", "examples", ""]
"""Where it was read: a manual page, what the program prints, bash's `help`, the examples in memory; or nowhere."""


NUMBER, SIGNAL, LINE = "-NUM", "-SIGNAL", "+NUM"
"""The names of options that are a number, a signal's name, or the number of a line: `head -5`, `kill -KILL`, `vim +10`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An entry of the documentation: `-n, --lines=NUM   print the first NUM lines`."""

    names: tuple[str, ...]
    """With their dashes: `-n`, `--lines`; `-name` of find; `if=` of dd; a bare letter where a program has such."""
    argument: str = ""
    """How the documentation calls what it is given; empty when it takes nothing."""
    optional: bool = False
    """Whether it can do without that; then it takes it only from its own word."""
    meaning: str = ""
    """Its first sentence there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommand:
    name: str
    meaning: str
    page: str = ""
    """The program whose page tells its options, where the documentation names one: `apt install` has those of `apt-get`."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What is known of a program, or of a program with its subcommand (`git commit`)."""

    name: str
    origin: Origin = ""
    summary: str = ""
    """What it is for, in one sentence."""
    options: tuple[Option, ...] = ()
    subcommands: tuple[Subcommand, ...] = ()
    mentioned: frozenset[str] = frozenset()
    """Every word of the documentation that looks like an option: also those that have no entry of their own."""
    carries: bool = False
    """Whether it is given a command, whose options are not its own."""
    complete: bool = False
    """Whether its documentation lists its options at all: an option that it nowhere mentions does not exist."""

    @cached_property
    def named(self) -> dict[str, Option]:
        """Each option under each of its names."""
        found: dict[str, Option] = {}
        for option in self.options:
            for name in option.names:
                found.setdefault(name, option)
        return found

    def subcommand(self, name: str) -> Subcommand | None:
        return next((one for one in self.subcommands if one.name == name), None)

    def option(self, name: str) -> Option | None:
        """The entry of `name`, which may be the beginning of one long option only."""
        if found := self.named.get(name):
            return found
        if not name.startswith("--") or len(name) < 4:
            return None
        longer = {id(option): option for known, option in self.named.items() if known.startswith(name)}
        return next(iter(longer.values())) if len(longer) == 1 else None

    def has(self, name: str) -> bool | None:
        """Whether there is an option of this name, dashes included; None when the documentation does not tell."""
        if self.option(name) or name in self.mentioned:
            return True
        if name.startswith("--") and any(known.startswith(name) for known in self.mentioned):
            return True  # getopt takes a beginning
        return False if self.complete else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A command that somebody wrote to show what a program does."""

    about: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What memory knows of a program, for where it has no documentation of its own."""

    summary: str = ""
    examples: tuple[Example, ...] = field(default=())
