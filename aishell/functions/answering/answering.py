"""A question answered from documents: found, checked, quoted; said in other words only where the quotation bears that out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aishell.core.errors import ModelUnavailable
from aishell.core.memory import Recollection
from aishell.functions.answering.assistants import Assistant, Limit, language_of
from aishell.functions.answering.checking import Checked, checked
from aishell.functions.answering.following import follows, standalone
from aishell.functions.answering.passages import passages
from aishell.functions.answering.quoting import quoted, sources
from aishell.functions.answering.ranking import Embed, chosen, ranked
from aishell.functions.answering.result import Answer, Source
from aishell.functions.answering.wording import worded
from aishell.functions.asking import Model

Find = Callable[[str, int], Awaitable[list[Recollection]]]
"""(question, how many) -> parts of documents. Raises ModelUnavailable, MemoryUnavailable, UsageError."""

ENOUGH = 0.5
"""Probability that a passage says it, from which on it is an answer. Of 34 development questions with an answer 28 come out
right and none wrong, of 14 without one all; at 0.35 it is 30, none, and 12."""
_SURE = 0.9
"""From here on the passages that promise less are not looked at: each takes the model half a second."""
_PARTS = 6
"""Parts of documents that are looked at closer."""
_CHECKED = 3
"""Passages that the model is shown: the right one was among the first two for every development question that was tried."""
_LONGEST = 500
"""Characters of a question."""
_NOT_SAID = {"en": "The documents do not say.", "zh": "文件里没有写。"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Understood:
    question: str
    how: tuple[str, ...] = ()


class Answering:
    """Answers from one collection; several questions may be under way at once."""

    def __init__(
        self, model: Model, find: Find, embed: Embed | None, assistant: Assistant | None = None, *, quotes: bool = False
    ) -> None:
        """Without `embed` passages are found and ranked by their words alone. `quotes`: never in the model's own words."""
        self._model = model
        self._find = find
        self._embed = embed
        self._assistant = assistant
        self._quotes = quotes

    async def __call__(self, question: str, before: str = "") -> Answer:
        """`before`: the question before, in a conversation. Raises ModelUnavailable, NoPlan, MemoryUnavailable, UsageError."""
        question = " ".join(question.split())[:_LONGEST]
        if self._assistant and (limit := self._assistant.broken(question)):
            return _limited(question, limit, "Its words meet a limit, by rule; nothing else was looked at.")
        understood = await self._understood(question, before)
        if self._assistant:
            limit, why = await self._assistant.met(self._model, understood.question)
            understood = _Understood(question=understood.question, how=(*understood.how, why))
            if limit:
                return _limited(understood.question, limit, why)
        looked_at = await self._looked_at(understood.question)
        if understood.question != question and not any(one.probability >= ENOUGH for one in looked_at):
            looked_at = await self._looked_at(question)  # it may not have leaned on the one before
            understood = _Understood(question=question, how=(*understood.how, "Nothing says that; looked for as it was asked."))
        best = max(looked_at, key=lambda one: one.probability, default=None)
        judged = [one.how() for one in looked_at] or ["No part of the documents has its words or comes near its meaning."]
        how = tuple(filter(None, (*understood.how, *judged)))
        if best is None or best.probability < ENOUGH:
            score = best.probability if best else 0.0
            return Answer(
                kind="not said",
                text=self._unknown(question),
                below=self._below(question),
                score=score,
                asked=understood.question,
                how=how,
            )
        return await self._said(question, understood.question, best, how)

    async def _understood(self, question: str, before: str) -> _Understood:
        if not before or not follows(question):
            return _Understood(question=question)
        asked = await standalone(self._model, before, question)
        return _Understood(question=asked, how=(f"Understood, after the question before, as: {asked}",))

    async def _looked_at(self, question: str) -> list[Checked]:
        found = passages(await self._find(question, _PARTS))
        try:
            order = await ranked(question, found, self._embed)
        except ModelUnavailable:  # no embedder: words rank as well as they can
            order = await ranked(question, found, None)
        looked_at: list[Checked] = []
        for one in chosen(order, _CHECKED):
            looked_at.append(await checked(self._model, question, one))
            if looked_at[-1].probability >= _SURE:
                break
        return looked_at

    async def _said(self, question: str, asked: str, best: Checked, how: tuple[str, ...]) -> Answer:
        passage = best.ranked.passage
        sentences = await quoted(self._model, asked, passage)
        said_by = sources(passage, sentences)
        text, why = await self._text(question, asked, said_by)
        notes: tuple[str, ...] = ()
        if passage.changed:
            notes = (f"{passage.file} does not read as it did when it was added; `aishell collection add NAME` reads it again",)
        return Answer(
            kind="answered",
            text=text,
            sources=said_by,
            below=self._below(question),
            score=best.probability,
            asked=asked,
            notes=notes,
            how=(*how, *why),
        )

    async def _text(self, question: str, asked: str, said_by: tuple[Source, ...]) -> tuple[str, tuple[str, ...]]:
        """The quotation, where it is in the question's language and no tone is wanted; else the model's words, if they hold."""
        quotes = [source.quote for source in said_by]
        quotation = " ".join(dict.fromkeys(quotes))
        tone = self._assistant.tone if self._assistant else ""
        if self._quotes or (not tone and language_of(question) == language_of(quotation)):
            return quotation, ()
        text, against = await worded(self._model, asked, quotes, tone)
        return (text, ()) if text else (quotation, (f"Quoted, and not in other words: {against}.",))

    def _below(self, question: str) -> str:
        return self._assistant.always[language_of(question)] if self._assistant else ""

    def _unknown(self, question: str) -> str:
        said = self._assistant.unknown if self._assistant else _NOT_SAID
        return said[language_of(question)]


def _limited(question: str, limit: Limit, how: str) -> Answer:
    return Answer(kind=limit.kind, text=limit.says[language_of(question)].strip(), asked=question, how=(how,))
