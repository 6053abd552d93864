"""Suggestions for the prompt of one shell: at once what is known, better ones later; and what becomes of them is learned."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import aclosing, contextmanager

from aishell.core.suggestions import Suggestion, Typing
from aishell.suggest.outcomes import Outcomes
from aishell.suggest.suggester import Suggester

_SETTLED_S = 0.15
"""Without a key for so long, the language model is asked."""
_MODEL_S = 1.0
"""A later answer is none."""
_SHORTEST = 8
"""Characters of words that are worth the model's time."""

Becomes = Callable[[str, str], Awaitable[str]]
"""From words and a folder to the command they would become; empty when there is none."""


class AsYouType:
    """`becomes` is None where the model is not to be asked. `in_words` tells lines in words from commands.

    A shell must not end for want of a suggestion: whatever goes wrong here, `failed` is told of once, and there are none then.
    """

    def __init__(
        self,
        suggester: Suggester,
        outcomes: Outcomes,
        *,
        becomes: Becomes | None = None,
        in_words: Callable[[str], bool] = lambda line: False,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._suggester = suggester
        self._outcomes = outcomes
        self._becomes = becomes
        self._in_words = in_words
        self._failed: Callable[[Exception], None] | None = failed
        """None once it has been told."""
        self._prepared: Future[None] = Future()
        self._previous: tuple[str, ...] = ()
        self._status: int | None = None
        self._shown = ""
        """The last whole line that was shown unasked at this prompt."""

    def prepare(self) -> None:
        """Begin to read the history. It ends with the process: nobody waits for it."""
        threading.Thread(target=self._read, name="suggest", daemon=True).start()

    @contextmanager
    def _guarded(self) -> Iterator[bool]:
        """Whether to go on; nothing comes out of it but the end of the task."""
        tell = self._failed
        try:
            yield tell is not None
        except Exception as error:  # noqa: BLE001 - whatever it is, the shell goes on without suggestions
            self._failed = None
            if tell:
                tell(error)

    def _read(self) -> None:
        with self._guarded():
            self._suggester.read()
        if not self._prepared.done():
            self._prepared.set_result(None)

    def ghost(self, text: str, folder: str) -> str:
        """The line to show behind `text` now; empty when there is none yet. Some hundred microseconds."""
        with self._guarded() as sound:
            if sound and (found := self._suggester.at_once(self._typing(text, folder))):
                return self._show(found)
        return ""

    async def suggest(self, text: str, cursor: int, folder: str) -> AsyncIterator[Suggestion]:
        """What may be shown behind `text`, better ones later. To be closed at the next key."""
        with self._guarded() as sound:
            if sound:
                async with aclosing(self._better(text, cursor, folder)) as better:
                    async for suggestion in better:
                        yield suggestion

    async def _better(self, text: str, cursor: int, folder: str) -> AsyncGenerator[Suggestion, None]:
        if not self._suggester.ready:  # somebody who types at once gets theirs when it has been read
            await asyncio.shield(asyncio.wrap_future(self._prepared))
        typing = self._typing(text, folder, cursor)
        found = await asyncio.to_thread(self._suggester.suggest, typing, 1)
        if found and found[0].ghost:
            self._show(found[0])
            yield found[0]
        if self._becomes and len(text) >= _SHORTEST and cursor == len(text) and self._in_words(text):
            await asyncio.sleep(_SETTLED_S)
            command = await self._from_model(self._becomes(text, folder))
            shown = bool(command) and await asyncio.to_thread(self._suggester.may_show, command, folder)
            if shown:
                yield Suggestion(line=command, source="model", why="what these words would become", score=0.5)

    async def _from_model(self, asked: Awaitable[str]) -> str:
        try:
            async with asyncio.timeout(_MODEL_S):
                return await asked
        except TimeoutError:
            return ""

    def sent(self, line: str, kept: bool) -> None:
        """A line was sent. Of one that is not `kept` nothing is remembered."""
        with self._guarded() as sound:
            if sound and kept and self._suggester.ready:
                self._learn(line)
        self._status, self._shown = None, ""

    def _learn(self, line: str) -> None:
        self._previous = (*self._previous, line)[-2:]
        edited = line != self._shown and (line.startswith(self._shown) or self._shown.startswith(line))
        if self._shown and not edited:  # which says neither that it was right nor that it was wrong
            self._outcomes.offered(self._shown, taken=line == self._shown)
        self._suggester.read()

    def ended(self, line: str, status: int) -> None:
        """A line that was kept has run."""
        if self._previous and self._previous[-1].strip() == line.strip():
            self._status = status
        with self._guarded() as sound:
            if sound:
                self._outcomes.ran(line, status)

    def _show(self, suggestion: Suggestion) -> str:
        self._shown = suggestion.line
        return suggestion.line

    def _typing(self, text: str, folder: str, cursor: int | None = None) -> Typing:
        at = len(text) if cursor is None else cursor
        return Typing(text=text, cursor=at, folder=folder, previous=self._previous, status=self._status)
