"""What an answer from documents is."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["answered", "not said", "refused", "emergency"]
"""Refused, and pointed to emergency help, by the limits of an assistant: no document was read then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a document says it."""

    file: str
    first: int
    """The lines that the quotation stands on; 0 where lines mean nothing, or the file has changed since it was read."""
    last: int
    place: str
    """Headings, pages or lines of the part that it was found in."""
    quote: str
    """As the document has it."""

    def where(self) -> str:
        """`notes.md:12`, `notes.md:12-14`, or with the place in words; as seen from the current folder."""
        name = _near(self.file)
        if not self.first:
            return f"{name}, {self.place}" if self.place else name
        return f"{name}:{self.first}" + (f"-{self.last}" if self.last > self.first else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What documents say to a question, with the lines that say it; or that they do not say it."""

    kind: Kind
    text: str
    """For a person, in the language of the question."""
    sources: tuple[Source, ...] = ()
    """At least one when it is answered, else none."""
    below: str = ""
    """What an assistant always says with an answer."""
    score: float = 0.0
    """Probability that the best passage says it, 0 to 1."""
    asked: str = ""
    """The question as it was understood, with what it meant of the ones before."""
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    @property
    def quotes_alone(self) -> bool:
        """Whether the text is what the documents say, word for word."""
        return self.text == " ".join(dict.fromkeys(source.quote for source in self.sources))

    def said(self) -> str:
        """The text with its sources, in lines."""
        if not self.sources:
            return "\n\n".join(filter(None, (self.text, self.below)))
        marks = "".join(f" [{number}]" for number in range(1, len(self.sources) + 1))
        lines = [f"{self.text}{marks}", ""]
        for number, source in enumerate(self.sources, 1):
            lines.append(f"[{number}] {source.where()}")
            if not self.quotes_alone:
                lines.append(f"    {source.quote}")
        if self.below:
            lines += ["", self.below]
        return "\n".join(lines)

    def table(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "text": self.text,
            "below": self.below,
            "sources": [asdict(source) for source in self.sources],
            "score": round(self.score, 4),
            "asked": self.asked,
        }


def _near(file: str) -> str:
    """Its name as seen from the current folder, where it lies below that."""
    try:
        near = os.path.relpath(file)
    except OSError:  # the current folder is gone
        return file
    return file if near.startswith("..") else near
