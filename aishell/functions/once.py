"""Texts that were answered already: each is computed once, however often it comes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_Found = TypeVar("_Found")

_MOST = 2048
"""Answers kept: a few megabytes. The one that came first goes first."""
_LONGEST = 2000
"""Characters of a text that is looked for among them: longer ones hardly come twice, and their answers are long."""


class Once(Generic[_Found]):
    """A function that is asked once for each text. What fails is not kept."""

    def __init__(self, function: Callable[[str], Awaitable[_Found]]) -> None:
        self._function = function
        self._answers: dict[bytes, asyncio.Future[_Found]] = {}

    async def __call__(self, text: str) -> _Found:
        if len(text) > _LONGEST:
            return await self._function(text)
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if known := self._answers.get(key):
            try:
                return await asyncio.shield(known)  # one who does not wait any more must not take it from the others
            except asyncio.CancelledError:
                if not known.cancelled():
                    raise  # it is this one that was cancelled; else the one that asked was, and this one asks itself
        answer = self._answers[key] = asyncio.ensure_future(self._function(text))
        while len(self._answers) > _MOST:
            del self._answers[next(iter(self._answers))]
        try:
            return await answer
        except BaseException:
            if self._answers.get(key) is answer:
                del self._answers[key]
            raise
