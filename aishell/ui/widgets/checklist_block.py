"""The steps of a plan, each with its tier and what has become of it; it asks how to go on, and fills in while they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from aishell.core.types import Tier
from aishell.ui.changes import plain
from aishell.ui.shown import MUTED, Part, shell, shown, stacked
from aishell.ui.widgets.judged import badge
from aishell.ui.widgets.keys import Keys, keys_line, mistaken_line
from aishell.ui.widgets.question import Question
from aishell.ui.words import Words

State = Literal["waiting", "running", "done", "failed", "skipped"]
Course = Literal["all", "step", "stop"]
"""Run what is left; run the next step and ask again; run nothing more."""

_SIGNS: dict[State, tuple[str, str]] = {
    "waiting": ("☐ ", MUTED),
    "running": ("▶ ", "bold $secondary"),
    "done": ("☑ ", "$success"),
    "failed": ("✗ ", "bold $error"),
    "skipped": ("– ", MUTED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    command: str
    tier: Tier | None = None
    """None: nobody has judged it."""
    why: str = ""
    state: State = "waiting"
    note: str = ""
    """What came of it, in a word or two."""


class ChecklistBlock(Question):
    """Says `Decided` with how a person wants to go on. `ask` it again after a step, `closed` it at the end.

    What is forbidden cannot be agreed to: with such a step ahead not all can be run, and it itself is no next step.
    """

    DEFAULT_CSS = """
    ChecklistBlock { height: auto; padding: 0 1; margin: 0 0 1 0; border-left: outer $panel; }
    ChecklistBlock:focus { border-left: outer $primary; background: $surface; }
    ChecklistBlock > Static { height: auto; }
    ChecklistBlock > .state { color: $text-muted; }
    """

    class Decided(Message):
        """A person has said how to go on. "stop" may come while a step runs."""

        def __init__(self, block: ChecklistBlock, course: Course) -> None:
            super().__init__()
            self.block = block
            self.course = course

    def __init__(self, items: Sequence[Item], *, say: Words, title: str = "", asks: bool = True) -> None:
        """`asks`: how to go on; False: it only shows what becomes of the steps, which ask for themselves."""
        super().__init__()
        self.items = tuple(items)
        self._say = say
        self._title = title
        self._asks = self._has_keys = asks
        self._state: str | None = None
        """What became of the whole, once there is nothing to decide."""

    def compose(self) -> ComposeResult:
        yield Static(classes="steps")
        yield Static(classes="state")
        yield Static(classes="keys")

    def on_mount(self) -> None:
        self._fill()
        if self._asks:
            self._asked_anew()

    # ---- what happens to the steps

    def mark(self, at: int, state: State, note: str = "") -> None:
        """What has become of step `at`, counted from 0. Raises IndexError."""
        changed = replace(self.items[at], state=state, note=note)
        self.items = (*self.items[:at], changed, *self.items[at + 1 :])
        self._tell()

    def add(self, item: Item) -> None:
        """One more step. What was agreed to did not include it: whoever adds one asks again."""
        self.items = (*self.items, item)
        self._tell()

    def ask(self) -> None:
        """How shall what is left go on?"""
        self._asks = True
        self._tell()
        self._asked_anew()

    def closed(self, what: str = "") -> None:
        """There is nothing to decide any more; steps that wait are skipped."""
        self._asks, self._state = False, what
        self.items = tuple(replace(item, state="skipped") if item.state == "waiting" else item for item in self.items)
        self._drop_held()
        self._tell()

    @property
    def running(self) -> bool:
        """It asks, or its steps run."""
        return self._state is None

    # ---- what is seen

    def _tell(self) -> None:
        if self.is_mounted:
            self._fill()

    def _fill(self) -> None:
        done = sum(item.state == "done" for item in self.items)
        counted = self._say("{done} of {all} done", done=done, all=len(self.items))
        title = shown((f"{plain(self._title)}  " if self._title else "", "bold"), (counted, MUTED))
        self.query_one(".steps", Static).update(stacked([title, *map(_line, self.items)]))
        state = self.query_one(".state", Static)
        state.update(shown(self._state or ""))
        state.display = bool(self._state)
        self.query_one(".keys", Static).update(keys_line(self._keys()))

    # ---- the answer

    def _keys(self) -> Keys:
        say, left = self._say, [item.tier for item in self.items if item.state == "waiting"]
        keys: Keys = {}
        if self._asks and left and Tier.DENY not in left:
            keys["enter"] = (say("run all"), lambda: self._decide("all"))
        if self._asks and left and left[0] != Tier.DENY:
            keys["s"] = (say("step by step"), lambda: self._decide("step"))
        if self.running and self._has_keys:
            keys["n"] = (say("stop"), lambda: self._decide("stop"))
        return keys

    def _mistaken(self) -> None:
        self.query_one(".keys", Static).update(mistaken_line(self._say, self._keys()))

    def _decide(self, course: Course) -> None:
        self._asks = False
        self.post_message(self.Decided(self, course))
        self._tell()


def _line(item: Item) -> Content:
    notes: list[Part] = [(f"  {plain(text)}", MUTED) for text in (item.why, item.note) if text]
    tier: list[Part] = [badge(item.tier), " "] if item.tier is not None else []
    return shown(_SIGNS[item.state], *tier, shell(plain(item.command)), *notes)
