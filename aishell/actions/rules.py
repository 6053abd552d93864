"""The policy's data: what programs are known to do. `config/policy.toml` explains every table."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aishell.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a program is harmless."""

    any: bool = False
    flags: str = ""
    valued: str = ""
    long: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    operands: int | None = None
    operand: str = ""
    script: str = ""
    first: str = ""
    runs: str = ""
    outside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """How a program names another command that it runs."""

    valued: str = ""
    """Short options that take a value."""
    long_valued: frozenset[str] = frozenset()
    """Options spelled with a word that take the next word as their value."""
    operands: int = 0
    """Words of its own before the command."""
    assigns: bool = False
    """Whether NAME=value words may stand before the command."""
    code: frozenset[str] = frozenset()
    """Options whose value is shell code."""
    joins: bool = False
    """Whether the words are joined into shell code."""
    feeds: bool = False
    """Whether it adds arguments that it reads."""
    code_first: bool = False
    """Whether the first word is shell code."""
    asks: str = ""
    """Short options under which it only tells about the command."""
    transparent: str = ""
    """The short options under which it adds nothing of its own, so that reading stays reading; "-" for none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something that an overlay can neither contain usefully nor show."""

    reason: str
    programs: frozenset[str]
    words: dict[str, frozenset[str]]
    """For programs that are local otherwise: the subcommands (one word or two) or options that have this effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """Which operands a program changes."""

    all: frozenset[str]
    last: frozenset[str]
    named: frozenset[str]
    """Those that never look into a file."""
    does: dict[str, str]
    """What a program, or an option of one ("sed -i"), does to files, in words that follow its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    read: dict[str, Rule]
    wrappers: dict[str, Wrapper]
    shells: frozenset[str]
    interpreters: frozenset[str]
    effects: dict[str, Effect]
    values: dict[str, frozenset[str]]
    """For programs with subcommands: the options before them that take the next word as their value."""
    writers: Writers
    looks: frozenset[str]
    trusted_folders: tuple[str, ...]
    secret: re.Pattern[str]
    secret_examples: tuple[str, ...]
    protected: re.Pattern[str]
    later: re.Pattern[str]
    system: re.Pattern[str]
    harmless_variable: re.Pattern[str]
    private_variable: re.Pattern[str]

    @classmethod
    def from_file(cls, path: Path) -> Policy:
        """Raises ConfigError."""
        try:
            return cls.from_table(tomllib.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise ConfigError(f"The policy {path} cannot be used: {error}.", hint="Install aishell again.") from error

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Policy:
        return cls(
            read={name: Rule(**_frozen(rule)) for name, rule in table["read"].items()},
            wrappers={name: Wrapper(**_frozen(rule)) for name, rule in table["wrappers"].items()},
            shells=frozenset(table["shells"]),
            interpreters=frozenset(table["interpreters"]),
            effects={name: _effect(effect) for name, effect in table["effects"].items()},
            values=_frozen(table["values"]),
            writers=Writers(**_frozen(table["writers"])),
            looks=frozenset(table["looks"]),
            trusted_folders=tuple(table["trusted_folders"]),
            secret=_any_of(table["secret_paths"]),
            secret_examples=tuple(table["secret_examples"]),
            protected=_any_of(table["protected_paths"]),
            later=_any_of(table["later_paths"]),
            system=_any_of(table["system_paths"]),
            harmless_variable=re.compile(table["harmless_variables"]),
            private_variable=_any_of(table["private_variables"]),
        )


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in table.items()}


def _effect(table: dict[str, Any]) -> Effect:
    words = {program: frozenset(named) for program, named in table.get("words", {}).items()}
    return Effect(reason=table["reason"], programs=frozenset(table.get("programs", ())), words=words)


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
