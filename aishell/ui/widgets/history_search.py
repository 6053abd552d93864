"""Ctrl-R: lines typed before, found by words in them at once and by their meaning a little later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events, on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from aishell.core.text import visible
from aishell.ui.editing.sources import ByMeaning
from aishell.ui.widgets.rows import Row, Rows

_MOST = 8
_MOVES = {"up": 1, "ctrl+r": 1, "ctrl+p": 1, "down": -1, "ctrl+s": -1, "ctrl+n": -1}
"""The newest stands lowest, next to the line that is typed into; so up is further back."""


class HistorySearch(Widget):
    DEFAULT_CSS = """
    HistorySearch { height: auto; display: none; }
    HistorySearch.-open { display: block; }
    HistorySearch Input { padding: 0 1; }
    """

    @dataclass
    class Chosen(Message):
        """A line was taken from the history."""

        text: str

    @dataclass
    class Left(Message):
        """Nothing was taken."""

    def __init__(self, find: Callable[[str], Sequence[str]], by_meaning: ByMeaning | None, say: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find
        self._by_meaning = by_meaning
        self._say = say
        self._found: list[str] = []
        """As they are shown: the newest last."""

    def compose(self) -> ComposeResult:
        yield Rows(most=_MOST)
        yield Input(placeholder=visible(self._say("search what was typed before")), compact=True)

    def open(self, words: str) -> None:
        self.add_class("-open")
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = visible(words.partition("\n")[0])
        field.focus()
        self._search()

    def close(self) -> None:
        self.remove_class("-open")

    @on(Input.Changed)
    def _search(self) -> None:
        words = self.query_one(Input).value
        self._show(self._find(words))
        if self._by_meaning and words.strip():
            self._search_by_meaning(words)

    @work(exclusive=True)
    async def _search_by_meaning(self, words: str) -> None:
        assert self._by_meaning
        found = [line for line in await self._by_meaning(words) if line not in self._found]
        if words == self.query_one(Input).value:  # else a later search is under way
            self._show([*reversed(self._found), *found], meant=frozenset(found))

    def _show(self, found: Sequence[str], *, meant: frozenset[str] = frozenset()) -> None:
        self._found = list(reversed(found))
        hint = self._say("by meaning")
        rows = [Row(visible(line), hint if line in meant else "") for line in self._found]
        self.query_one(Rows).show(rows or [Row(self._say("nothing like that"))], len(rows) - 1 if rows else -1)

    async def on_key(self, event: events.Key) -> None:
        if event.key in _MOVES:
            self.query_one(Rows).move(-_MOVES[event.key])
        elif event.key in ("enter", "tab"):
            marked = self.query_one(Rows).marked
            self.post_message(self.Chosen(self._found[marked]) if self._found else self.Left())
        elif event.key in ("escape", "ctrl+c", "ctrl+g"):
            self.post_message(self.Left())
        else:
            return
        event.stop()
        event.prevent_default()
