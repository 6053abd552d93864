"""Summaries: of a text that fits at once, else of the summaries of its parts, which end where sentences do."""

from __future__ import annotations

from dataclasses import replace

from aishell.core.types import Prompt
from aishell.functions.asking import Model, conversation, each
from aishell.functions.cut import parts, sentences, tokens
from aishell.functions.languages import named, said
from aishell.functions.protect import lost_numbers
from aishell.functions.results import Written

_PART = 1200
"""Tokens summarized at a time: of more than that a small model sees the ends only."""
_A_SENTENCE = 60
"""Tokens of a reply."""
_ROUNDS = 6
_MOST_PARTS = 64
"""Of one text: a book takes hours on a CPU."""


class Summary:
    """Summarizes texts."""

    def __init__(self, model: Model, *, count: int = 3, to: str = "") -> None:
        """`count`: of sentences, at most. `to`: the language; empty: the text's own. Raises UsageError."""
        self._model = model
        self._count = max(1, count)
        self._to = named(to) if to else ""

    async def __call__(self, text: str) -> Written:
        """Raises ModelUnavailable."""
        language = self._to or said(text)
        room = min(_PART, await self._model.room())
        current, rounds, notes = text, 0, []
        while len(pieces := parts(current, room)) > 1 and rounds < _ROUNDS:
            if len(pieces) > _MOST_PARTS:
                notes.append(f"only the first {_MOST_PARTS} of {len(pieces)} parts were read")
            prompts = [self._prompt(piece, 2, language) for piece in pieces[:_MOST_PARTS]]
            current = "\n".join(reply for reply, _complete in await each(self._model.reply, prompts))
            rounds += 1
        if (
            not self._to
            and rounds == 0
            and len(sentences(current.strip())) <= self._count
            and tokens(current) < 2 * _A_SENTENCE
        ):
            return Written(text=" ".join(current.split()), how=(f"It has no more than {self._count} sentences itself.",))
        reply, _complete = await self._model.reply(self._prompt(parts(current, room)[0], self._count, language))
        whole = "".join(sentences(" ".join(reply.split()))[: self._count]).strip()
        notes += [f"the number {number} does not stand in the text" for number in lost_numbers(whole, text)]
        how = (
            "In one go."
            if rounds == 0
            else f"Its parts first, cut between sentences, in {rounds} rounds; then their summaries."
        )
        return Written(text=whole, notes=tuple(notes), how=(how,))

    def _prompt(self, text: str, count: int, language: str) -> Prompt:
        amount = "one sentence" if count == 1 else f"at most {count} sentences"
        instruction = (
            f"You summarize texts in {amount}. Say only what the text says: what happened, who, when, how much. "
            f"Write in {language}. Reply with the summary alone."
        )
        return replace(
            conversation(instruction, (), f"Text:\n{text}\n\nSummary, {amount}, in {language}:"),
            max_tokens=_A_SENTENCE * count + 40,
        )
