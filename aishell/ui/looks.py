"""Terminal cells as the screen library draws them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from aishell.ui.terminal.cells import Line
from aishell.ui.terminal.pen import PLAIN, Colour, Pen

Span = tuple[int, int, Style]
"""A stretch of a line, from one index to before another, and what its look is added to."""


def segments(line: Line, begin: int, end: int, spans: Sequence[Span], base: Style) -> list[Segment]:
    """The part of `line` between two indexes, in pieces of one look each."""
    edges = {begin, end, *(edge for edge, _ in line.runs), *(edge for first, last, _ in spans for edge in (first, last))}
    marks = sorted(edge for edge in edges if begin <= edge <= end)
    runs = iter(line.runs)
    run_end, pen = next(runs, (len(line.text), PLAIN))
    drawn: list[Segment] = []
    for first, last in pairwise(marks):
        while run_end <= first:
            run_end, pen = next(runs, (len(line.text) + 1, PLAIN))
        look = base + style_of(pen)
        drawn.append(Segment(line.text[first:last], _over(look, spans, first)))
    return drawn


def _over(look: Style, spans: Iterable[Span], at: int) -> Style:
    for begin, end, style in spans:
        if begin <= at < end:
            look += style
    return look


@lru_cache(maxsize=4096)
def style_of(pen: Pen) -> Style:
    return Style(
        color=_colour(pen.foreground),
        bgcolor=_colour(pen.background),
        bold=pen.bold or None,
        dim=pen.dim or None,
        italic=pen.italic or None,
        underline=pen.underline or None,
        reverse=pen.reverse or None,
        strike=pen.strike or None,
    )


def _colour(colour: Colour) -> Color | None:
    if colour is None:
        return None
    return Color.parse(f"color({colour})") if isinstance(colour, int) else Color.from_rgb(*colour)
