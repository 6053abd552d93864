"""The steps of a plan, each with what has become of it; it fills in while they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from textual.content import Content
from textual.widgets import Static

from aishell.ui.changes import plain
from aishell.ui.shown import MUTED, Part, shell, shown, stacked
from aishell.ui.words import Words

State = Literal["waiting", "running", "done", "failed", "left out"]

_SIGNS: dict[State, tuple[str, str]] = {
    "waiting": ("☐ ", MUTED),
    "running": ("▶ ", "bold $secondary"),
    "done": ("☑ ", "$success"),
    "failed": ("✗ ", "bold $error"),
    "left out": ("– ", MUTED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    command: str
    why: str = ""
    state: State = "waiting"
    note: str = ""
    """What came of it, in a word or two."""


class ChecklistBlock(Static):
    DEFAULT_CSS = """
    ChecklistBlock { height: auto; padding: 0 1; margin: 0 0 1 0; border-left: outer $panel; }
    """

    def __init__(self, items: Sequence[Item], *, say: Words, title: str = "") -> None:
        super().__init__()
        self.items = tuple(items)
        self._say = say
        self._title = title

    def on_mount(self) -> None:
        self._tell()

    def mark(self, at: int, state: State, note: str = "") -> None:
        """What has become of step `at`, counted from 0. Raises IndexError."""
        changed = replace(self.items[at], state=state, note=note)
        self.items = (*self.items[:at], changed, *self.items[at + 1 :])
        self._tell()

    def add(self, item: Item) -> None:
        """One more step."""
        self.items = (*self.items, item)
        self._tell()

    def _tell(self) -> None:
        done = sum(item.state == "done" for item in self.items)
        counted = self._say("{done} of {all} done", done=done, all=len(self.items))
        title = shown((f"{plain(self._title)}  " if self._title else "", "bold"), (counted, MUTED))
        self.update(stacked([title, *map(_line, self.items)]))


def _line(item: Item) -> Content:
    notes: list[Part] = [(f"  {plain(text)}", MUTED) for text in (item.why, item.note) if text]
    return shown(_SIGNS[item.state], shell(plain(item.command)), *notes)
