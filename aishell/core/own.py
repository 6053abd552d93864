"""What a person has added to aishell in their own settings folder. Nothing of it ever comes from the folder they work in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aishell.core.tools import Tool

TOOLS, SUGGESTIONS, FUNCTIONS = "aishell.tools", "aishell.suggestions", "aishell.functions"
BACKENDS, EMBEDDERS = "aishell.backends", "aishell.embedders"
"""The groups of entry points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A word that stands for a longer request, or for a command."""

    name: str
    text: str = ""
    """A request; empty when there is a command."""
    command: str = ""
    about: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Of parameters that may be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFiles:
    """Programs that hear of each command."""

    before: tuple[str, ...] = ()
    """Absolute paths. These may refuse it."""
    after: tuple[str, ...] = ()
    seconds: float = 2.0
    """What each of them has for one command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How something is done here, in the person's words, for the model."""

    name: str
    when: tuple[str, ...]
    """Words, or groups of words, that a request has when it applies."""
    text: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    """Requests with their commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTool:
    """A program, or a function in a small Python file, with a description."""

    name: str
    about: str
    """What it does: one line, shortened."""
    argv: tuple[str, ...]
    """What runs it; its arguments are a JSON object on standard input."""
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """JSON schema of each argument, of the kinds that a model can be held to."""
    required: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    """Words, or groups of words, that a request has when it needs the tool."""
    reads: bool = False
    """Whether it says that it changes nothing."""
    seconds: float = 30.0
    file: str = ""
    """Where it is described."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """What an installed Python package offers through an entry point."""

    group: str
    name: str
    value: str
    """`module:function`."""
    package: str
    """The distribution that it comes with, and its version."""
    problem: str = ""
    """Why it cannot be used; empty when it can."""
    described: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a request may meet of all this: each is read when it is asked for. Raise ConfigError."""

    macros: Callable[[], tuple[Macro, ...]] = tuple
    tools: Callable[[str], tuple[Tool, ...]] = lambda _words: ()
    """Those of the person's own that some words are for."""
    servers: Callable[[], tuple[str, ...]] = tuple
    """MCP servers, by name."""
    hooked: bool = False
    """Whether there are hooks to ask before a command."""
