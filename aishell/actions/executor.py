"""Runs approved steps: through pipes, in a process group of their own, with bounded capture and a time limit.

What was judged is what runs: `bash --norc --noprofile`, no history expansion, without the variables and exported functions
that could make bash do something else.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext, suppress

from aishell.actions import confine
from aishell.actions.capture import Limits
from aishell.actions.environment import clean_environment, seal
from aishell.actions.follow import follow
from aishell.actions.terminal import Foreground
from aishell.core.errors import EXIT_NOT_RUNNABLE, ConsentMissing
from aishell.core.types import ApprovedStep, Captured, Feed, Finished, Outcome, Printed

BASH = ("bash", "--norc", "--noprofile", "+H", "-c")


class Group:
    """A process group of its own, in the terminal's foreground where it owns the terminal."""

    def __init__(self, process: subprocess.Popen[bytes], foreground: Foreground) -> None:
        self.stdin, self.stdout, self.stderr = process.stdin, process.stdout, process.stderr
        self._process = process
        self._foreground = foreground

    def poll(self) -> int | None:
        self._foreground.follow_stop()
        code = self._process.poll()
        return code if code is None or code >= 0 else 128 - code

    def ask_to_end(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def end(self) -> None:
        if self._process.poll() is None:
            self.ask_to_end()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.1)
        self.kill()
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


async def execute(
    approved: ApprovedStep, limits: Limits, *, feed: Feed | None, timeout_s: float
) -> AsyncGenerator[Printed | Finished, None]:
    """Run one step; its output as it arrives, then the Outcome. `timeout_s` 0: no limit.

    Closing it ends the whole process group. Without `feed` the command reads what this process reads, and owns the terminal.
    With it there is no terminal for it: one that would ask for a password says so instead of waiting for ever.
    What the policy approved, since it is proven to only read, is confined to that.
    Raises ConsentMissing when it is not what was approved.
    """
    environment = _sealed_environment(approved)
    with confine.scratch_folder() if approved.by == "policy" else nullcontext() as scratch:
        try:
            process = _start(approved, environment, piped=feed is not None, scratch=scratch)
        except OSError as error:
            yield _not_started(approved, error)
            return
        with Foreground(process.pid, wanted=feed is None) as foreground:
            child = Group(process, foreground)
            async with aclosing(follow(child, approved.step, limits, feed=feed, timeout_s=timeout_s)) as items:
                async for item in items:
                    yield Finished(outcome=item) if isinstance(item, Outcome) else item


def _sealed_environment(approved: ApprovedStep) -> dict[str, str]:
    """What the command is given. Raises ConsentMissing when that, the folder or the command is not what was approved."""
    environment = clean_environment(os.environ, approved.withheld, stays=approved.stays)
    if seal(approved.step.action.command, approved.cwd, environment) != approved.seal:
        raise ConsentMissing(
            "The command, its folder or its environment has changed since it was approved.", hint="Nothing has run; ask again."
        )
    return environment


def _start(approved: ApprovedStep, environment: dict[str, str], *, piped: bool, scratch: str | None) -> subprocess.Popen[bytes]:
    """Confined to reading when there is a `scratch` folder, or none could be made (""). Raises OSError."""
    command = approved.step.action.command

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*BASH, command],
            cwd=approved.cwd,
            env={**environment, **({"TMPDIR": scratch} if scratch else {})},
            stdin=subprocess.PIPE if piped else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=None if piped else 0,
            start_new_session=piped,
        )

    return start() if scratch is None else confine.start_confined(start, command=command, scratch=scratch)


def _not_started(approved: ApprovedStep, error: OSError) -> Finished:
    text = f"cannot run in {approved.cwd}: {error.strerror}\n".encode()
    nothing = Captured(head=b"", tail=b"", total=0)
    told = Captured(head=text, tail=b"", total=len(text))
    outcome = Outcome(
        step=approved.step, status="failed", exit_code=EXIT_NOT_RUNNABLE, stdout=nothing, stderr=told, elapsed=0.0
    )
    return Finished(outcome=outcome)
