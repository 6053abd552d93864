"""A block that asks: its keys are answers, but only when a person can have seen what they answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from textual import events
from textual.containers import Vertical
from textual.timer import Timer

from aishell.ui.guard import BURST_S, Guard
from aishell.ui.widgets.keys import Keys


class Question(Vertical, can_focus=True):
    """What was typed before, or comes with a paste, is no answer. Esc means what `n` means.

    Enter ends a line, too: behind letters that are no answer it was meant for the prompt, and `_mistaken` says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self._guard = Guard()
        self._holding: Timer | None = None
        """Runs while it is not yet sure that a key was not the first of a paste."""
        self._letters = False
        """Something has been typed that is no answer."""

    def _keys(self) -> Keys:
        """What can be answered now."""
        raise NotImplementedError

    def _mistaken(self) -> None:
        """Tell that Enter was not taken; pressed again, it is."""
        raise NotImplementedError

    def _asked_anew(self) -> None:
        """What a key means may be different now, so nothing typed before counts."""
        self._drop_held()
        self.call_after_refresh(lambda: self._guard.shown(time.monotonic()))

    def on_focus(self) -> None:
        """What was typed on the way here was typed for something else."""
        self._letters = False
        self._guard.shown(time.monotonic())

    def on_key(self, event: events.Key) -> None:
        if not self.has_focus:
            return
        self._letters = self._letters or self._holding is not None
        self._drop_held()
        takes = self._guard.takes(event.time)  # when it was typed, which on a busy screen is not now
        found = self._keys().get("n" if event.key == "escape" else event.key)
        self._letters = self._letters or (event.is_printable and not found)
        if found:
            event.stop()
            if event.key == "enter" and self._letters:
                self._letters = False
                self._guard.shown(time.monotonic())
                self._mistaken()
            elif takes:
                self._holding = self.set_timer(BURST_S, partial(self._answer, found[1]))

    def _answer(self, does: Callable[[], object]) -> None:
        self._holding = None
        does()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._drop_held()
        self._guard.shown(time.monotonic())

    def _drop_held(self) -> None:
        if self._holding:
            self._holding.stop()
        self._holding = None
