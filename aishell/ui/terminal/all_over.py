"""Some programs draw all over the terminal without saying so first, as top does."""

from __future__ import annotations

from aishell.core.shell import Waits

_CORNER = (b"\x1b[H", b"\x1b[1;1H")


class AllOver:
    """Tells one by what it does: it reads single keys, hides the cursor, and paints from the corner.

    A line editor that clears the screen shows its cursor; a progress bar that hides it reads no keys.
    """

    def __init__(self) -> None:
        self._raw = False
        self._from_corner = False

    def printed(self, data: bytes) -> None:
        self._from_corner = self._from_corner or any(corner in data for corner in _CORNER)

    def waits(self, event: Waits) -> None:
        self._raw = event.raw and not event.echo

    def seen(self, *, cursor_shown: bool) -> bool:
        return self._raw and self._from_corner and not cursor_shown
