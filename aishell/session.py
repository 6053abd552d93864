"""One conversation between a person and a machine: words to a proposal, and an approved proposal to outcomes.

The two halves share nothing but values. Between them nothing waits: a proposal can be shown, stored, tested, or left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from aishell.core.errors import AishellError, ShellUnavailable
from aishell.core.ports import Backend
from aishell.core.steps import Work
from aishell.core.types import Measured, ModelInfo, Plan, Proposal, Proposed, Request, Said, Tier, Told
from aishell.planner.plan import Planner, WantsReason
from aishell.planner.steps.past import follows_up, is_undo, wanted
from aishell.planner.steps.playbooks import Playbooks
from aishell.planner.steps.several import several

if TYPE_CHECKING:
    from aishell.acting import Acting
    from aishell.actions.dryrun.partial import Copies as Copies
    from aishell.actions.shell.shell import Shell as Shell
    from aishell.working import Working as Working


class OpenShell(Protocol):
    """Starts a shell of the person's own. Needs a running event loop. Raises ShellUnavailable."""

    def __call__(self, *, rows: int, columns: int, cwd: str, bare: bool) -> Shell: ...


def no_shell(*, rows: int, columns: int, cwd: str, bare: bool) -> Shell:
    raise ShellUnavailable("This session has no shell.")


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
    open_working: Callable[[Session], Working] | None = None
    """For requests of several steps; None: one command a request."""
    playbooks: Callable[[], Playbooks] = Playbooks
    """Which facts questions need."""
    private: bool = False
    """Nothing of what is done is kept."""
    _acting: Acting | None = None
    _working: Working | None = None

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

    @property
    def working(self) -> Working | None:
        """What goes about requests of several steps."""
        if self._working is None and self.open_working:
            self._working = self.open_working(self)
        if self._working:
            self._working.private = self.private
        return self._working

    def begin(self, request: Request) -> Work | None:
        """The work that a request of several steps is; None when one command will do. Asks no model."""
        if self.open_working is None or request.piped is not None:  # a stream can be read once
            return None
        if self.playbooks().about(request.text):
            return Work(request=request, way="facts")
        found = several(request.text)
        return Work(request=request, way=found.way, parts=found.parts) if found else None

    def undoes(self, text: str) -> int | None:
        """The number of what words such as "undo that" take back; None when they are not such words.

        Raises AishellError when what was done last cannot be taken back.
        """
        if not is_undo(text) or not (past := self.ready_acting and self.ready_acting.past):
            return None
        if not past[-1].undo:
            raise AishellError("What was done last cannot be taken back.", hint="`aishell undo --list` shows what can.")
        return past[-1].undo

    async def propose(
        self, request: Request, *, reasons: bool | None = None
    ) -> AsyncGenerator[Said | Measured | Proposed, None]:
        """What to do about `request`, judged; the Proposed comes last. Nothing runs.

        `reasons`: whether each step should say why; None: only where a person will be asked.
        Raises NoPlan, ModelUnavailable.
        """

        def wants_reason(command: str) -> bool:
            return reasons if reasons is not None else self.acting.judge(command, request.cwd).tier > Tier.READ

        request = self._with_past(request)
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
        async with aclosing(self.planner.plan(request, wants_reason)) as items:
            async for item in items:
                if isinstance(item, Plan):
                    await warm
                    steps = tuple(self.acting.judged(step, request) for step in item.steps)
                    yield Proposed(proposal=Proposal(request=request, steps=steps, problems=item.problems))
                else:
                    yield item

    def _with_past(self, request: Request) -> Request:
        """A request that goes on from what was done before, with that."""
        acting = self.ready_acting
        if request.past or not acting or not acting.past or not follows_up(request.text):
            return request
        return replace(request, past=wanted(request.text, tuple(acting.past)[-1:]))

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
        self.open_working, self.playbooks = other.open_working, other.playbooks
        self._working = None

    async def close(self) -> None:
        if self._acting:
            await self._acting.trials.discard()
            self._acting.recording.close()
        await self.backend.close()
