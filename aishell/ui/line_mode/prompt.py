"""The prompt of the line mode, made with prompt-toolkit."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Literal

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from aishell.core.text import visible
from aishell.ui.editing.routing import Where, routed
from aishell.ui.editing.sources import Sources
from aishell.ui.line_mode.adapters import Colours, Completing, Explained, Ghost, KeptHistory
from aishell.ui.line_mode.keys import Bindings
from aishell.ui.words import later

_SIGNS: dict[Where | None, str] = {None: ">", "shell": "$", "words": "?", "note": "+", "answer": "-", "comment": "#"}
"""The end of the prompt: it changes with the route, and never its width."""
_NAMES: dict[Where | None, str] = {
    None: "",
    "shell": later("shell"),
    "words": later("words"),
    "note": later("note"),
    "answer": later("nothing is asked"),
    "comment": later("kept, not run"),
}
_ESCAPE_S = 0.05
"""How long Escape waits for the rest of a key's sequence. Half a second, the default, is felt at each change of vi's mode."""
_STYLE = {
    "badge": "bold",
    "badge.shell": "ansigreen",
    "badge.words": "ansimagenta",
    "badge.note": "ansiyellow",
    "badge.comment": "ansibrightblack",
    "mode": "ansibrightblack",
    "look.command": "ansigreen",
    "look.unknown": "ansired",
    "look.keyword": "ansimagenta bold",
    "look.assignment": "ansicyan",
    "look.option": "ansiblue",
    "look.quoted": "ansiyellow",
    "look.heredoc": "ansiyellow",
    "look.variable": "ansicyan",
    "look.operator": "bold",
    "look.redirect": "bold",
    "look.comment": "ansibrightblack italic",
    "bottom-toolbar": "noreverse ansiyellow",
}


class LinePrompt:
    def __init__(self, sources: Sources, *, private: Callable[[], bool], keys: Literal["emacs", "vi"]) -> None:
        self._sources = sources
        self._before = ""
        self._folder = ""
        self._notice = ""
        completing = Completing(sources, lambda: self._folder)
        self._ghost = Ghost(sources, lambda: self._folder)
        self._bindings = Bindings(sources, completing, self._tell)
        self._session: PromptSession[str] = PromptSession(
            message=self._message,
            rprompt=self._name,
            history=KeptHistory(sources, lambda: self._folder, private),
            auto_suggest=self._ghost,
            completer=completing,
            complete_while_typing=Condition(lambda: completing.searching),
            lexer=Colours(sources),
            key_bindings=self._bindings.keys,
            style=Style.from_dict(_STYLE),
            editing_mode=EditingMode.VI if keys == "vi" else EditingMode.EMACS,
            color_depth=ColorDepth.DEPTH_1_BIT if "NO_COLOR" in os.environ else None,
            bottom_toolbar=None,
        )
        self._session.app.ttimeoutlen = _ESCAPE_S
        self._session.default_buffer.on_text_changed += lambda _: self._tell("")
        self._session.app.before_render += lambda _: self._explain()

    async def ask(self, before: str, folder: str, drawn: Callable[[], None]) -> str:
        """One line, typed in `folder` behind the harmless text `before`. Raises KeyboardInterrupt, EOFError."""
        self._before, self._folder = before, folder
        self._bindings.start()
        self._tell("")
        app = self._session.app
        offering: list[asyncio.Task[None]] = []

        def first(_: object) -> None:
            app.after_render.remove_handler(first)
            drawn()
            offering.append(asyncio.ensure_future(self._ghost.before_typing(self._session.default_buffer)))

        app.after_render += first
        try:
            return await self._session.prompt_async()
        finally:
            for task in offering:
                task.cancel()

    def moved(self, before: str, folder: str) -> None:
        """The prompt says so when it stands."""
        if (before, folder) != (self._before, self._folder):
            self._before, self._folder = before, folder
            self._session.app.invalidate()

    def early(self) -> bytes:
        """What has been typed behind the line, which is no longer the prompt's."""
        return "".join(press.data for press in get_typeahead(self._session.app.input)).encode("utf-8", "surrogateescape")

    def type(self, data: bytes) -> None:
        """Have `data` typed at the next prompt; a program's terminal has made a line's end of each Enter."""
        keys: list[KeyPress] = []
        Vt100Parser(keys.append).feed_and_flush(data.decode("utf-8", "replace").replace("\n", "\r"))
        store_typeahead(self._session.app.input, keys)

    def end_row(self) -> None:
        """A sign where the last output has no end, and a new row; nothing is seen of it where the cursor is in an empty one."""
        blanks = " " * (self._session.output.get_size().columns - 1)
        self._session.output.write_raw(f"\x1b[7m%\x1b[27m{blanks}\r")
        self._session.output.flush()

    def above(self, print_it: Callable[[], None]) -> Awaitable[None]:
        """Have something printed over the prompt."""
        if self._session.app.is_running:
            return run_in_terminal(print_it)
        print_it()
        return _nothing()

    def _message(self) -> StyleAndTextTuples:
        where = self._where()
        sign = f"class:badge.{where}" if where else ""
        return [("class:mode", self._mode()), ("", f"{self._before} "), (sign, _SIGNS[where]), ("", " ")]

    def _name(self) -> StyleAndTextTuples:
        where = self._where()
        name = f"{self._sources.say(_NAMES[where])} " if where else ""  # the blank keeps it off the last column
        return [(f"class:badge.{where}", name)]

    def _where(self) -> Where | None:
        """Where the line would go; None while there is none."""
        text = self._session.default_buffer.text
        return routed(text, self._sources.route)[0] if text.strip() else None

    def _mode(self) -> str:
        app = self._session.app
        if app.editing_mode != EditingMode.VI:
            return ""
        return "[N] " if app.vi_state.input_mode == InputMode.NAVIGATION else "[I] "

    def _explain(self) -> None:
        """Below the prompt: why the completion that is marked is offered, or what has been told."""
        state = self._session.default_buffer.complete_state
        marked = state.current_completion if state else None
        self._session.bottom_toolbar = (marked.why if isinstance(marked, Explained) else "") or self._notice or None

    def _tell(self, sentence: str) -> None:
        self._notice = visible(self._sources.say(sentence)) if sentence else ""
        self._session.bottom_toolbar = self._notice or None


async def _nothing() -> None: ...
