"""Whether a key is a person's answer to what they have seen. A paste never is, nor is what was typed before."""

from __future__ import annotations

UNREAD_S = 0.3
"""Keys typed before a person can have read the question are not an answer to it."""
BURST_S = 0.03
"""Keys closer together come from a paste that the terminal did not mark: fast typists, and keys held down, need longer."""


class Guard:
    """Times are in seconds, from any one clock."""

    def __init__(self) -> None:
        self._seen_from: float | None = None
        self._last = float("-inf")

    def shown(self, at: float) -> None:
        """The question, or a new one in its place, is on the screen."""
        self._seen_from = at

    def takes(self, at: float) -> bool:
        """Whether a key counts that came at this time. It still does only if none follows within BURST_S."""
        before, self._last = self._last, at
        return self._seen_from is not None and at - self._seen_from >= UNREAD_S and at - before >= BURST_S
