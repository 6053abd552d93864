"""The model asked for one request, once or several times, and what all of it took."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Literal, overload

from aishell.core.ports import Backend
from aishell.core.reply import whole
from aishell.core.types import Measured, Prompt, Restarted, Said, Told, Usage


class Asking:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._began = time.perf_counter()
        self._first_piece_s: float | None = None
        self._usages: list[Usage] = []
        self.text = ""
        """The last reply that was told."""
        self.weights: tuple[float, ...] = ()
        """Of that reply, where they were asked for and the backend has them."""
        self._cut = False
        """Whether that reply ended at its limit of tokens."""

    @overload
    def told(self, prompt: Prompt) -> AsyncGenerator[Said, None]: ...
    @overload
    def told(self, prompt: Prompt, *, pieces: Literal[True]) -> AsyncGenerator[Said | Told, None]: ...
    async def told(self, prompt: Prompt, *, pieces: bool = False) -> AsyncGenerator[Said | Told, None]:
        """The model's reply into `text`, and with `pieces` also as it is produced."""
        self.text, self.weights, self._cut = "", (), False
        async with aclosing(self._backend.stream(prompt)) as stream:
            async for item in stream:
                if isinstance(item, Restarted):
                    self.text = ""
                    yield Said(text=item.reason)
                elif isinstance(item, Usage):
                    self._usages.append(item)
                    self.weights, self._cut = item.weights, item.finish == "length"
                else:
                    if self._first_piece_s is None:
                        self._first_piece_s = self.seconds
                    self.text += item.text
                    if pieces:
                        yield Told(text=item.text)

    async def whole(self, prompt: Prompt) -> AsyncGenerator[Said, None]:
        """Likewise, and gone on with once when it was cut at its limit: a script is worth nothing without its end."""
        async with aclosing(self.told(prompt)) as said:
            async for item in said:
                yield item
        if self._cut and self.text:
            begun, weights = self.text, self.weights
            async with aclosing(self.told(replace(prompt, begin=prompt.begin + begun))) as said:
                async for item in said:
                    yield item
            self.text, self.weights = begun + self.text, weights + self.weights

    async def reply(self, prompt: Prompt, began: Callable[[], None] = lambda: None) -> tuple[str, tuple[float, ...]]:
        """A reply of which nothing is told, and its weights; several may be asked for at once. `began`: called with each
        piece."""
        text, usage = await whole(self._backend.stream(prompt), began)
        self._usages += [usage] if usage else []
        return text, usage.weights if usage else ()

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return time.perf_counter() - self._began

    def measured(self) -> Measured:
        return Measured(usage=tuple(self._usages), first_piece_s=self._first_piece_s, total_s=self.seconds)
