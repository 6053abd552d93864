"""The words in which the model is asked: the person's own, and where these are not in Latin letters English ones beside them.

A small model finds the right command more often for English words, but what is lost on the way there is lost for good. So it
is asked in both: where the commands agree the answer is sure, else each is weighed under both wordings.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aishell.core.types import Prompt, Request
from aishell.planner import prompt as prompts
from aishell.planner.asking import Asking
from aishell.planner.gather import Reply
from aishell.planner.language import other_script


class Wording:
    """Of one request. The own words are asked for at once, while they are put into English."""

    def __init__(self, asking: Asking, request: Request, own: Prompt, *, twice: bool) -> None:
        """`own`: asks for a command in the person's words. `twice`: whether there is time for a second answer."""
        self._asking = asking
        self._request = request
        self.own = own if other_script(request.text) else None
        """Where the request is put into English."""
        self._reply = asyncio.ensure_future(asking.reply(own)) if self.own and twice else None

    async def english(self) -> Request:
        """The request as the model understands it best."""
        if not self.own:
            return self._request
        text, _weights = await self._asking.reply(prompts.english(self._request.text))
        return replace(self._request, text=text.strip() or self._request.text)

    async def replies(self) -> list[Reply]:
        """What the model says to the own words; nothing where it is asked in these alone."""
        return [("own words", *await self._reply)] if self._reply else []

    async def close(self) -> None:
        if self._reply:
            self._reply.cancel()
            await asyncio.wait([self._reply])
