"""A short list with one row marked. It never has the focus: who is typed into moves the mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from aishell.core.text import one_line

_WIDEST = 400
_LEAST_MEANING = 12
"""Cells that a meaning has at least, or it is not shown."""


class Row(NamedTuple):
    label: str
    hint: str = ""
    """A word at the right."""
    meaning: str = ""
    """What it is or does, in a column behind the labels; it is cut where there is no room."""


class Rows(Widget):
    DEFAULT_CSS = """
    Rows { height: auto; }
    Rows > .rows--row { color: $foreground; background: $panel; }
    Rows > .rows--hint { color: $text-muted; background: $panel; }
    Rows > .rows--foot { color: $text-muted; background: $panel; text-style: italic; }
    Rows > .rows--marked { color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--row", "rows--hint", "rows--foot", "rows--marked"}

    marked: reactive[int] = reactive(-1)
    """The row that is marked; -1: none."""

    def __init__(self, *, most: int = 8, id: str | None = None) -> None:
        super().__init__(id=id)
        self._most = most
        self._rows: tuple[Row, ...] = ()
        self._first = 0
        """The first row that is shown."""
        self._labels = 0
        """Cells of the widest label, where rows have meanings; else 0."""
        self._foot: Callable[[int], str] | None = None

    @property
    def shown(self) -> int:
        """How many rows are seen at once."""
        return min(len(self._rows), self._most)

    @property
    def widest(self) -> int:
        """Cells that the widest row takes."""
        plain = (cell_len(row.label) + (cell_len(row.hint) + 2 if row.hint else 0) for row in self._rows)
        with_meaning = (self._labels + 2 + cell_len(row.meaning) for row in self._rows if row.meaning)
        return max((*plain, *with_meaning), default=0) + 2

    @property
    def height(self) -> int:
        """Rows of the screen that it takes."""
        return max(self.shown, 1) + (self._foot is not None)

    def show(self, rows: Sequence[Row], marked: int = 0, *, most: int = 0, foot: Callable[[int], str] | None = None) -> None:
        """`foot`: what stands below about the marked row."""
        self._most = most or self._most
        self._rows = tuple(Row(*(one_line(text, _WIDEST) for text in row)) for row in rows)
        self._labels = (
            max((cell_len(row.label) for row in self._rows), default=0) if any(row.meaning for row in self._rows) else 0
        )
        self._foot = foot
        self.marked = min(marked, len(self._rows) - 1)
        self._first = max(self.marked - self._most + 1, 0)
        self.styles.height = self.height
        self.refresh(layout=True)

    def move(self, by: int) -> None:
        """Move the mark, round the ends."""
        if self._rows:
            self.marked = (self.marked + by) % len(self._rows)

    def watch_marked(self, marked: int) -> None:
        if marked >= 0:
            self._first = max(min(self._first, marked), marked - self._most + 1, 0)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, at = self.size.width, self._first + y
        if self._foot and y == max(self.shown, 1):
            return self._last_row(self._foot, width)
        if at >= len(self._rows):
            return Strip.blank(width, self._style("rows--row"))
        row = self._rows[at]
        style = self._style("rows--marked" if at == self.marked else "rows--row")
        dim = style if at == self.marked else self._style("rows--hint")
        room = width - self._labels - 4
        if row.meaning and room >= _LEAST_MEANING:
            label = Segment(set_cell_size(f" {row.label}", self._labels + 3), style)
            return Strip([label, Segment(set_cell_size(_cut(row.meaning, room), room + 1), dim)], width)
        hint = f" {row.hint} " if row.hint and cell_len(row.hint) + 8 < width else ""
        label = Segment(set_cell_size(f" {row.label}", max(width - cell_len(hint), 0)), style)
        return Strip([label, Segment(hint, dim)], width)

    def _last_row(self, foot: Callable[[int], str], width: int) -> Strip:
        text = one_line(foot(self.marked), _WIDEST)
        return Strip([Segment(set_cell_size(f" {_cut(text, width - 2)}", width), self._style("rows--foot"))], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)


def _cut(text: str, cells: int) -> str:
    """`text` in so many cells; what is cut off is marked."""
    return text if cell_len(text) <= cells else f"{set_cell_size(text, max(cells - 1, 0))}…"
