"""Several models in an order: the first that answers is the one that speaks. One that failed rests for a while."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from aishell.core.errors import ModelUnavailable
from aishell.core.ports import Backend
from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage

_REST_S = 30.0
_LONGEST_REST_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    name: str
    open: Callable[[], Backend]
    """Made when it is first needed: a local model takes memory. Raises ModelUnavailable."""
    here: bool = False
    """On this machine, and of this person's: nothing is sent."""


class _Standing:
    """A way, its backend once it is open, and how it did."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._backend: Backend | None = None
        self.rests_until = 0.0
        self._failures = 0

    def backend(self) -> Backend:
        self._backend = self._backend or self.way.open()
        return self._backend

    def failed(self) -> None:
        self.rests_until = time.monotonic() + min(_LONGEST_REST_S, _REST_S * 2**self._failures)
        self._failures += 1

    def worked(self) -> None:
        self.rests_until, self._failures = 0.0, 0

    async def close(self) -> None:
        if self._backend:
            await self._backend.close()


class Failover:
    """Implements `core.ports.Backend`."""

    def __init__(self, ways: Sequence[Way], local: Way) -> None:
        """`local`: answers when nothing may be sent; it need not be among the `ways`."""
        self.stays_here: Callable[[], str] = str
        """Why nothing may be sent to other machines now, half a sentence; empty: it may."""
        self._local = _Standing(local)
        self._ways = [self._local if way is local else _Standing(way) for way in ways]

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        return self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        order = self._order()
        for standing, following in zip(order, [*order[1:], None], strict=True):
            try:
                async with aclosing(standing.backend().stream(prompt)) as items:
                    async for item in items:
                        yield item
                standing.worked()
                return
            except ModelUnavailable as error:
                standing.failed()
                if following is None:
                    raise self._why(error) from error
                yield Restarted(reason=f"{error} Going on with {_named(following)}.")

    async def describe(self) -> ModelInfo:
        """Of the one that would be asked now."""
        try:
            return await self._order()[0].backend().describe()
        except ModelUnavailable as error:
            raise self._why(error) from error

    async def close(self) -> None:
        for standing in {self._local, *self._ways}:
            await standing.close()

    def _order(self) -> list[_Standing]:
        """Those that rest come last: when all do, the one that has rested longest is tried all the same."""
        if self.stays_here():
            return [self._local]
        now = time.monotonic()
        return sorted(self._ways, key=lambda standing: standing.rests_until if standing.rests_until > now else 0.0)

    def _why(self, error: ModelUnavailable) -> ModelUnavailable:
        why = self.stays_here()
        if not why:
            return error
        return ModelUnavailable(f"Nothing is sent to another machine: {why}. And here: {error}", hint=error.hint)


def _named(standing: _Standing) -> str:
    return "the model on this machine" if standing.way.here else standing.way.name
