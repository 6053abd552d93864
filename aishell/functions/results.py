"""What the text functions give back. Each result says itself to a person, in a line or text, and to a program, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["person", "place", "organization", "date", "amount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Which of several labels fits a text."""

    label: str
    score: float | None
    """Probability of it among the labels, 0 to 1; None: the model tells none."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Of every label; they add up to 1."""
    by: Literal["model", "learned"] = "model"
    """Whether the model was asked, or what was learned from its other answers (`learning`)."""
    notes: tuple[str, ...] = ()
    """What a reader should know of it, a sentence each."""
    how: tuple[str, ...] = ()
    """How the answer came about, a sentence each."""

    def said(self) -> str:
        return f"{self.label}\t{'-' if self.score is None else f'{self.score:.2f}'}"

    def table(self) -> dict[str, Any]:
        scores = {label: round(score, 4) for label, score in self.scores.items()}
        found = {"label": self.label, "score": None if self.score is None else round(self.score, 4), "scores": scores}
        return found if self.by == "model" else {**found, "by": self.by}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A name that stands in a text: `text[start:end] == name`, in characters."""

    kind: Kind
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """What a text names, in the order in which it does."""

    found: tuple[Entity, ...]
    dropped: tuple[str, ...] = ()
    """What the model said and the text does not."""
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def said(self) -> str:
        return "\t".join(f"{entity.kind}: {' '.join(entity.name.split())}" for entity in self.found)

    def table(self) -> dict[str, Any]:
        return {"found": [asdict(entity) for entity in self.found]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text that was made of another one."""

    text: str
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def said(self) -> str:
        return self.text

    def table(self) -> dict[str, Any]:
        return {"text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """The values of a schema's fields, as the text gives them; None where it does not."""

    values: Mapping[str, Any]
    dropped: tuple[str, ...] = ()
    """Fields whose value the model made up, or which is of the wrong type."""
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def said(self) -> str:
        return "\t".join(f"{name}: {_plain(value)}" for name, value in self.values.items() if value is not None)

    def table(self) -> dict[str, Any]:
        return {"values": dict(self.values), "dropped": list(self.dropped)}


class Result(Protocol):
    """What every one of them has."""

    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def how(self) -> tuple[str, ...]: ...

    def said(self) -> str:
        """For a person; several lines where a text was written."""
        ...

    def table(self) -> dict[str, Any]:
        """For a program: plain values only."""
        ...


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return " ".join(str(value).split())
