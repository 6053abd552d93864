"""A model at another address asked, and what it said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.remote import RemoteBackend
from aishell.backends.openai.sent import Sent
from aishell.core.errors import ModelUnavailable
from aishell.core.ports import Backend
from aishell.core.types import Message, Piece, Prompt, Restarted, Usage
from tests.endpoints import Place

ASKED = Prompt(messages=(Message(role="system", content="Be short."), Message(role="user", content="hello")), max_tokens=20)


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    return text.replace("hunter2", "[redacted: word]"), ("word",) * text.count("hunter2")


async def k3y() -> str:
    return "k3y"


def unkept(_sent: Sent) -> None:
    pass


def backend(place: Place, keep: Callable[[Sent], None] = unkept, **fields: Any) -> RemoteBackend:
    where: dict[str, Any] = {"name": "office", "url": place.url, "model": "m", "timeout_s": 5.0, **fields}
    return RemoteBackend(Endpoint(**where), redact=clean, keep=keep, pause_s=0.01)


async def heard(model: Backend, prompt: Prompt) -> tuple[str, Usage, list[str]]:
    """The reply, its end, and what was said about beginning anew."""
    text, usage, said = "", None, []
    try:
        async with aclosing(model.stream(prompt)) as items:
            async for item in items:
                if isinstance(item, Piece):
                    text += item.text
                elif isinstance(item, Restarted):
                    text = ""
                    said.append(item.reason)
                else:
                    assert usage is None
                    usage = item
    finally:
        await model.close()
    assert usage
    return text, usage, said


def told(place: Place, prompt: Prompt = ASKED, **fields: Any) -> str:
    return asyncio.run(heard(backend(place, **fields), prompt))[0]


def refusal(place: Place, prompt: Prompt = ASKED, **fields: Any) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        told(place, prompt, **fields)
    return caught.value
