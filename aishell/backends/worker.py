"""The engine's computing thread: loads the model, then computes whatever jobs there are, the most urgent first."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aishell.backends.batching import Runner
from aishell.backends.job import Job
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import AishellError
from aishell.core.types import Priority, Usage

_REMEMBERED = 200
_STUCK_S = 100.0
"""A batch, or a part of a load, that takes longer than this is taken for a computation that hangs."""


class Worker(threading.Thread):
    def __init__(self, spec: LlamaSpec, ready: Callable[[], None]) -> None:
        super().__init__(name="model", daemon=True)
        self._spec = spec
        self._ready = ready
        self._wake = threading.Condition()
        self._early: list[Job] = []
        """Jobs that came before the model."""
        self._alive_at = time.monotonic()
        self._idle = False
        self.model: Llama | None = None
        self.runner: Runner | None = None
        self.failure: AishellError | None = None
        """Why there is no model."""
        self.metrics: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        """Of the last requests, one each."""
        self.served = 0

    # ---- from other threads

    def add(self, job: Job) -> None:
        with self._wake:
            if self.failure:
                job.emit(self.failure)
            elif self.runner:
                self.runner.add(job)
            else:
                self._early.append(job)
            self._wake.notify()

    def cancel(self, job: Job) -> None:
        with self._wake:
            job.cancelled = True
            if self.runner:
                self.runner.cancel(job)
            self._wake.notify()

    def nudge(self) -> None:
        """A reader that was behind is not any more."""
        with self._wake:
            self._wake.notify()

    def stuck(self) -> bool:
        return not self._idle and time.monotonic() - self._alive_at > _STUCK_S

    def jobs(self) -> list[Job]:
        return self.runner.waiting_jobs() if self.runner else list(self._early)

    def urgent(self) -> bool:
        """Whether somebody waits."""
        return any(job.prompt.priority < Priority.IDLE and not job.blocked() for job in self.jobs())

    # ---- the thread

    def run(self) -> None:
        try:
            self.model = Llama(self._spec, alive=self._alive)
            runner = Runner(self.model, ended=self._ended)
        except AishellError as error:
            self._refuse(error)
            return
        with self._wake:
            self.runner = runner
            for job in self._early:
                runner.add(job)
            self._early = []
        self._ready()
        while True:
            self._alive()
            if not runner.step():
                self._rest(runner)

    def _rest(self, runner: Runner) -> None:
        with self._wake:
            if not any(job.cancelled or not job.blocked() for job in runner.waiting_jobs()):
                self._idle = True
                self._wake.wait()
                self._idle = False

    def _refuse(self, error: AishellError) -> None:
        with self._wake:
            self.failure = error
            jobs, self._early = self._early, []
        for job in jobs:
            job.emit(error)
        self._ready()

    def _alive(self) -> None:
        self._alive_at = time.monotonic()

    def _ended(self, job: Job, usage: Usage) -> None:
        self.served += 1
        first = round(job.first - job.asked, 4) if job.first else None
        account = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(usage).items()}
        del account["weights"], account["tokens"]
        about = {"at": round(time.time(), 3), "client": job.client, "priority": job.prompt.priority.name.lower()}
        self.metrics.append({**about, **account, "first_piece_s": first})
