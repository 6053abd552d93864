"""`describe`: a picture's facts, its text in reading order, and what a vision model sees in it, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aishell.core.errors import ModelUnavailable
from aishell.functions.pictures import layout, picture
from aishell.functions.pictures.kinds import Kind, Kinds
from aishell.functions.pictures.picture import Picture
from aishell.functions.pictures.reading import Page, Reader, back
from aishell.functions.pictures.results import Corner, Described, Seen

if TYPE_CHECKING:
    from PIL.Image import Image

WHAT = "What does this picture show? Answer in one or two sentences."


class Look(Protocol):
    """A vision model's answer to a question about a picture, which is RGB. Raises ModelUnavailable."""

    def __call__(self, image: Image, question: str) -> str: ...


class Describing:
    """Describes pictures one after the other; models are loaded at the first one and kept."""

    def __init__(self, reader: Reader, look: Look | None, kinds: Kinds | None = None) -> None:
        self._reader = reader
        self._look = look
        self._kinds = kinds

    @property
    def answers(self) -> bool:
        """Whether there is a vision model."""
        return self._look is not None

    @property
    def sees(self) -> bool:
        """Whether there is anything that knows what a picture shows."""
        return self._look is not None or self._kinds is not None

    def __call__(self, data: bytes, *, question: str = "", place: bool = False, look: bool = True) -> Described:
        """`data`: an image file's. `look`: also say what it shows. Raises UsageError, ModelUnavailable."""
        seen = picture.opened(data, place=place)
        page = self._reader.read(seen.image)
        lines = layout.rows(page.pieces)
        kinds, shows, failed = self._looked(seen, question) if look else ((), "", ())
        return Described(
            facts=seen.facts,
            rows=tuple(tuple(_seen(piece, page, seen) for piece in line) for line in lines),
            text=layout.text(lines),
            turned=page.turned,
            kinds=kinds,
            shows=shows,
            question=question,
            notes=(*seen.notes, *failed),
            how=_how(seen, page, shows),
        )

    def _looked(self, seen: Picture, question: str) -> tuple[tuple[Kind, ...], str, tuple[str, ...]]:
        """What the models say of it; a fault of one is a note, since the rest is known."""
        kinds: tuple[Kind, ...] = ()
        shows, faults = "", []
        try:
            kinds = self._kinds(seen.image) if self._kinds else ()
        except ModelUnavailable as error:
            faults.append(f"its kind is not known: {error}")
        try:
            shows = self._look(seen.image, question or WHAT) if self._look else ""
        except ModelUnavailable as error:
            faults.append(f"what it shows is not known: {error}")
        return kinds, shows, tuple(faults)


def _seen(piece: layout.Piece, page: Page, seen: Picture) -> Seen:
    def corner(point: layout.Point) -> Corner:
        x, y = back(point, page.turned, seen.image.size)
        return round(x * seen.scale), round(y * seen.scale)

    first, second, third, fourth = map(corner, piece.box)
    return Seen(text=piece.text, score=piece.score, box=(first, second, third, fourth))


def _how(seen: Picture, page: Page, shows: str) -> tuple[str, ...]:
    scaled = [f"scaled down by {seen.scale:.1f}"] if seen.scale > 1 else []
    read = f"{len(page.pieces)} pieces of text read by PP-OCRv6, mean score {page.score:.2f}"
    return (*scaled, *page.steps, read, *(["what it shows is said by a vision model, which may make it up"] if shows else []))
