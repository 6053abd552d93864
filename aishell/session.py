"""One conversation between a person and a machine: words to a proposal, and an approved proposal to outcomes.

The two halves share nothing but values. Between them nothing waits: a proposal can be shown, stored, tested, or left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from aishell.core.errors import AishellError, NoPlan, ShellUnavailable
from aishell.core.failed import Failed
from aishell.core.ports import Backend
from aishell.core.steps import Work
from aishell.core.types import (
    JudgedStep,
    Measured,
    ModelInfo,
    Observed,
    Outcome,
    Plan,
    Proposal,
    Proposed,
    Request,
    Said,
    ShellCommand,
    Step,
    Tier,
    Told,
    Tried,
)
from aishell.planner.plan import Planner, WantsReason
from aishell.planner.steps.foreign import named
from aishell.planner.steps.past import follows_up, is_undo, wanted
from aishell.planner.steps.playbooks import Playbooks
from aishell.planner.steps.several import several
from aishell.planner.steps.unclear import question

if TYPE_CHECKING:
    from aishell.acting import Acting
    from aishell.actions.dryrun.partial import Copies as Copies
    from aishell.actions.shell.shell import Shell as Shell
    from aishell.planner.fix.fixer import Fixer
    from aishell.planner.fix.values import Fix, Why
    from aishell.working import Working as Working


class OpenShell(Protocol):
    """Starts a shell of the person's own. Needs a running event loop. Raises ShellUnavailable."""

    def __call__(self, *, rows: int, columns: int, cwd: str, bare: bool, lent: bool = False) -> Shell: ...


def no_shell(*, rows: int, columns: int, cwd: str, bare: bool, lent: bool = False) -> Shell:
    raise ShellUnavailable("This session has no shell.")


def no_fixer() -> Fixer:
    raise NoPlan("This session mends no commands.")


_SEEN_S = 5.0
"""For a command that failed and is tried again to see what it says."""
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
    open_fixer: Callable[[], Fixer] = no_fixer
    """What knows how to mend a command that failed: loaded when one is to be."""
    tell: Callable[[Why], str] = str
    """Says why in the person's language."""
    names: frozenset[str] = frozenset()
    """Aliases and functions of the person's shell, as far as a front end knows them."""
    open_working: Callable[[Session], Working] | None = None
    """For requests of several steps; None: one command a request."""
    servers: Callable[[], tuple[str, ...]] = tuple
    """The person's MCP servers, by name."""
    playbooks: Callable[[], Playbooks] = Playbooks
    """Which facts questions need."""
    private: bool = False
    """Nothing of what is done is kept."""
    ask_below: float = 0.0
    """Confidence below which a person is asked also before what only reads, and told of the next best."""
    bind: Callable[[Session], None] = lambda _session: None
    """Makes a model on another machine heed what a session keeps to itself."""
    ended: Callable[[str, int], None] | None = None
    """Told of each line of the person's that may be remembered, when it has run, with its exit status."""
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
        if named(request.text, self.servers()):
            return Work(request=request, way="looking")
        if self.playbooks().about(request.text):
            return Work(request=request, way="facts")
        if found := several(request.text):
            return Work(request=request, way=found.way, parts=found.parts)
        came_before = request.past or (self.ready_acting and self.ready_acting.past)
        if not came_before and question(request.text, request.cwd, self.planner.knowing.names):
            return Work(request=request, way="parts", parts=(request.text,))
        return None

    def undoes(self, text: str) -> int | None:
        """The number of what words such as "undo that" take back; None when they are not such words.

        Raises AishellError when what was done last cannot be taken back: such words are never the model's.
        """
        if not is_undo(text):
            return None
        past = self.ready_acting.past if self.ready_acting else ()
        if not past or not past[-1].undo:
            what = "What was done last cannot be taken back." if past else "Nothing was done from words in this session."
            raise AishellError(what, hint="`aishell undo` takes back the last change of any; `--list` shows all.")
        return past[-1].undo

    async def propose(
        self, request: Request, *, reasons: bool | None = None
    ) -> AsyncGenerator[Said | Measured | Proposed, None]:
        """What to do about `request`, judged; the Proposed comes last. Nothing runs whose effects last.

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
        async def observe(command: str, request: Request, seconds: float) -> Observed | None:
            await warm
            return await self.acting.observe(command, request, timeout_s=seconds)

        async with aclosing(self.planner.plan(request, wants_reason, observe)) as items:
            async for item in items:
                if isinstance(item, Plan):
                    await warm
                    yield self._judged(item, request)
                else:
                    yield item

    def _judged(self, plan: Plan, request: Request) -> Proposed:
        unsure = plan.confidence is not None and plan.confidence < self.ask_below
        proposal = Proposal(
            request=request,
            steps=tuple(self.acting.judged(step, request) for step in plan.steps),
            problems=plan.problems,
            considered=plan.considered,
            confidence=plan.confidence,
            unsure=unsure,
        )
        chosen = plan.steps[0].action.command
        other = next((one.command for one in plan.considered if one.command != chosen), "") if unsure else ""
        others = (self.acting.judged(Step(action=ShellCommand(command=other)), request),) if other else ()
        return Proposed(proposal=proposal, others=others)

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

    async def explain(
        self, command: str, request: str, facts: tuple[str, ...] = ()
    ) -> AsyncGenerator[Told | Said | Measured, None]:
        """What a command does, in the model's words as they are produced; `facts`: what is known of its parts."""
        async with aclosing(self.planner.explain(command, request, facts)) as items:
            async for item in items:
                yield item

    async def fix(self, failed: Failed, *, model: bool = True) -> AsyncGenerator[Said | Measured | Proposed, None]:
        """What to run instead of a command that failed, judged; the Proposed comes last. Nothing runs.

        The model is asked only when no rule is sure, and never without `model`. Raises NoPlan, ModelUnavailable.
        """
        from aishell.planner.fix.fixer import is_sure
        from aishell.planner.fix.line import needs_shell

        fixer = await asyncio.to_thread(self.open_fixer)
        found = await asyncio.to_thread(fixer.by_rules, failed, self.names)
        if model and not is_sure(found):
            async with aclosing(fixer.by_model(failed, found, self.backend)) as items:
                async for item in items:
                    if isinstance(item, tuple):
                        found = item
                    else:
                        yield item
        request = Request(text=f"fix: {failed.command}", cwd=failed.cwd)
        steps = [self._fixed(fix, request) for fix in found]
        may_run = [judged for judged in steps if judged.verdict.tier < Tier.DENY]
        if not may_run:
            raise NoPlan("Nothing is known that would work instead.", hint="Say in words what you want to do.")
        yield Proposed(
            proposal=Proposal(request=request, steps=(may_run[0],)),
            others=tuple(may_run[1:]),
            in_shell=needs_shell(may_run[0].step.action.command, self.names),
        )

    async def try_again(self, failed: Failed) -> Failed:
        """`failed` with what it prints, seen where its effects are not real; unchanged when it may not be tried.

        That is when the judge would ask before it ran, or forbid it, or when nothing can be tried here.
        """
        step = Step(action=ShellCommand(command=failed.command))
        request = Request(text=failed.command, cwd=failed.cwd)
        judged = self.acting.judged(step, request)
        if judged.verdict.tier > Tier.DRY or judged.verdict.network:  # a trial has none
            return failed
        outcome: Outcome | None = None
        try:
            tried = self.acting.try_out(Proposal(request=request, steps=(judged,)), timeout_s=_SEEN_S)
            async with aclosing(tried) as items:
                async for item in items:
                    outcome = item.outcome if isinstance(item, Tried) else outcome
        except AishellError:  # it cannot be tried here
            return failed
        finally:
            await self.acting.trials.discard()
        if outcome is None or outcome.status != "failed":
            return failed
        return replace(failed, exit_status=outcome.exit_code, output=_printed(outcome))

    def _fixed(self, fix: Fix, request: Request) -> JudgedStep:
        return self.acting.judged(Step(action=ShellCommand(command=fix.command), why=self.tell(fix.why)), request)

    async def describe(self) -> ModelInfo:
        return await self.backend.describe()

    def take_model(self, other: Session) -> None:
        """Go on with the model of a session that has one; what has been done and read here stays."""
        self.backend, self.planner = other.backend, other.planner
        self.open_working, self.playbooks = other.open_working, other.playbooks
        self._working = None
        other.bind(self)

    async def close(self) -> None:
        if self._acting:
            await self._acting.trials.discard()
            self._acting.recording.close()
        await self.backend.close()


def _printed(outcome: Outcome) -> str:
    """The ends of both streams, errors last."""
    return "\n".join(
        (stream.head + stream.tail).decode("utf-8", "replace") for stream in (outcome.stdout, outcome.stderr) if stream.total
    )
