"""What has happened, from the top to the newest, which stays in sight until somebody scrolls back."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

_MOST = 200
"""Blocks that are kept; the oldest go. Each may hold some 10,000 lines."""


class Column(VerticalScroll, can_focus=False):
    DEFAULT_CSS = """
    Column { height: 1fr; scrollbar-gutter: stable; scrollbar-size-vertical: 1; }
    """

    class Resized(Message):
        """It has another size now: the screen's own comes before that of what is in it."""

    def on_mount(self) -> None:
        self.anchor()

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    async def add(self, block: Widget) -> None:
        """Put `block` below the others. It can be told things once this has returned."""
        await self.mount(block)
        if (over := len(self.children) - _MOST) > 0:
            await self.remove_children(self._done()[:over])

    async def clear(self) -> None:
        """Take away what is over and done with; what runs, or asks, stays."""
        await self.remove_children(self._done())

    def _done(self) -> list[Widget]:
        return [block for block in self.children if not getattr(block, "running", False)]

    @property
    def columns(self) -> int:
        """How many cells wide the output in a block is: a block has a border and a blank to its left."""
        return max(1, self.scrollable_content_region.width - 2)
