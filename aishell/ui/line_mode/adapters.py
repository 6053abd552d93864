"""What the prompt draws on, in the shapes that prompt-toolkit asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.lexers import Lexer

from aishell.core.text import one_line, visible
from aishell.ui.editing import reasons
from aishell.ui.editing.candidates import Candidate
from aishell.ui.editing.line import Line
from aishell.ui.editing.routing import routed
from aishell.ui.editing.sources import Sources
from aishell.ui.editing.suggestion import Suggest, behind, instead, shown_instead
from aishell.ui.editing.words import looks

_LONGEST_COLOURED = 4000
_SEARCHED = 100
_WIDEST_MEANING = 80


class KeptHistory(History):
    """Takes what is sent. It hands nothing to the buffer, which would copy 100,000 lines at each prompt: keys look it up."""

    def __init__(self, sources: Sources, folder: Callable[[], str], private: Callable[[], bool]) -> None:
        super().__init__()
        self._history = sources.history
        self._folder = folder
        self._private = private

    async def load(self) -> AsyncGenerator[str, None]:
        for line in self.load_history_strings():
            yield line

    def get_strings(self) -> list[str]:
        """The newest ones, for Alt-. and its like."""
        return [visible(entry.text) for entry in self._history.entries[-_SEARCHED:]]

    def append_string(self, string: str) -> None:
        self.store_string(string)

    def load_history_strings(self) -> Iterable[str]:
        return ()

    def store_string(self, string: str) -> None:
        self._history.add(string, self._folder(), keep=not self._private())


class Instead(Suggestion):
    """A command in the place of words."""

    def __init__(self, line: str) -> None:
        super().__init__(shown_instead(line))
        self.line = line


class Ghost(AutoSuggest):
    """The history's suggestion at once, better ones when they come."""

    def __init__(self, sources: Sources, folder: Callable[[], str]) -> None:
        self._sources = sources
        self._folder = folder
        self._line = ""
        """The line that is shown."""

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        text = document.text
        line = self._sources.at_once(text, self._folder()) if document.is_cursor_at_the_end else ""
        if not line and self._sources.ghost and self._line.startswith(text):
            line = self._line  # until it is known what is better: nothing flickers
        ghost = behind(text, line)
        self._line = line if ghost else ""
        return Suggestion(visible(ghost)) if ghost and "\n" not in ghost else None

    async def before_typing(self, buffer: Buffer) -> None:
        """prompt-toolkit asks when a key has been typed; this is for before the first."""
        if self._sources.suggest and not buffer.text:
            best = await self.get_suggestion_async(buffer, buffer.document)
            if not buffer.text:
                buffer.suggestion = best

    async def get_suggestion_async(self, buff: Buffer, document: Document) -> Suggestion | None:
        buff.suggestion = self.get_suggestion(buff, document)
        if self._sources.suggest and document.is_cursor_at_the_end:
            get_app().invalidate()
            task = asyncio.ensure_future(self._better(self._sources.suggest, buff, document))

            def changed(_: object) -> None:
                task.cancel()  # prompt-toolkit asks about the new text only when the old is done with

            buff.on_text_changed += changed
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
                buff.on_text_changed -= changed
        return buff.suggestion if buff.document == document else None

    async def _better(self, suggest: Suggest, buff: Buffer, document: Document) -> None:
        text = document.text
        async for better in suggest(text, len(text), self._folder()):
            if buff.document != document:
                return
            where, _ = routed(text, self._sources.route) if text.strip() else ("shell", "")
            if other := instead(text, better, where):
                buff.suggestion = Instead(visible(other))
            elif ghost := behind(text, better.line):
                self._line = better.line
                buff.suggestion = Suggestion(visible(ghost))
            get_app().invalidate()


class Completing(Completer):
    """Names for the word at the cursor, or, while the history is searched, lines that hold what is typed."""

    def __init__(self, sources: Sources, folder: Callable[[], str]) -> None:
        self._sources = sources
        self._folder = folder
        self.searching = False

    def settled(self, document: Document) -> Line | None:
        """The line with what is clear; None when there is a choice, or nothing. Waits for late sources where they decide."""
        line = Line(document.text, document.cursor_position)
        for found in self._sources.completer.stages(line.text, line.at, self._folder()):
            if found.candidates and not found.may_settle(line):
                return found.settled(line)
        return None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        for batch in self._batches(document):
            yield from batch

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        known = set()
        batches = self._batches(document)
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            for completion in batch:
                known.add(completion.text)
                yield completion
            if not self.searching:
                _mark_first()
        if self.searching and self._sources.by_meaning and document.text.strip():
            for line in await self._sources.by_meaning(document.text):
                if line not in known:
                    yield _whole(line, document, meta="by meaning")

    def _batches(self, document: Document) -> Iterator[list[Completion]]:
        """What is there at once, and then what comes later and was not among it."""
        if self.searching:
            found = self._sources.finder.search(document.text, most=_SEARCHED)
            yield [_whole(entry.text, document) for entry in found]
            return
        seen: set[str] = set()
        for stage in self._sources.completer.stages(document.text, document.cursor_position, self._folder()):
            new = [candidate for candidate in stage.candidates if candidate.insert not in seen]
            seen.update(candidate.insert for candidate in new)
            yield [self._shown(candidate, document, loose=stage.loose) for candidate in new]

    def _shown(self, candidate: Candidate, document: Document, *, loose: bool) -> Completion:
        return Explained(
            candidate.insert,
            start_position=candidate.start - document.cursor_position,
            display=visible(candidate.label),
            display_meta=one_line(reasons.hint(candidate, self._sources.say), _WIDEST_MEANING),
            why=reasons.why(candidate, self._sources.say, loose=loose),
        )


def _mark_first() -> None:
    """At once: prompt-toolkit would wait for the last source, and Enter would send the line meanwhile."""
    buffer = get_app().current_buffer
    state = buffer.complete_state
    if state and state.completions and state.complete_index is None:
        buffer.go_to_completion(0)


class Explained(Completion):
    """A completion that can say why it is offered."""

    def __init__(self, text: str, *, start_position: int, display: str, display_meta: str, why: str) -> None:
        super().__init__(text, start_position=start_position, display=display, display_meta=display_meta)
        self.why = why


def _whole(line: str, document: Document, meta: str = "") -> Completion:
    text = visible(line)
    return Completion(text, start_position=-document.cursor_position, display=one_line(line), display_meta=meta)


class Colours(Lexer):
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        rows = document.lines
        styles = [[""] * len(row) for row in rows]
        text = document.text
        if len(text) <= _LONGEST_COLOURED and routed(text, self._sources.route)[0] == "shell":
            flat = [""] * (len(text) + 1)
            for span in looks(text, self._sources.is_command):
                flat[span.start : span.end] = [f"class:look.{span.look}"] * (span.end - span.start)
            at = 0
            for row in styles:
                row[:] = flat[at : at + len(row)]
                at += len(row) + 1
        return lambda number: list(zip(styles[number], rows[number], strict=True)) if number < len(rows) else []
