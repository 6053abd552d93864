"""All sources asked at once, each in a thread of its own, so that a slow one holds up nobody."""

from __future__ import annotations

import itertools
import subprocess
import threading
import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import suppress

from aishell.core.errors import AishellError
from aishell.core.menu import Offer, Offered, Typed
from aishell.suggest.menu.source import Source

AT_ONCE_S, IN_ALL_S = 0.07, 0.4
"""When a menu opens with what there is, and when it is done with whoever has not answered."""
_MOST = 2000
_KEPT = 64
"""Answers; a menu that is narrowed asks for the same ones at each key."""
_FAILURES = (OSError, ValueError, subprocess.SubprocessError, AishellError, RecursionError, MemoryError)


class Answer:
    """What one source says of a place; empty until it is `there`."""

    def __init__(self) -> None:
        self.there = threading.Event()
        self.offers: tuple[Offer, ...] = ()
        self.at = 0.0
        """When it came."""


class Gathering:
    """A `core.menu.Menu`. A source that comes late is not asked twice, and its answer is there the next time."""

    def __init__(
        self, sources: Sequence[Source], *, at_once_s: float = AT_ONCE_S, in_all_s: float = IN_ALL_S, most: int = _MOST
    ) -> None:
        self._sources = tuple(sources)
        self._at_once_s = at_once_s
        self._in_all_s = in_all_s
        self._most = most
        self._answers: dict[Hashable, Answer] = {}
        self._lock = threading.Lock()

    def __call__(self, typed: Typed) -> Iterator[Offered]:
        began = time.monotonic()
        asked = [(source, self._ask(source, typed)) for source in self._sources if source.at(typed)]
        return self._stages(asked, began)  # all of them look while the caller looks at the folder

    def _stages(self, asked: Sequence[tuple[Source, Answer]], began: float) -> Iterator[Offered]:
        if not _came(asked, began + self._at_once_s):
            yield _together(asked, more=True)
            _came(asked, began + self._in_all_s)
        yield _together(asked, more=False)

    def _ask(self, source: Source, typed: Typed) -> Answer:
        """Its last answer while that is good, else one to wait for."""
        key = (source.name, typed.words[:-1], source.reads(typed), typed.folder)
        with self._lock:
            known = self._answers.get(key)
            if known and (not known.there.is_set() or time.monotonic() - known.at < source.fresh_s):
                return known
            answer = self._answers[key] = Answer()
            for old in itertools.islice(list(self._answers), max(len(self._answers) - _KEPT, 0)):
                del self._answers[old]
        work = threading.Thread(target=self._answer, args=(source, typed, answer), name=f"menu {source.name}", daemon=True)
        work.start()
        return answer

    def _answer(self, source: Source, typed: Typed, answer: Answer) -> None:
        try:
            with suppress(*_FAILURES):
                answer.offers = tuple(itertools.islice(source.offers(typed), self._most))
        finally:
            answer.at = time.monotonic()
            answer.there.set()


def _came(asked: Sequence[tuple[Source, Answer]], until: float) -> bool:
    """Whether all have answered by then."""
    return all([answer.there.wait(max(until - time.monotonic(), 0)) for _, answer in asked])


def _together(asked: Sequence[tuple[Source, Answer]], *, more: bool) -> Offered:
    came = [(source, answer.offers) for source, answer in asked if answer.there.is_set()]
    return Offered(
        offers=tuple(offer for _, offers in came for offer in offers),
        alone=any(source.alone and offers for source, offers in came),
        more=more,
    )
