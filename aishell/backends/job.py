"""One reply in the making: what is asked, how far it is, and when it ends."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aishell.backends.cache import Sequence
from aishell.backends.draft import Draft
from aishell.backends.stops import StopFilter
from aishell.core.types import Finish, Piece, Prompt, Usage

Item = Piece | Usage | Exception

_SAME_AGAIN = 48
"""A reply that ends with this many tokens of nothing but one run repeated goes nowhere ..."""
_LONGEST_RUN = 16
_LONGER = 160
"""... and for runs up to a quarter of this, after this many."""


class Job:
    """Made by any thread; all else only by the one that computes."""

    def __init__(
        self,
        prompt: Prompt,
        emit: Callable[[Item], None],
        *,
        client: int = 0,
        blocked: Callable[[], bool] = lambda: False,
    ) -> None:
        self.prompt = prompt
        self.emit = emit
        self.client = client
        self.blocked = blocked
        """Whether its reader is too far behind to be given more."""
        self.cancelled = False
        self.asked = time.perf_counter()
        self.began = 0.0
        self.prefilled = 0.0
        self.first = 0.0
        self.tokens: list[int] = []
        """The whole prompt; then also the reply."""
        self.prompt_length = 0
        self.prefix = 0
        self.reused = 0
        self.sequence: Sequence | None = None
        self.sampler: Any = None
        self.grammar: Any = None
        self.draft: Draft | None = None
        self.expected: list[int] = []
        """Tokens to be weighed instead of a reply; all but the last are computed behind the prompt."""
        self.among: list[int] = []
        """Tokens of which each may come first, to be weighed in one go; `expected` is then one of them."""
        self.weights: list[float] = []
        self.texts: list[str] = []
        """Of the tokens that are weighed, a character a byte."""
        self.drafted = self.accepted = 0
        self.limit = prompt.max_tokens
        self.finish: Finish | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = StopFilter(prompt.stop)

    @property
    def reply(self) -> list[int]:
        return self.tokens[self.prompt_length :]

    @property
    def waiting(self) -> list[int]:
        """Tokens that are not computed yet: of the prompt, or the last one said."""
        assert self.sequence is not None
        return self.tokens[len(self.sequence.held) :]

    @property
    def said(self) -> int:
        return len(self.tokens) - self.prompt_length

    def overdue(self) -> bool:
        return self.prompt.max_seconds > 0 and self.began > 0 and time.perf_counter() - self.began > self.prompt.max_seconds

    def take(self, token: int, text: bytes, *, ends: bool) -> None:
        """The model's next token; sets `finish` when it is the last."""
        if ends:
            self.finish = "stop"
            return
        self.tokens.append(token)
        self._give(self._stops.feed(self._decoder.decode(text)))
        if self._stops.stopped:
            self.finish = "stop"
        elif self.said >= self.limit:
            self.finish = "length"
        elif repeats(self.tokens[-min(self.said, _LONGER) :]):
            self.finish = "repetition"

    def _give(self, text: str) -> None:
        if text:
            self.first = self.first or time.perf_counter()
            self.emit(Piece(text=text))

    def end(self, finish: Finish, load_s: float) -> Usage:
        """Give out what was held back, and the account."""
        self.finish = finish
        if finish != "cancelled":
            self._give(self._stops.feed(self._decoder.decode(b"", True), final=True))
        now = time.perf_counter()
        began = self.began or now
        prefilled = self.prefilled or now
        usage = Usage(
            finish=finish,
            prompt_tokens=self.prompt_length,
            reused_tokens=self.reused,
            reply_tokens=0 if self.expected else self.said,
            load_s=load_s,
            queue_s=began - self.asked,
            prefill_s=prefilled - began,
            decode_s=now - prefilled,
            drafted_tokens=self.drafted,
            accepted_tokens=self.accepted,
            weights=tuple(self.weights),
            tokens=tuple(self.texts),
        )
        self.emit(usage)
        return usage


@dataclass(slots=True)
class Part:
    """A job's share of a batch."""

    job: Job
    rows: list[int]
    """Where its wanted rows are; empty while its prompt is not all computed."""
    tokens: list[int]
    guesses: list[int]


def repeats(tokens: list[int]) -> bool:
    """Whether the end is one short run of tokens over and over: a small model that is stuck."""
    for run in range(1, _LONGER // 4 + 1):
        length = _SAME_AGAIN if run <= _LONGEST_RUN else _LONGER
        tail = tokens[-length:]
        if len(tail) == length and tail[run:] == tail[:-run]:
            return True
    return False
