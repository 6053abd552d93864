"""Ready-made assistants: which collection they answer from, in what tone, what they say first, last and never."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aishell.core.errors import ConfigError
from aishell.functions.answering.result import Kind
from aishell.functions.asking import Model, conversation, distribution
from aishell.functions.languages import chinese

Language = Literal["en", "zh"]
Said = Mapping[Language, str]
_LABELS: dict[str, Kind] = {"refused": "refused", "emergency": "emergency"}
_SURE = 0.5
_QUESTION = "question"
"""The label of what no limit is about."""
_READ = 600
"""Characters of a message that the model is shown; rules read all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that the assistant does not answer, and what it says instead."""

    label: str
    kind: Kind
    forms: tuple[re.Pattern[str], ...]
    """Any of them found in a question is enough; no model is asked."""
    says: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """As a file of `config/assistants` describes it."""

    name: str
    collection: str
    opening: Said
    unknown: Said
    """Said when the documents do not say it."""
    always: Said
    """Said below every answer; may be empty."""
    tone: str = ""
    """How it writes, for the model; empty: it only quotes, except across languages."""
    limits: tuple[Limit, ...] = ()
    """In the order in which they are looked at."""
    telling: str = ""
    """What the model is told to tell the labels of limits apart; empty: rules alone decide."""
    examples: tuple[tuple[str, str], ...] = ()
    """Messages with their labels."""

    def broken(self, question: str) -> Limit | None:
        """The limit that a question's own words meet."""
        return next((limit for limit in self.limits if any(form.search(question) for form in limit.forms)), None)

    async def met(self, model: Model, question: str) -> tuple[Limit | None, str]:
        """The limit that a question meets, and how that was found. Raises ModelUnavailable, NoPlan."""
        if limit := self.broken(question):
            return limit, f"Its words meet the limit {limit.label!r}, by rule."
        if not self.telling:
            return None, ""
        labels = (*(limit.label for limit in self.limits), _QUESTION)
        shares = distribution(
            await model.chances(conversation(self.telling, self.examples, f"Message: {question[:_READ]}"), labels)
        )
        told = ", ".join(f"{label} {share:.2f}" for label, share in zip(labels, shares, strict=True))
        for limit, share in zip(self.limits, shares, strict=False):
            if share >= _SURE:
                return limit, f"The model takes it for {limit.label} ({told})."
        return None, f"The model meets no limit in it ({told})."


def language_of(text: str) -> Language:
    return "zh" if chinese(text) else "en"


def assistant_of(name: str, table: Mapping[str, Any]) -> Assistant:
    """Raises ConfigError with the name of what is wrong."""
    try:
        return Assistant(
            name=name,
            collection=str(table["collection"]),
            opening=_said(table["opening"]),
            unknown=_said(table["unknown"]),
            always=_said(table.get("always", {"en": "", "zh": ""})),
            tone=str(table.get("tone", "")),
            limits=tuple(_limit(one) for one in table.get("limits", ())),
            telling=str(table.get("telling", "")),
            examples=_examples(table.get("examples", ())),
        )
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise ConfigError(f"The assistant {name!r} is not described as it should be: {error!r}.") from error


def _limit(table: Mapping[str, Any]) -> Limit:
    return Limit(
        label=str(table["label"]),
        kind=_LABELS[table["kind"]],
        forms=tuple(re.compile(form, re.I) for form in table["forms"]),
        says=_said(table["says"]),
    )


def _said(table: Mapping[str, Any]) -> Said:
    return {"en": str(table["en"]), "zh": str(table["zh"])}


def _examples(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((f"Message: {message}", str(label)) for message, label in rows)
