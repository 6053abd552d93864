"""A short list with one row marked. It never has the focus: who is typed into moves the mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from aishell.core.text import one_line

_WIDEST = 400


class Row(NamedTuple):
    label: str
    hint: str = ""


class Rows(Widget):
    DEFAULT_CSS = """
    Rows { height: auto; }
    Rows > .rows--row { color: $foreground; background: $panel; }
    Rows > .rows--hint { color: $text-muted; background: $panel; }
    Rows > .rows--marked { color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--row", "rows--hint", "rows--marked"}

    marked: reactive[int] = reactive(-1)
    """The row that is marked; -1: none."""

    def __init__(self, *, most: int = 8, id: str | None = None) -> None:
        super().__init__(id=id)
        self._most = most
        self._rows: tuple[Row, ...] = ()
        self._first = 0
        """The first row that is shown."""

    @property
    def shown(self) -> int:
        """How many rows are seen at once."""
        return min(len(self._rows), self._most)

    @property
    def widest(self) -> int:
        """Cells that the widest row takes."""
        return max((cell_len(row.label) + (cell_len(row.hint) + 2 if row.hint else 0) for row in self._rows), default=0) + 2

    def show(self, rows: Sequence[Row], marked: int = 0, *, most: int = 0) -> None:
        self._most = most or self._most
        self._rows = tuple(Row(one_line(row.label, _WIDEST), one_line(row.hint, _WIDEST)) for row in rows)
        self.marked = min(marked, len(self._rows) - 1)
        self._first = max(self.marked - self._most + 1, 0)
        self.styles.height = max(self.shown, 1)
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
        if at >= len(self._rows):
            return Strip.blank(width, self._style("rows--row"))
        row = self._rows[at]
        style = self._style("rows--marked" if at == self.marked else "rows--row")
        hint = f" {row.hint} " if row.hint and cell_len(row.hint) + 8 < width else ""
        label = Segment(set_cell_size(f" {row.label}", max(width - cell_len(hint), 0)), style)
        return Strip([label, Segment(hint, style if at == self.marked else self._style("rows--hint"))], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)
