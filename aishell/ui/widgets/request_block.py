"""What a person has asked for in words, and how it goes on until there is an answer."""

from __future__ import annotations

import time

from textual.timer import Timer
from textual.widgets import Static

from aishell.ui.shown import MUTED, Part, shown
from aishell.ui.words import Words

_TICK_S = 0.25
_QUIET_S = 0.3


class RequestBlock(Static):
    DEFAULT_CSS = """
    RequestBlock { height: auto; padding: 0 1; margin: 0 0 1 0; border-left: outer $accent; }
    """

    def __init__(self, text: str, *, say: Words) -> None:
        super().__init__()
        self.text = text
        self._say = say
        self._state = say("waits for its turn")
        self._since: float | None = None
        self._ticking: Timer | None = None

    def on_mount(self) -> None:
        self._ticking = self.set_interval(_TICK_S, self._show, pause=True)
        self._show()

    def begins(self) -> None:
        """The model has been asked."""
        self.tell(self._say("thinking; Esc stops it"))
        self._since = time.monotonic()
        if self._ticking:
            self._ticking.resume()

    def tell(self, state: str) -> None:
        self._state = state
        self._show()

    def ends(self, state: str = "") -> None:
        """There is an answer, or none will come, as `state` says."""
        if self._ticking:
            self._ticking.stop()
        self._since = None
        self.tell(state)

    def _show(self) -> None:
        took = time.monotonic() - self._since if self._since is not None else 0.0
        parts: list[Part] = [("? ", "bold $accent"), self.text]
        if self._state:
            parts += [("  " + self._state, MUTED)]
        if took > _QUIET_S:
            parts += [(f"  {took:.0f} s", MUTED)]
        self.update(shown(*parts))
