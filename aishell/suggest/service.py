"""Suggestions' part of the engine: for shells of other kinds, which ask through its socket at each key.

A thread of its own, since an answer takes a millisecond and must not wait for memory's or the language model's. A history
is read in once, when it is first asked about, and read on at each question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from aishell.core.errors import AishellError, UsageError
from aishell.core.suggestions import Suggestion, Typing
from aishell.suggest.suggester import Suggester

Answer = dict[str, Any]
_MOST = 50
_LONGEST = 4000
"""Characters of a line that suggestions are made for."""
_HISTORIES = 4
"""Kept in memory."""


class SuggestService:
    def __init__(self, open_suggester: Callable[[str], Suggester], own: str) -> None:
        """`open_suggester` makes one for a history file, without reading it. `own`: aishell's own."""
        self._open = open_suggester
        self._own = own
        self._known: dict[str, Suggester] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="suggest")
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="suggest-read")

    def services(self) -> dict[str, Callable[[Answer], Awaitable[Answer]]]:
        """What it answers, by the kind of request."""
        return {"suggest": self.suggest}

    async def suggest(self, request: Answer) -> Answer:
        """{text, cursor, folder, previous, status, limit, file} -> {ready, lines}; not `ready` while the history is read."""
        typing, limit = _typing(request), request.get("limit", 1)
        if not isinstance(limit, int):
            raise UsageError("suggest needs a limit that is a number.")
        suggester = self._of(str(request.get("file") or self._own))
        if not suggester.ready:
            return {"ready": False, "lines": []}
        most = max(1, min(limit, _MOST))
        found = await asyncio.get_running_loop().run_in_executor(self._thread, _asked, suggester, typing, most)
        return {"ready": True, "lines": [asdict(one) for one in found]}

    def _of(self, file: str) -> Suggester:
        known = self._known.pop(file, None)
        if known is None:
            known = self._open(file)
            self._readers.submit(_read, known)
        self._known[file] = known  # the one asked about last is dropped last
        while len(self._known) > _HISTORIES:
            del self._known[next(iter(self._known))]
        return known


def _read(suggester: Suggester) -> None:
    with suppress(AishellError, OSError):
        suggester.read()


def _asked(suggester: Suggester, typing: Typing, limit: int) -> list[Suggestion]:
    _read(suggester)
    return suggester.suggest(typing, limit)


def _typing(request: Answer) -> Typing:
    """Raises UsageError."""
    text, cursor, folder = request.get("text"), request.get("cursor"), request.get("folder", "")
    previous, status = request.get("previous", []), request.get("status")
    if not isinstance(text, str) or not isinstance(folder, str) or not isinstance(previous, list):
        raise UsageError("suggest needs a text, a folder and a list of lines before it.")
    if not isinstance(cursor, int | None) or not isinstance(status, int | None):
        raise UsageError("suggest needs a cursor and a status that are numbers.")
    return Typing(
        text=text[:_LONGEST],
        cursor=len(text) if cursor is None else cursor,
        folder=folder,
        previous=tuple(str(line) for line in previous[-2:]),
        status=status,
    )
