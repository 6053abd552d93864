"""A plain conversation with the model, which may be wrong; of what was said before only the last turns are kept in mind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from aishell.core.ports import Backend
from aishell.core.types import Message, Piece, Priority, Prompt, Restarted, Usage
from aishell.functions.cut import beginning, tokens

_INSTRUCTION = (
    "You are the assistant of a terminal. You answer questions in the language in which they are asked, briefly and plainly. "
    "When you do not know something, say so; do not make anything up. You cannot run commands or read files."
)
_MOST_TURNS, _KEPT_TURNS = 8, 4
"""When there are more turns than the first, all but the second are dropped: at once, so that the beginning of the prompt stays
the same for some turns, and the engine need not compute it anew."""
_MOST_TOKENS = 1200
"""Of the turns together: 15 s on two cores when nothing is kept computed."""
_A_TURN = 500
"""Tokens of one question or answer that are kept in mind."""
_A_REPLY = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One turn."""

    question: str
    answer: str


class Dialogue:
    """Asks and remembers."""

    def __init__(self, backend: Backend, past: Sequence[Said] = ()) -> None:
        self._backend = backend
        self.past = list(past)
        """All turns, the first one first; the caller keeps them."""
        self._from = 0

    async def ask(self, question: str) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        """The reply as it is made; at its end it belongs to the past. Raises ModelUnavailable."""
        reply = ""
        prompt = Prompt(messages=self._messages(question), stable=1, max_tokens=_A_REPLY, priority=Priority.NOW)
        async with aclosing(self._backend.stream(prompt)) as stream:
            async for item in stream:
                if isinstance(item, Piece):
                    reply += item.text
                elif isinstance(item, Restarted):
                    reply = ""
                yield item
        self.past.append(Said(question=question, answer=reply.strip()))

    def _messages(self, question: str) -> tuple[Message, ...]:
        messages = [Message(role="system", content=_INSTRUCTION)]
        for turn in self._recent():
            messages += (
                Message(role="user", content=beginning(turn.question, _A_TURN)),
                Message(role="assistant", content=beginning(turn.answer, _A_TURN)),
            )
        return (*messages, Message(role="user", content=beginning(question, 2 * _A_TURN)))

    def _recent(self) -> list[Said]:
        """The turns that are kept in mind."""
        if len(self.past) - self._from > _MOST_TURNS:
            self._from = len(self.past) - _KEPT_TURNS
        while self._from < len(self.past) - 1 and self._size() > _MOST_TOKENS:
            self._from = max(self._from + 1, (self._from + len(self.past)) // 2)
        return self.past[self._from :]

    def _size(self) -> int:
        return sum(min(tokens(text), _A_TURN) for turn in self.past[self._from :] for text in (turn.question, turn.answer))
