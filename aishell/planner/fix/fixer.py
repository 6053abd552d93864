"""From a command that failed to what to run instead: the rules, and the model where they are not sure."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing

from aishell.core.errors import ModelUnavailable
from aishell.core.failed import Failed
from aishell.core.ports import Backend
from aishell.core.types import Measured, Piece, Prompt, Restarted, Said, Usage
from aishell.planner import prompt as prompts
from aishell.planner import reply as replies
from aishell.planner.fix.ask import ask, refused
from aishell.planner.fix.facts import Facts
from aishell.planner.fix.rank import fixes
from aishell.planner.fix.values import SURE, Fix, Why
from aishell.planner.validate import Inspect, UnknownOptions, Which, no_unknown_options, problems

_MODEL_SURE = 0.6
"""Where a rule is surer than this, the model's answer stands behind it."""


class Fixer:
    def __init__(
        self,
        inspect: Inspect,
        look: Callable[[str, Collection[str]], Facts],
        *,
        max_tokens: int = 128,
        which: Which = shutil.which,
        unknown_options: UnknownOptions = no_unknown_options,
    ) -> None:
        """`look` gives the facts for a command that failed in a folder, of a shell with these aliases and functions."""
        self._inspect = inspect
        self._look = look
        self._max_tokens = max_tokens
        self._which = which
        self._unknown_options = unknown_options

    def by_rules(self, failed: Failed, names: Collection[str] = ()) -> tuple[Fix, ...]:
        """What the rules know, best first, without a model. Reads files and may ask programs: up to some tenths of a second."""
        return fixes(failed, self._look(failed.cwd, names))

    async def by_model(
        self, failed: Failed, found: tuple[Fix, ...], backend: Backend
    ) -> AsyncGenerator[Said | Measured | tuple[Fix, ...], None]:
        """`found` with what the model adds, the last item. Raises ModelUnavailable when nothing was found without it."""
        facts = self._look(failed.cwd, ())
        prompt = ask(failed, facts, max_tokens=self._max_tokens)
        began, usages, command = time.perf_counter(), [], ""
        try:
            for _ in range(2):  # once more, with what was wrong with the first
                reply = _Reply(backend, prompt)
                async with aclosing(reply.read()) as items:
                    async for item in items:
                        yield item
                usages += reply.usages
                command = replies.command(reply.text)
                if not (wrong := self._wrong(failed, command, facts)):
                    break
                prompt, command = prompts.repair(prompt, command, wrong), ""
        except ModelUnavailable:
            if not found:
                raise
        yield Measured(usage=tuple(usages), first_piece_s=None, total_s=time.perf_counter() - began)
        yield _joined(found, command)

    def _wrong(self, failed: Failed, command: str, facts: Facts) -> str:
        """What is wrong with an answer, in words for the model; empty when it can be proposed."""
        if refused(failed, command, facts):
            return "it is the command that failed, or does something else"
        found = problems(command, failed.command, self._inspect(command), self._which, self._unknown_options)
        return "; ".join(found)


def _joined(found: tuple[Fix, ...], command: str) -> tuple[Fix, ...]:
    if not command or any(fix.command == command for fix in found):
        agreed = [fix for fix in found if fix.command == command]
        return (*agreed, *(fix for fix in found if fix not in agreed))
    by_model = Fix(command=command, why=Why("The model thinks that this was meant."), rule="model", sure=_MODEL_SURE)
    return tuple(sorted((*found, by_model), key=lambda fix: -fix.sure))


def is_sure(found: tuple[Fix, ...]) -> bool:
    """Whether the model need not be asked."""
    return bool(found) and found[0].sure >= SURE


class _Reply:
    def __init__(self, backend: Backend, prompt: Prompt) -> None:
        self.text = ""
        self.usages: list[Usage] = []
        self._stream = backend.stream(prompt)

    async def read(self) -> AsyncGenerator[Said, None]:
        async with aclosing(self._stream) as items:
            async for item in items:
                if isinstance(item, Restarted):
                    self.text = ""
                    yield Said(text=item.reason)
                elif isinstance(item, Usage):
                    self.usages.append(item)
                elif isinstance(item, Piece):
                    self.text += item.text
