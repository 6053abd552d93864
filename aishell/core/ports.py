"""The seams between rooms. Each has at least two real implementations."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage

Reply = AsyncGenerator[Piece | Restarted | Usage, None]
"""Pieces as they are produced, then exactly one Usage. Closing it early cancels the generation."""


class Backend(Protocol):
    """A language model. One reply at a time; `aclose` on the reply stops it within 200 ms."""

    def stream(self, prompt: Prompt) -> Reply:
        """The model's reply to `prompt`. Raises ModelUnavailable."""
        ...

    async def describe(self) -> ModelInfo:
        """What runs here. Loads the model if that is needed to know. Raises ModelUnavailable."""
        ...

    async def close(self) -> None:
        """Free the model; safe to call twice."""
        ...
