"""The keys of the line mode that are its own; all others are prompt-toolkit's emacs or vi keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, completion_is_selected, has_completions, vi_insert_mode, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from aishell.ui.editing.finding import Walk
from aishell.ui.editing.paste import pasted
from aishell.ui.editing.routing import flipped, routed
from aishell.ui.editing.sources import Sources
from aishell.ui.editing.suggestion import next_word
from aishell.ui.editing.words import unfinished
from aishell.ui.line_mode.adapters import Completing, Instead


class Bindings:
    def __init__(self, sources: Sources, completing: Completing, notice: Callable[[str], None]) -> None:
        self._sources = sources
        self._completing = completing
        self._notice = notice
        self._walk: Walk | None = None
        self.keys = KeyBindings()
        self._bind()

    def start(self) -> None:
        """Ready for a new line."""
        self._walk = None
        self._completing.searching = False

    def _bind(self) -> None:
        add = self.keys.add
        searching = Condition(lambda: self._completing.searching)
        add("enter", filter=completion_is_selected)(self._accept_completion)
        add("enter", filter=~completion_is_selected & searching)(self._leave_search)
        add("enter", filter=~completion_is_selected & ~searching)(self._enter)
        add("tab", filter=~has_completions)(self._complete)
        add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))
        add("s-tab", filter=~has_completions)(self._flip)
        add("up", filter=~has_completions)(lambda event: self._move(event.current_buffer, -1))
        add("down", filter=~has_completions)(lambda event: self._move(event.current_buffer, 1))
        add("c-p", filter=~has_completions)(lambda event: self._recall(event.current_buffer, -1))
        add("c-n", filter=~has_completions)(lambda event: self._recall(event.current_buffer, 1))
        add("k", filter=vi_navigation_mode & ~has_completions)(lambda event: self._move(event.current_buffer, -1))
        add("j", filter=vi_navigation_mode & ~has_completions)(lambda event: self._move(event.current_buffer, 1))
        add("c-r")(self._search)
        add("/", filter=vi_navigation_mode)(self._search)
        add("c-g", filter=searching)(self._leave_search)
        add("escape", eager=True, filter=has_completions & (searching | ~vi_insert_mode))(self._leave_search)
        add(Keys.BracketedPaste)(self._paste)
        offered = Condition(_offered)
        for one in ("end", "right", "c-e", "c-f"):
            add(one, filter=offered)(lambda event: _take(event.current_buffer, by_word=False))
        for key in (("c-right",), ("escape", "right"), ("escape", "f")):
            add(*key, filter=offered)(lambda event: _take(event.current_buffer, by_word=True))

    def _enter(self, event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if routed(buffer.text, self._sources.route)[0] == "shell" and unfinished(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    async def _complete(self, event: KeyPressEvent) -> None:
        """Complete as far as it is clear, and open the menu where there is a choice."""
        buffer, document = event.current_buffer, event.current_buffer.document
        settled = await asyncio.to_thread(self._completing.settled, document)
        if buffer.document != document:  # another key has been typed
            return
        if settled:
            buffer.document = Document(settled.text, settled.at)
        else:
            buffer.start_completion(select_first=True)

    def _accept_completion(self, event: KeyPressEvent) -> None:
        """What is marked stands in the line already."""
        self._leave_search(event)

    def _leave_search(self, event: KeyPressEvent) -> None:
        self._completing.searching = False
        event.current_buffer.complete_state = None

    def _search(self, event: KeyPressEvent) -> None:
        """Show the lines that hold what is typed, and narrow them while typing goes on; again: the next one."""
        buffer = event.current_buffer
        if self._completing.searching and buffer.complete_state:
            buffer.complete_next()
            return
        self._completing.searching = True
        event.app.vi_state.input_mode = type(event.app.vi_state.input_mode).INSERT
        buffer.start_completion(select_first=False)

    def _flip(self, event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        behind_cursor = len(buffer.text) - buffer.cursor_position
        text = flipped(buffer.text, self._sources.route)
        buffer.document = Document(text, max(len(text) - behind_cursor, 0))

    def _move(self, buffer: Buffer, by: int) -> None:
        row = buffer.document.cursor_position_row
        walking = self._walk is not None and self._walk.line == buffer.text
        if walking or row == (0 if by < 0 else buffer.document.line_count - 1):
            self._recall(buffer, by)
        elif by < 0:
            buffer.cursor_up()
        else:
            buffer.cursor_down()

    def _recall(self, buffer: Buffer, by: int) -> None:
        if self._walk is None or self._walk.line != buffer.text:
            self._walk = Walk(self._sources.finder, buffer.text)
        line = self._walk.older() if by < 0 else self._walk.newer()
        if line is not None:
            buffer.document = Document(line, len(line))

    def _paste(self, event: KeyPressEvent) -> None:
        given = pasted(event.data)
        event.current_buffer.insert_text(given.text)
        self._notice(given.notice)


def _offered() -> bool:
    from prompt_toolkit.application import get_app

    buffer = get_app().current_buffer
    return bool(buffer.suggestion and buffer.suggestion.text and buffer.document.is_cursor_at_the_end)


def _take(buffer: Buffer, *, by_word: bool) -> None:
    if isinstance(buffer.suggestion, Instead):
        line = buffer.suggestion.line
        buffer.document = Document(line, len(line))
    elif buffer.suggestion:
        text = buffer.suggestion.text
        buffer.insert_text(next_word(text) if by_word else text)
