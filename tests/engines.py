"""Shells that talk to an engine, for the tests of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aishell.backends.client import EngineBackend
from aishell.core.types import Message, Piece, Prompt, Restarted

COUNT = Prompt(messages=(Message(role="user", content="Count from one to one hundred in words."),), max_tokens=60)
BRIEF = replace(COUNT, max_tokens=3)


def using(backends: list[EngineBackend], use: Callable[[], Awaitable[None]]) -> None:
    async def go() -> None:
        try:
            await use()
        finally:
            for backend in backends:
                await backend.close()

    asyncio.run(go())


async def reply(backend: EngineBackend, prompt: Prompt = BRIEF) -> tuple[str, list[str]]:
    """The text, and what was said about restarts."""
    text = ""
    said: list[str] = []
    async for item in backend.stream(prompt):
        if isinstance(item, Restarted):
            text, said = "", [*said, item.reason]
        elif isinstance(item, Piece):
            text += item.text
    return text, said
