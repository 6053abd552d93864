"""Where a person types: a line, where it will go, what it may become, and the lines typed before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from aishell.core.text import visible
from aishell.ui.editing.emacs import Emacs
from aishell.ui.editing.finding import Walk
from aishell.ui.editing.line import Line, Pressed
from aishell.ui.editing.routing import Where, flipped, routed
from aishell.ui.editing.sources import Sources
from aishell.ui.editing.vi import Vi
from aishell.ui.editing.words import last_argument, unfinished
from aishell.ui.widgets.completion_menu import CompletionMenu
from aishell.ui.widgets.history_search import HistorySearch
from aishell.ui.widgets.offered import Offered
from aishell.ui.widgets.prompt_signs import ModeSign, Notice, RouteBadge
from aishell.ui.widgets.prompt_text import PromptText
from aishell.ui.widgets.terminal_keys import learn_keys


class Prompt(Widget):
    DEFAULT_CSS = """
    Prompt { height: auto; max-height: 60%; layout: vertical; }
    Prompt > Horizontal { height: auto; }
    """

    @dataclass
    class Submitted(Message):
        """A line was sent."""

        text: str
        """As it was typed."""
        route: Where
        line: str
        """Without the mark of its route."""

    @dataclass
    class RouteFlipped(Message):
        """The person turned the line's route round."""

        route: Where

    @dataclass
    class Cancelled(Message):
        """The line was dropped with Ctrl-C."""

        text: str

    @dataclass
    class Interrupted(Message):
        """Ctrl-C on an empty line: it is meant for something else."""

    @dataclass
    class EndOfInput(Message):
        """Ctrl-D on an empty line."""

    def __init__(
        self, sources: Sources, *, keys: Literal["emacs", "vi"] = "emacs", folder: str = "", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        learn_keys()
        self.folder = folder
        """The shell's working folder; whoever knows of a change sets it."""
        self.private = False
        """Nothing typed is kept."""
        self._sources = sources
        self._keys = Vi() if keys == "vi" else Emacs()
        self._walk: Walk | None = None
        self._where: Where = "shell"
        self._text = PromptText(
            self._keys,
            first=self._first,
            wanted=self._wanted,
            changed=self._changed,
            noticed=self.notice,
            is_command=sources.is_command,
        )
        self._offered = Offered(sources, self._text)
        self._badge = RouteBadge(sources.say)
        self._mode = ModeSign()
        self._notice = Notice()
        self._menu = CompletionMenu(
            sources.completer,
            line=lambda: self._text.line,
            put=self._text.put,
            cursor=lambda: self._text.cursor_screen_offset,
            say=sources.say,
        )
        self._search = HistorySearch(self._found, sources.by_meaning, sources.say)

    def compose(self) -> ComposeResult:
        yield self._search
        with Horizontal():
            yield self._badge
            yield self._text
            yield self._mode
        yield self._notice
        yield self._menu

    def on_mount(self) -> None:
        self._prepare()
        self._mode.show(self._keys.mode)
        self._changed()

    @work(thread=True)
    def _prepare(self) -> None:
        self._sources.finder.prepare(self.folder)
        self._sources.is_command("")
        self._sources.prepare()

    # ---- for the screen

    @property
    def text(self) -> str:
        return self._text.text

    @property
    def route(self) -> Where:
        """Where the line would go now."""
        return self._where

    def load(self, text: str) -> None:
        """Put a text in for the person to change or send, such as a command to edit."""
        self._text.load(text)
        self.focus()

    def notice(self, sentence: str) -> None:
        """Tell something about the line, until the next key; nothing when it is empty."""
        self._notice.tell(self._sources.say(sentence) if sentence else "")

    def focus(self, scroll_visible: bool = True) -> Prompt:
        self._text.focus(scroll_visible)
        return self

    # ---- keys

    def _first(self, key: str) -> bool:
        """Keys that are about more than the line's text."""
        self.notice("")
        if self._menu.is_open:
            if self._menu.takes(key):
                return True
        elif key == "shift+tab":
            self._flip()
            return True
        normal = isinstance(self._keys, Vi) and self._keys.mode == "normal"
        match key:
            case "enter":
                self._enter()
            case "tab":
                if not normal:
                    self._menu.complete(self.folder)
            case "alt+enter" | "shift+enter" | "ctrl+j":
                self._text.put(self._text.line.put("\n"))
            case "ctrl+c":
                self._cancel()
            case "ctrl+d" if not self.text:
                self.post_message(self.EndOfInput())
            case "up" | "down" if not normal:
                self._up_or_down(key)
            case "right" | "end" | "ctrl+e" | "ctrl+f" | "ctrl+right" | "alt+f" | "alt+right":
                return self._offered.take(key)
            case "ctrl+r" if not normal:
                self._open_search()
            case _:
                return False
        return True

    def _wanted(self, pressed: Pressed) -> None:
        """What a key asks for beyond its own edit."""
        match pressed.wants:
            case "undo":
                self._text.undo()
            case "redo":
                self._text.redo()
            case "older" | "newer":
                self._walk_by(pressed.wants)
            case "oldest" | "newest":
                while self._walk_by("older" if pressed.wants == "oldest" else "newer"):
                    pass
            case "search":
                self._open_search()
            case "submit":
                self._send()
            case "last argument":
                newest = self._sources.history.entries[-1:]
                self._text.put(self._text.line.put(visible(last_argument(newest[0].text)) if newest else ""))
        self._mode.show(self._keys.mode)

    def _enter(self) -> None:
        if self._where == "shell" and unfinished(self.text):
            self._text.put(self._text.line.put("\n"))
        elif self.text.strip():
            self._send()

    def _send(self) -> None:
        text = self.text
        where, line = routed(text, self._sources.route)
        self._sources.history.add(text, self.folder, keep=not self.private)
        self.post_message(self.Submitted(text, where, line))
        self._clear()

    def _cancel(self) -> None:
        self.post_message(self.Cancelled(self.text) if self.text else self.Interrupted())
        self._clear()

    def _clear(self) -> None:
        self._menu.close()
        self._text.load("")
        if isinstance(self._keys, Vi):
            self._keys.start()
        self._mode.show(self._keys.mode)

    def _flip(self) -> None:
        at_end = len(self.text) - self._text.line.at
        text = flipped(self.text, self._sources.route)
        self._text.put(Line(text, max(len(text) - at_end, 0)))
        self.post_message(self.RouteFlipped(self._where))

    # ---- what is shown while somebody types

    def _changed(self) -> None:
        """After each edit: some hundred microseconds, no disk, no model."""
        if not self.is_mounted:
            return
        if self._walk and self._walk.line != self.text:
            self._walk = None
        where, _ = routed(self.text, self._sources.route)
        if where != self._where or not self._text.text:
            self._where = where
            self._text.in_colours = where == "shell"
            self._text.recolour()
        self._badge.show(where if self.text.strip() else None)
        self._offer()
        if self._menu.is_open:
            self._menu.complete(self.folder)

    def _offer(self) -> None:
        self._offered.at_once(self.folder)
        if self._sources.suggest and self._text.at_end:
            self._offer_better(self.text)

    @work(exclusive=True, group="suggestions")
    async def _offer_better(self, text: str) -> None:
        assert self._sources.suggest
        async for suggestion in self._sources.suggest(text, len(text), self.folder):
            if self.text != text or not self._text.at_end:
                return
            self._offered.better(suggestion, self._where)

    # ---- lines typed before

    def _up_or_down(self, key: str) -> None:
        by = -1 if key == "up" else 1
        if self._walk or not self._text.move_row(by):
            self._walk_by("older" if by < 0 else "newer")

    def _walk_by(self, way: Literal["older", "newer"]) -> bool:
        self._walk = self._walk or Walk(self._sources.finder, self.text)
        line = self._walk.older() if way == "older" else self._walk.newer()
        if line is None:
            return False
        self._text.put(Line(line, len(line)))
        return True

    def _found(self, words: str) -> list[str]:
        return [entry.text for entry in self._sources.finder.search(words)]

    def _open_search(self) -> None:
        self._menu.close()
        self._search.open(self.text)

    @on(HistorySearch.Chosen)
    def _take_found(self, event: HistorySearch.Chosen) -> None:
        event.stop()
        self._search.close()
        self._text.put(Line(visible(event.text), len(visible(event.text))))
        self.focus()

    @on(HistorySearch.Left)
    def _leave_search(self, event: HistorySearch.Left) -> None:
        event.stop()
        self._search.close()
        self.focus()
