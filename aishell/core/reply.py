"""A reply of a language model, read to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from aishell.core.model import Piece, Restarted, Usage
from aishell.core.ports import Reply


async def whole(reply: Reply, each: Callable[[], None] = lambda: None) -> tuple[str, Usage | None]:
    """Its text, and its end where it has one. `each`: called with each piece. Raises what the reply raises."""
    text, usage = "", None
    async with aclosing(reply) as items:
        async for item in items:
            if isinstance(item, Restarted):
                text = ""
            elif isinstance(item, Piece):
                text += item.text
                each()
            else:
                usage = item
    return text, usage
