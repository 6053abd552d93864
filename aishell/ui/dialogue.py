"""The lines of a dialogue as a person types them, with the keys of a prompt and a history that lasts as long as it does."""

from __future__ import annotations

from collections.abc import AsyncGenerator

_MARK = "› "


async def typed() -> AsyncGenerator[str, None]:
    """Each line that has something in it, until Ctrl-D or Ctrl-C at the prompt."""
    from prompt_toolkit import PromptSession

    session: PromptSession[str] = PromptSession()
    while True:
        try:
            line = await session.prompt_async(_MARK)
        except (EOFError, KeyboardInterrupt):
            return
        if line.strip():
            yield line.strip()
