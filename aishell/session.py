"""One conversation between a person and a machine: words to a proposal, and an approved proposal to outcomes.

The two halves share nothing but values. Between them nothing waits: a proposal can be shown, stored, tested, or left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aishell.core.errors import ShellUnavailable
from aishell.core.ports import Backend
from aishell.core.types import Measured, ModelInfo, Observed, Plan, Proposal, Proposed, Request, Said, Tier, Told
from aishell.planner.plan import Planner, WantsReason

if TYPE_CHECKING:
    from aishell.acting import Acting
    from aishell.actions.dryrun.partial import Copies as Copies
    from aishell.actions.shell.shell import Shell as Shell


class OpenShell(Protocol):
    """Starts a shell of the person's own. Needs a running event loop. Raises ShellUnavailable."""

    def __call__(self, *, rows: int, columns: int, cwd: str, bare: bool) -> Shell: ...


def no_shell(*, rows: int, columns: int, cwd: str, bare: bool) -> Shell:
    raise ShellUnavailable("This session has no shell.")


_LOOK_S = 1.5
"""For looking at what one of several commands does."""
_ASKED_S = 0.03
"""By then the request is on its way, and nothing is left to do here before the first piece."""


@dataclass(slots=True, kw_only=True)
class Session:
    backend: Backend
    planner: Planner
    open_acting: Callable[[], Acting]
    """Imports and reads a tenth of a second's worth: done while the model thinks."""
    open_shell: OpenShell = no_shell
    """`bare`: without the person's start-up files, for when they keep it from coming to its prompt."""
    private: bool = False
    """Nothing of what is done is kept."""
    _acting: Acting | None = None

    @property
    def acting(self) -> Acting:
        """The half that judges and acts."""
        self._acting = self._acting or self.open_acting()
        self._acting.recording.private = self.private
        return self._acting

    @property
    def ready_acting(self) -> Acting | None:
        """That half, if it is open already."""
        return self._acting

    async def propose(
        self, request: Request, *, reasons: bool | None = None
    ) -> AsyncGenerator[Said | Measured | Proposed, None]:
        """What to do about `request`, judged; the Proposed comes last. Nothing runs whose effects last.

        `reasons`: whether each step should say why; None: only where a person will be asked.
        Raises NoPlan, ModelUnavailable.
        """

        def wants_reason(command: str) -> bool:
            return reasons if reasons is not None else self.acting.judge(command, request.cwd).tier > Tier.READ

        warm = asyncio.ensure_future(self._warm())
        try:
            async with aclosing(self._planned(request, wants_reason, warm)) as items:
                async for item in items:
                    yield item
        finally:
            warm.cancel()

    async def _planned(
        self, request: Request, wants_reason: WantsReason, warm: asyncio.Future[None]
    ) -> AsyncGenerator[Said | Measured | Proposed, None]:
        async def observe(command: str, request: Request) -> Observed | None:
            await warm
            return await self.acting.observe(command, request, timeout_s=_LOOK_S)

        async with aclosing(self.planner.plan(request, wants_reason, observe)) as items:
            async for item in items:
                if isinstance(item, Plan):
                    await warm
                    steps = tuple(self.acting.judged(step, request) for step in item.steps)
                    proposal = Proposal(
                        request=request,
                        steps=steps,
                        problems=item.problems,
                        considered=item.considered,
                        confidence=item.confidence,
                    )
                    yield Proposed(proposal=proposal)
                else:
                    yield item

    async def _warm(self) -> None:
        """Get ready to judge and act, once the model has been asked. Raises ConfigError."""
        await asyncio.sleep(_ASKED_S)
        await asyncio.to_thread(lambda: self.acting)

    async def explain(self, command: str, request: str) -> AsyncGenerator[Told | Said | Measured, None]:
        """What a command does, in words as they are produced."""
        async with aclosing(self.planner.explain(command, request)) as items:
            async for item in items:
                yield item

    async def describe(self) -> ModelInfo:
        return await self.backend.describe()

    def take_model(self, other: Session) -> None:
        """Go on with the model of a session that has one; what has been done and read here stays."""
        self.backend, self.planner = other.backend, other.planner

    async def close(self) -> None:
        if self._acting:
            await self._acting.trials.discard()
            self._acting.recording.close()
        await self.backend.close()
