"""What is known of a picture in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aishell.core.text import one_line

Corner = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a picture's file says of it. Anybody may have written that: it is a claim."""

    format: str
    """PNG, JPEG, ..."""
    width: int
    height: int
    """Pixels of the picture as it is seen: turned the way its camera noted."""
    bytes: int
    frames: int = 1
    taken: str = ""
    """Local time of the camera: 2026-05-01 12:30:00."""
    camera: str = ""
    located: bool = False
    """Whether it says where it was taken."""
    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees; only where it was asked for."""

    def said(self) -> str:
        size = f"{self.bytes / 1e6:.1f} MB" if self.bytes >= 100_000 else f"{self.bytes / 1e3:.1f} kB"
        parts = [self.format, f"{self.width} x {self.height}", size]
        parts += [f"{self.frames} frames"] if self.frames > 1 else []
        parts += [f"taken {one_line(self.taken)}"] if self.taken else []
        parts += [one_line(self.camera)] if self.camera else []
        parts += [f"at {self.place[0]:.5f}, {self.place[1]:.5f}"] if self.place else []
        return ", ".join(parts)

    def table(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "width": self.width,
            "height": self.height,
            "bytes": self.bytes,
            "frames": self.frames,
            "taken": self.taken or None,
            "camera": self.camera or None,
            "located": self.located,
            "place": list(self.place) if self.place else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A piece of text in a picture, on one line."""

    text: str
    score: float
    """How sure the reader is of its characters, 0 to 1."""
    box: tuple[Corner, Corner, Corner, Corner]
    """Its corners in pixels of the picture as it is seen, from the text's upper left one clockwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One picture."""

    facts: Facts
    rows: tuple[tuple[Seen, ...], ...]
    """The lines in reading order, each with its pieces from left to right."""
    text: str
    """The same as text; a tab stands where there is a wide gap in a line."""
    turned: int = 0
    """By how many degrees the picture had to be turned, clockwise, for its text to stand upright: 0, 90, 180, 270."""
    kinds: tuple[tuple[str, float], ...] = ()
    """What kind of thing it shows, with the probability among the thousand kinds that are known; empty: nothing is likely."""
    shows: str = ""
    """What a vision model says of it, or answers; empty without one."""
    question: str = ""
    notes: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    def said(self) -> str:
        return "\n".join(self._said())

    def _said(self) -> Iterator[str]:
        yield self.facts.said()
        if self.kinds:
            yield f"Looks like: {', '.join(f'{one_line(name)} ({score:.0%})' for name, score in self.kinds)}"
        if self.shows:
            yield f"{'Answer' if self.question else 'Shows'}: {self.shows}"
        yield f"Text, {len(self.rows)} line{'s' if len(self.rows) != 1 else ''}:" if self.rows else "No text."
        yield from (f"  {line}" for line in self.text.splitlines())

    def table(self) -> dict[str, Any]:
        return {
            **self.facts.table(),
            "text": self.text,
            "turned": self.turned,
            "lines": [
                [
                    {"text": seen.text, "score": round(seen.score, 4), "box": [list(corner) for corner in seen.box]}
                    for seen in row
                ]
                for row in self.rows
            ],
            "kinds": [{"name": name, "score": round(score, 4)} for name, score in self.kinds],
            "shows": self.shows or None,
            **({"question": self.question} if self.question else {}),
        }
