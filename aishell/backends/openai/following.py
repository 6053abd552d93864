"""A reply that has to follow a JSON schema, from a model that nothing holds to it: looked at here, and asked for once more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from aishell.backends.openai.schema import followed
from aishell.core.reply import whole
from aishell.core.types import Message, Piece, Prompt, Restarted, Usage

Item = Piece | Restarted | Usage


async def following(prompt: Prompt, tell: Callable[[Prompt], AsyncGenerator[Item, None]]) -> AsyncGenerator[Item, None]:
    """The whole reply in one piece; the second one also when that does not follow either. Raises what `tell` raises."""
    usage: Usage | None = None
    asked = prompt
    for attempt in (1, 2):
        text, end = await whole(tell(asked))
        usage = end or usage
        text, problem = followed(prompt.grammar, f"{prompt.begin}{text}")
        if not problem or attempt == 2:
            break
        complaint = Message(role="user", content=f"That does not follow the schema: {problem}. Reply with the JSON alone.")
        asked = replace(
            prompt, begin="", messages=(*prompt.messages, Message(role="assistant", content=text or "{}"), complaint)
        )
    yield Piece(text=text.removeprefix(prompt.begin))
    if usage:
        yield usage
