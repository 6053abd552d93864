"""Several replies computed at once, by one thread: who goes first, what goes into a batch, and what came out of it.

Every step is one batch: the next token of each reply under way, and a part of a prompt. Only the most urgent jobs run; a less
urgent one stops between two batches, and inside one when the model can be interrupted, keeping what is computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from aishell.backends import exact, weighing
from aishell.backends.cache import Cache
from aishell.backends.choosing import Chooser
from aishell.backends.draft import Drafter
from aishell.backends.job import Item, Job, Part
from aishell.backends.llama import BATCH, Aborted, Llama, NoRoom, Row
from aishell.backends.pace import Pace
from aishell.core.errors import AishellError, ModelUnavailable
from aishell.core.types import Finish, Piece, Priority, Prompt, Usage

TOGETHER = 8
"""Replies computed at once; more wait their turn."""
_SHORT_CHUNK = 128
"""Of a prompt, while others wait for their next token or nobody waits for this."""


class Runner:
    """Owns a model; all methods but `add` belong to one thread."""

    def __init__(self, model: Llama, *, ended: Callable[[Job, Usage], None] = lambda _job, _usage: None) -> None:
        self.model = model
        self.cache = Cache(model)
        self._chooser = Chooser(model)
        self.drafter = Drafter()
        self._pace = Pace(model)
        self._jobs: list[Job] = []
        self._ended = ended
        self._served: dict[int, int] = {}
        """When each client was last given a place, so that all get their turn."""
        self._turn = 0
        self._crowded = False
        """Whether a job had to give up its place: nobody takes one before somebody else ends."""
        self._active: list[Job] = []
        self._urgency = Priority.NOW
        self.exact = exact.remembered(self.cache) if model.spec.draft else 1
        """How many tokens may be checked together; None until that is known."""

    def waiting_jobs(self) -> list[Job]:
        return list(self._jobs)

    def add(self, job: Job) -> None:
        """From any thread."""
        self._jobs.append(job)
        if job.prompt.priority < self._urgency:
            self.model.interrupt(True)

    def cancel(self, job: Job) -> None:
        """From any thread; the job ends at the next step, which is now if nobody else is being served."""
        job.cancelled = True
        if all(other.cancelled for other in self._active):
            self.model.interrupt(True)

    def generate(self, prompt: Prompt, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Piece | Usage]:
        """One reply, for whoever has the model to himself. Raises ModelUnavailable."""
        items: list[Item] = []
        job = Job(prompt, items.append)
        self.add(job)
        while True:
            job.cancelled = job.cancelled or cancelled()
            self.step()
            for item in items:
                if isinstance(item, Exception):
                    raise item
                yield item
                if isinstance(item, Usage):
                    return
            items.clear()

    def step(self) -> bool:
        """Compute one batch. False when nothing can be done now: no jobs, or all their readers are behind."""
        for job in [job for job in self._jobs if job.cancelled or job.overdue()]:
            self._end(job, "cancelled" if job.cancelled else "time")
        active = self._admit()
        if not active:
            if self.exact is None and not self._jobs:
                self.exact = exact.find(self.model, self.cache)
            return False
        parts = self._parts(active)
        rows = [
            Row(token, len(part.job.sequence.held) + at, part.job.sequence.number, False)  # type: ignore[union-attr]
            for part in parts
            for at, token in enumerate(part.tokens)
        ]
        for part in parts:
            for row in part.rows:
                rows[row] = rows[row]._replace(wanted=True)
        self._compute(active, parts, rows)
        return True

    # ---- who

    def _admit(self) -> list[Job]:
        """The jobs of this step, each with a sequence: of the most urgent kind, a turn for every client."""
        ready = [job for job in self._jobs if not job.blocked()]
        if not ready:
            return []
        urgent = min(job.prompt.priority for job in ready)
        ready = [job for job in ready if job.prompt.priority == urgent]
        active = [job for job in ready if job.sequence][:TOGETHER]
        waiting = sorted((job for job in ready if not job.sequence), key=lambda job: self._served.get(job.client, 0))
        while waiting and len(active) < TOGETHER and not (self._crowded and active):
            job = waiting.pop(0)
            if self._open(job):
                active.append(job)
                waiting.sort(key=lambda job: self._served.get(job.client, 0))
            elif job in self._jobs:
                break  # no sequence is free
        return active

    def _open(self, job: Job) -> bool:
        """Give a job its place. False when there is none now, or the job cannot be done at all."""
        try:
            if not job.tokens:
                self._prepare(job)
        except AishellError as error:
            self._fail(job, error)
            return False
        job.sequence = self.cache.open(weighing.known(job), job.prefix)
        if job.sequence is None:
            return False
        self._turn += 1
        self._served[job.client] = self._turn
        if len(self._served) > 1000:
            self._served = {}
        if not job.began:
            job.began = time.perf_counter()
            job.reused = len(job.sequence.held)
        return True

    def _prepare(self, job: Job) -> None:
        """Raises ModelUnavailable when the request is too long or its grammar is none."""
        model, prompt = self.model, job.prompt
        tokens, job.prefix = model.prompt_tokens(prompt.messages, prompt.stable)
        job.tokens = tokens + model.tokenize(prompt.begin)
        job.prompt_length = len(job.tokens)
        weighing.prepare(model, job)
        job.tokens += job.expected[:-1]
        room = model.longest - len(job.tokens)
        if room < 16:
            raise ModelUnavailable(
                f"The request is too long for the model: {len(job.tokens)} tokens of {model.longest}.",
                hint="Give less text, or set model.context_tokens higher: `aishell config edit`.",
            )
        job.limit = min(prompt.max_tokens, room)
        self._chooser.prepare(job)
        if model.spec.draft and job.sampler is None and job.grammar is None and not job.expected and not prompt.branch:
            likely = [model.tokenize(text) for text in prompt.likely]
            job.draft = self.drafter.begin(job.tokens, job.prefix, likely)

    # ---- what

    def _parts(self, active: list[Job]) -> list[Part]:
        """A batch: the next token of each reply, and as much of the prompts as there is room for."""
        parts: list[Part] = []
        taken = 0
        replying = [job for job in active if len(job.waiting) == 1 and not job.expected]
        for job in replying:
            guesses: list[int] = []
            if job.draft and len(active) == 1 and job.said:
                guesses = job.draft.guess(job.reply, min(job.limit - job.said, (self.exact or 1) - 1))
            tokens = [*job.waiting, *guesses]
            parts.append(Part(job, list(range(taken, taken + len(tokens))), tokens, guesses))
            taken += len(tokens)
        room = BATCH if not replying and active[0].prompt.priority == Priority.NOW else taken + _SHORT_CHUNK
        for job in active:
            if job in replying or taken >= room:
                continue
            chunk = job.waiting[: room - taken]
            assert job.sequence is not None
            held = len(job.sequence.held)
            if held < job.prefix and not self.cache.prefixes.has(job.tokens[: job.prefix]):
                chunk = chunk[: job.prefix - held]  # ends where it is to be kept on disk
            chunk = weighing.fitting(job, chunk, weighing.MOST - sum(len(part.rows) for part in parts))
            if chunk:
                parts.append(Part(job, weighing.rows(job, chunk, taken), chunk, []))
                taken += len(chunk)
        return parts

    def _compute(self, active: list[Job], parts: list[Part], rows: list[Row]) -> None:
        began = time.perf_counter()
        self._pace.set(len(rows))
        self.model.interrupt(False)
        self._active, self._urgency = active, active[0].prompt.priority
        try:
            # What came between the choice of these jobs and the line above has not interrupted anything: look again.
            if all(job.cancelled for job in active) or self._outdone():
                return
            self.model.compute(rows)
        except Aborted:
            for part in parts:
                self._trim(part.job)
            return
        except NoRoom:
            self._make_room(active)
            return
        except ModelUnavailable as error:
            for job in active:
                self._fail(job, error)
            return
        finally:
            self._active, self._urgency = [], Priority.NOW
        for part in parts:
            self._after(part)
        if len(parts) == 1 and parts[0].rows and len(rows) <= 16:
            self.drafter.costs.measured(len(rows), time.perf_counter() - began)

    def _outdone(self) -> bool:
        """Whether somebody more urgent could be served."""
        return any(job.prompt.priority < self._urgency and not job.blocked() for job in list(self._jobs))

    def _after(self, part: Part) -> None:
        job = part.job
        sequence = job.sequence
        assert sequence is not None
        before = len(sequence.held)
        sequence.held = [*sequence.held, *part.tokens]
        if before < job.prefix == len(sequence.held):
            self.cache.prefixes.save(self.model, sequence.number, sequence.held)
        if not part.rows:
            return
        job.prefilled = job.prefilled or time.perf_counter()
        right = weighing.weigh(self.model, job, part.rows) if job.expected else self._take(part)
        self.cache.keep(sequence, before + len(part.tokens) - len(part.guesses) + right)
        if job.finish:
            self._end(job, job.finish)

    def _take(self, part: Part) -> int:
        """Give the job what the model chose; how many of the guesses stay in the cache."""
        job = part.job
        truth: list[int] = []
        right = 0
        for at, row in enumerate(part.rows):
            token = self._chooser.choose(job, row)
            truth.append(token)
            right = at
            text = self.model.text(token)
            if job.prompt.weigh:
                job.weights.append(weighing.weight(self.model, row, token))
                job.texts.append(text.decode("latin-1"))
            job.take(token, text, ends=self.model.ends(token))
            if job.finish or at >= len(part.guesses) or part.guesses[at] != token:
                break
        job.drafted += len(part.guesses)
        job.accepted += right
        if job.draft:
            job.draft.checked(truth)
        return right

    # ---- endings

    def _make_room(self, active: list[Job]) -> None:
        """Drop an idle conversation, else let the job that came last begin again later; one that is alone ends."""
        if self.cache.evict():
            return
        holders = [job for job in self._jobs if job.sequence]
        last = max(holders, key=lambda job: (job.prompt.priority, job.asked))
        if len(holders) == 1:
            self._end(last, "length")
            return
        assert last.sequence is not None
        self.cache.close(last.sequence)
        last.sequence = None
        self.cache.evict()
        self._crowded = True

    def _trim(self, job: Job) -> None:
        if job.sequence:
            length = len(job.sequence.held)
            if not self.model.trim(job.sequence.number, length):
                job.sequence.held = []

    def _end(self, job: Job, finish: Finish) -> None:
        if finish != "cancelled" and not job.expected and not job.prompt.branch:
            self.drafter.learn(job.tokens[: job.prompt_length], job.reply)
        self._drop(job)
        self._ended(job, job.end(finish, self.model.load_s))

    def _fail(self, job: Job, error: AishellError) -> None:
        self._drop(job)
        job.emit(error)

    def _drop(self, job: Job) -> None:
        self._crowded = False
        if job in self._jobs:
            self._jobs.remove(job)
        if job.sequence:
            self.cache.close(job.sequence)
            job.sequence = None
        self._chooser.free(job)
