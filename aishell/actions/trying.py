"""Steps of local effect, carried out where the effects are not real: in `dryrun`'s overlay, with their output as it arrives."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import IO

from aishell.actions.capture import Limits
from aishell.actions.dryrun import shell
from aishell.actions.dryrun.monitor import Limits as TrialLimits
from aishell.actions.dryrun.partial import Copies
from aishell.actions.dryrun.roots import widest
from aishell.actions.dryrun.trial import Sandbox, Trial
from aishell.actions.follow import follow
from aishell.core.changes import Changes, UndoSet
from aishell.core.errors import AishellError
from aishell.core.types import Feed, Outcome, Printed, Step


class _TriedChild:
    """A trial with its pipes, for `follow`."""

    def __init__(self, trial: Trial, pipes: list[int]) -> None:
        self._trial = trial
        self.stdin: IO[bytes] | None = os.fdopen(pipes[0], "wb") if pipes[0] >= 0 else None
        self.stdout: IO[bytes] | None = os.fdopen(pipes[1], "rb")
        self.stderr: IO[bytes] | None = os.fdopen(pipes[2], "rb")

    def poll(self) -> int | None:
        return self._trial.exit_code()

    def ask_to_end(self) -> None:
        pass  # nothing of it is real, so nothing is lost

    def kill(self) -> None:
        self._trial.kill()

    end = kill


class Trials:
    """One trial at a time; the one before is as if it had never been."""

    def __init__(
        self, sandbox: Sandbox, folders: Callable[[str], tuple[str, ...]], *, disk_bytes: int, copy_bytes: int
    ) -> None:
        """`folders`: where a command tried in a folder may seem to write. `copy_bytes`: for copies of what a command names."""
        self._copy_bytes = copy_bytes
        self._sandbox = sandbox
        self._folders = folders
        self._limits = TrialLimits(disk_bytes=disk_bytes)
        self._trial: Trial | None = None

    @property
    def possible(self) -> bool:
        return self._sandbox.dry

    def recover(self) -> list[str]:
        """Take back what a crash has cut off, and drop what is too old; a sentence for each that was."""
        told = list(self._sandbox.sets.recover())
        self._sandbox.sets.sweep()
        return told

    async def run(
        self, step: Step, cwd: str, environment: Mapping[str, str], limits: Limits, *, feed: Feed | None, timeout_s: float
    ) -> AsyncGenerator[Printed | Outcome, None]:
        """Output as it arrives, then the Outcome. Raises TrialUnavailable, AishellError."""
        await self.discard()
        folders = self._folders(cwd)
        child = await asyncio.to_thread(self._start, step.action.command, cwd, environment, feed is not None, folders)
        async with aclosing(follow(child, step, limits, feed=feed, timeout_s=timeout_s)) as items:
            async for item in items:
                yield item

    async def observe(
        self,
        step: Step,
        cwd: str,
        environment: Mapping[str, str],
        limits: Limits,
        *,
        paths: tuple[str, ...],
        feed: Feed,
        timeout_s: float,
    ) -> tuple[Outcome, Changes] | None:
        """What a step does and would change, forgotten at once; None when that cannot be seen. `paths`: what it names."""
        folders = dict.fromkeys([*self._folders(cwd), *(_above(os.path.join(cwd, path)) for path in paths)])
        folders.pop("/", None)
        await self.discard()
        outcome: Outcome | None = None
        try:
            child = await asyncio.to_thread(self._start, step.action.command, cwd, environment, True, tuple(folders), True)
            async with aclosing(follow(child, step, limits, feed=feed, timeout_s=timeout_s)) as items:
                async for item in items:
                    outcome = item if isinstance(item, Outcome) else outcome
            return (outcome, await self.changes()) if outcome else None
        except AishellError:
            return None
        finally:
            await self.discard()

    def copies(self, paths: tuple[str, ...], cwd: str) -> Copies:
        """Of what a command names, before it runs without having been tried; what is too much is left out."""
        return Copies(self._sandbox.sets, (os.path.join(cwd, path) for path in paths), room=self._copy_bytes)

    async def changes(self) -> Changes:
        """What the trial at hand would change."""
        assert self._trial
        return await asyncio.to_thread(self._trial.changes)

    def text_diff(self, path: str) -> tuple[str, ...]:
        return self._trial.text_diff(path) if self._trial else ()

    async def commit(self, label: str) -> UndoSet:
        """Put its changes in place. Raises Conflict, AishellError."""
        assert self._trial
        made = await asyncio.to_thread(self._trial.commit, label)
        self._trial = None
        return made

    async def discard(self) -> None:
        trial, self._trial = self._trial, None
        if trial:
            await asyncio.to_thread(trial.discard)

    def _start(
        self,
        command: str,
        cwd: str,
        environment: Mapping[str, str],
        piped: bool,
        folders: tuple[str, ...],
        passing: bool = False,
    ) -> _TriedChild:
        """Raises TrialUnavailable, AishellError."""
        pairs = [os.pipe() for _ in range(3)]
        (given, fed), out, err = pairs
        theirs, ours = [given, out[1], err[1]], [fed, out[0], err[0]]
        if not piped:
            os.close(fed)  # reads its end at once: nobody types into a trial
            ours[0] = -1
        try:
            self._trial = self._sandbox.start(
                shell.argv(command),
                cwd=cwd,
                environment=environment,
                folders=folders,
                stdin=given,
                stdout=out[1],
                stderr=err[1],
                limits=self._limits,
                passing=passing,
            )
        except BaseException:
            for number in ours:
                with suppress(OSError):
                    os.close(number)
            raise
        finally:
            for number in theirs:
                os.close(number)
        return _TriedChild(self._trial, ours)


def _above(path: str) -> str:
    """The highest folder of the person's own that holds `path`, or will."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return widest(path)
