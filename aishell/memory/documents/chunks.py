"""Pieces of a document put together, or cut, to parts of about a thousand bytes, each with its place.

A part is what one vector stands for: MiniLM reads 256 tokens, about a thousand letters. Sizes are UTF-8 bytes, since a Chinese
character is three of them and carries as much as an English syllable or word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

TARGET, MOST, SMALL = 1000, 1200, 300
"""Bytes: a part ends when it would grow beyond the first; none is longer than the second; one shorter than the third goes
on into the next section."""
_OVERLAP = 160
"""Bytes of the last sentence that a part begins with again, where a section is cut."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；])|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A paragraph, a table row, a function: what a reader finds, in order."""

    text: str
    headings: tuple[str, ...] = ()
    """From the outermost."""
    page: int = 0
    first: int = 0
    """Its first line; 0 where lines mean nothing."""
    last: int = 0
    whole: bool = False
    """It is a part as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    text: str
    headings: str
    """`Install > Linux`"""
    place: str
    """`Install > Linux, lines 12-30`"""


def chunks(pieces: Iterable[Piece]) -> Iterator[Chunk]:
    """The parts, in order."""
    group: list[Piece] = []
    size = 0
    for piece in _fitting(pieces):
        if group and _ends(group[-1], piece, size):
            yield _chunk(group)
            group = _carried(group[-1], piece)
            size = _size(group[0].text) if group else 0
        elif group and piece.headings != group[-1].headings:
            piece = replace(piece, text="\n".join((*piece.headings[-1:], piece.text)))
        group.append(piece)
        size += _size(piece.text)
    if group:
        yield _chunk(group)


def _ends(last: Piece, piece: Piece, size: int) -> bool:
    """Whether a part of `size` bytes is over before `piece`."""
    new_section = piece.headings != last.headings or piece.page != last.page
    return last.whole or piece.whole or size + _size(piece.text) > TARGET or (new_section and size >= SMALL)


def _carried(last: Piece, piece: Piece) -> list[Piece]:
    """The last sentence again, where the text goes on."""
    if last.whole or piece.whole or (last.headings, last.page) != (piece.headings, piece.page):
        return []
    sentence = _SENTENCE.split(last.text.rstrip())[-1].strip()
    return [replace(last, text=sentence, first=last.last)] if 0 < _size(sentence) <= min(_OVERLAP, _size(last.text) - 1) else []


def _fitting(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces of at most TARGET bytes, cut between lines and sentences, else between words, else anywhere."""
    for piece in pieces:
        if piece.whole or _size(piece.text) <= TARGET:
            if piece.text.strip():
                yield piece
            continue
        line = piece.first
        for text in _cut(piece.text):
            breaks = text.count("\n") if piece.first else 0
            if text.strip():
                yield replace(piece, text=text.rstrip(), first=line, last=line + text.rstrip().count("\n") if line else 0)
            line += breaks


def _cut(text: str) -> Iterator[str]:
    """The text in parts of at most TARGET bytes; put together again they are the text."""
    held = ""
    for sentence in _sentences(text):
        if held and _size(held) + _size(sentence) > TARGET:
            yield held
            held = ""
        held += sentence
    if held:
        yield held


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE.finditer(text):
        yield from _words(text[start : match.end()])
        start = match.end()
    yield from _words(text[start:])


def _words(text: str) -> Iterator[str]:
    """A sentence; one that is too long in parts, each ending at a blank in its second half where there is one."""
    start = 0
    while _size(text[start : start + TARGET]) > TARGET or len(text) - start > TARGET:
        end = start + len(text[start : start + TARGET].encode("utf-8", "replace")[:TARGET].decode("utf-8", "ignore"))
        blank = text.rfind(" ", start + (end - start) // 2, end)
        end = blank + 1 if blank > 0 else end
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _chunk(group: list[Piece]) -> Chunk:
    headings = group[0].headings
    for piece in group[1:]:
        shared = [one for one, other in zip(headings, piece.headings, strict=False) if one == other]
        headings = tuple(shared) or headings
    path = " > ".join(headings)
    first, last = min(piece.first for piece in group), max(piece.last for piece in group)
    one, other = group[0].page, group[-1].page
    page = f"pages {one}-{other}" if other > one else f"page {one}" if one else ""
    rows = "row" if group[0].whole else "line"
    lines = f"{rows}s {first}-{last}" if last > first else f"{rows} {first}" if first else ""
    text = "\n".join(piece.text for piece in group)
    return Chunk(text=text, headings=path, place=", ".join(filter(None, (path, page, lines))))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
