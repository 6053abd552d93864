"""A command that failed, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    command: str
    """As it was typed."""
    cwd: str
    exit_status: int | None = None
    """None: not known."""
    output: str = ""
    """What it printed, both streams, or the end of it; empty when that is not known. It is foreign."""
