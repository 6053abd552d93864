"""From a request to a plan: ask, take the answer apart as it arrives, check it, and have it repaired once."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, overload

from aishell.core.errors import NoPlan
from aishell.core.ports import Backend
from aishell.core.types import Measured, Plan, Prompt, Request, Restarted, Said, ShellCommand, Step, Told, Usage
from aishell.planner import prompt as prompts
from aishell.planner import reply as replies
from aishell.planner.validate import Inspect, UnknownOptions, Which, no_unknown_options, problems

WantsReason = Callable[[str], bool]
"""Whether anyone will read the reason for this command: decoding it takes half as long as the command itself."""


@dataclass(kw_only=True)
class _Meter:
    """What the model took for one request."""

    began: float = field(default_factory=time.perf_counter)
    usages: list[Usage] = field(default_factory=list)
    first_piece_s: float | None = None
    text: str = ""
    """The reply at hand."""

    def take(self, text: str) -> None:
        if self.first_piece_s is None:
            self.first_piece_s = time.perf_counter() - self.began
        self.text += text

    def measured(self) -> Measured:
        total = time.perf_counter() - self.began
        return Measured(usage=tuple(self.usages), first_piece_s=self.first_piece_s, total_s=total)


class Planner:
    def __init__(
        self,
        backend: Backend,
        inspect: Inspect,
        *,
        max_tokens: int = 256,
        repair: bool = True,
        piped_bytes: int = 1200,
        which: Which = shutil.which,
        unknown_options: UnknownOptions = no_unknown_options,
    ) -> None:
        self._backend = backend
        self._inspect = inspect
        self._max_tokens = max_tokens
        self._repair = repair
        self._piped_bytes = piped_bytes
        self._which = which
        self._unknown_options = unknown_options

    async def plan(self, request: Request, wants_reason: WantsReason) -> AsyncGenerator[Said | Measured | Plan, None]:
        """The Plan is the last item. Raises NoPlan when two answers hold no command, ModelUnavailable from the backend."""
        meter = _Meter()
        asked = prompts.plan(request, max_tokens=self._max_tokens, piped_bytes=self._piped_bytes)
        async with aclosing(self._ask(asked, meter)) as said:
            async for item in said:
                yield item
        command, wrong = self._checked(meter.text, request)
        if wrong and self._repair:
            async with aclosing(self._ask(prompts.repair(asked, command, "; ".join(wrong)), meter)) as said:
                async for item in said:
                    yield item
            second, still_wrong = self._checked(meter.text, request)
            if len(still_wrong) < len(wrong):
                command, wrong = second, still_wrong
        if not command:
            raise NoPlan("The model gave no command for this.", hint="Say it in other words, or more exactly.")
        why = ""
        if wants_reason(command):
            async with aclosing(self._ask(prompts.reason(asked, command), meter)) as said:
                async for item in said:
                    yield item
            why = replies.sentence(meter.text)
        yield meter.measured()
        yield Plan(steps=(Step(action=ShellCommand(command=command), why=why),), problems=wrong)

    def _checked(self, text: str, request: Request) -> tuple[str, tuple[str, ...]]:
        """The command in a reply, and what is wrong with it."""
        command = replies.command(text)
        script = self._inspect(command)
        return command, problems(command, request.text, script, self._which, self._unknown_options)

    async def explain(
        self, command: str, request: str, facts: tuple[str, ...] = ()
    ) -> AsyncGenerator[Told | Said | Measured, None]:
        """The sentence that joins `facts`, which documentation tells of the parts, as it is produced."""
        meter = _Meter()
        prompt = prompts.explain(command, request, facts, max_tokens=self._max_tokens)
        async with aclosing(self._ask(prompt, meter, tell=True)) as told:
            async for item in told:
                yield item
        yield meter.measured()

    @overload
    def _ask(self, prompt: Prompt, meter: _Meter) -> AsyncGenerator[Said, None]: ...
    @overload
    def _ask(self, prompt: Prompt, meter: _Meter, *, tell: Literal[True]) -> AsyncGenerator[Said | Told, None]: ...
    async def _ask(self, prompt: Prompt, meter: _Meter, *, tell: bool = False) -> AsyncGenerator[Said | Told, None]:
        """The model's reply into `meter.text`, and with `tell` also piece by piece."""
        meter.text = ""
        async with aclosing(self._backend.stream(prompt)) as stream:
            async for item in stream:
                if isinstance(item, Restarted):
                    meter.text = ""
                    yield Said(text=item.reason)
                elif isinstance(item, Usage):
                    meter.usages.append(item)
                else:
                    meter.take(item.text)
                    if tell:
                        yield Told(text=item.text)
