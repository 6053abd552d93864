"""Tools that other programs offer, over the Model Context Protocol. What their servers say of them is foreign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server of the person's own settings."""

    name: str
    command: tuple[str, ...] = ()
    """What starts it; empty for one that is reached over a URL."""
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    """What it is given besides PATH, HOME and LANG."""
    allow: tuple[str, ...] = ()
    """Tools that may be called without a question."""
    seconds: float = 30.0
    """To start, and for each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    server: str
    name: str
    about: str = ""
    """What the server says it does: one line, shortened."""
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """JSON schema of each argument, of the kinds that a model can be held to."""
    required: tuple[str, ...] = ()
