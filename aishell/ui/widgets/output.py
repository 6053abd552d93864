"""What a command printed, inside its block: folded when it is long, searchable, and drawn only where it can be seen."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from aishell.ui.looks import Span, segments
from aishell.ui.rows import FEWEST, Row, Rows, lines_between
from aishell.ui.terminal.cells import Line
from aishell.ui.terminal.text import TerminalText
from aishell.ui.words import Words

_FRAME_S = 1 / 30
_SHARE = 4
"""Of the time, laying out takes at most one part in so many, however long the output is."""
_MOST_MATCHES = 10_000
_CURSOR = Style(reverse=True)


class Output(Widget):
    """Feed it with `write`. It redraws at most 30 times a second, and the first time at once."""

    DEFAULT_CSS = """
    Output { height: auto; width: 1fr; }
    Output > .output--note { color: $primary; text-style: italic; }
    Output > .output--match { background: $warning; color: $background; text-style: underline; }
    Output > .output--current { background: $accent; color: $background; text-style: bold underline; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"output--note", "output--match", "output--current"}

    def __init__(
        self, say: Words, *, columns: int = 80, rows: int = 24, newline_returns: bool = False, fold_rows: int = 24
    ) -> None:
        """`columns` and `rows` are what the program was told; `newline_returns`: its output comes through a pipe."""
        super().__init__()
        self.text = TerminalText(columns, rows, newline_returns=newline_returns)
        self.folded = True
        self.cursor_on = False
        """Whether a program is here that a person types to."""
        self._say = say
        self._fold_rows = max(fold_rows, FEWEST)
        self._rows = Rows(self.text, 1)
        self._rows_width = -1
        """What width `_rows` is for; -1 when it is out of date."""
        self._drawn = self._took = 0.0
        """When it was drawn last, and how long it took to lay it out."""
        self._due: Timer | None = None
        self._wanted: re.Pattern[str] | None = None
        self._matches: dict[int, list[tuple[int, int]]] = {}
        self._order: list[tuple[int, int]] = []
        self._at = 0

    # ---- what comes in

    def write(self, data: bytes, *, final: bool = False) -> None:
        """The next bytes of output. On the screen within a frame."""
        self.text.feed(data, final=final)
        self.changed()

    def changed(self) -> None:
        """Draw anew, at once or with the next frame."""
        self._rows_width = -1
        if self._due or not self.is_attached:
            return
        wait = self._drawn + max(_FRAME_S, _SHARE * self._took) - time.monotonic()
        if wait > 0:
            self._due = self.set_timer(wait, self._draw)
        else:
            self._draw()

    def _draw(self) -> None:
        self._due = None
        self._drawn = time.monotonic()
        before = self.size.height
        if self._wanted:
            self._find()
        self.refresh(layout=len(self._laid_out(self.size.width)) != before)
        self._took = time.monotonic() - self._drawn

    def fold(self, *, folded: bool) -> None:
        self.folded = folded
        self._rows_width = -1
        self.refresh(layout=True)

    @property
    def foldable(self) -> bool:
        """Whether there is more than is shown of it when it is folded."""
        return len(self.text) > self._fold_rows

    # ---- what goes out

    def plain_text(self) -> str:
        """Everything that is held, with a line where something is left out."""
        return "".join(f"{line}\n" for line in self._plain_lines())

    def save(self, file: Path) -> None:
        """Write it into a new file. Raises OSError."""
        with file.open("x", encoding="utf-8") as out:
            out.write(self.plain_text())

    def _plain_lines(self) -> list[str]:
        first, left_out = self.text.gap
        lines = list(self.text.lines(0, first if left_out else None))
        if left_out:
            lines += [self._left_out(left_out), *self.text.lines(first)]
        return lines

    def _left_out(self, count: int) -> str:
        return self._say.count(
            count, "… {n:,} line left out; s saves what was kept", "… {n:,} lines left out; s saves what was kept"
        )

    # ---- searching

    def search(self, needle: str) -> int:
        """How many times `needle` is in it; small letters also match large ones. The first one is shown."""
        small = needle == needle.lower()
        self._wanted = re.compile(re.escape(needle), re.IGNORECASE if small else 0) if needle else None
        self._find()
        self._at = 0
        self._show_match()
        return len(self._order)

    def step(self, by: int) -> tuple[int, int]:
        """Go to the next match, or back; which one it is, counted from 1, and how many there are."""
        self._find()
        if not self._order:
            return 0, 0
        self._at = (self._at + by) % len(self._order)
        self._show_match()
        return self._at + 1, len(self._order)

    def _find(self) -> None:
        self._matches, self._order = {}, []
        gap_at = self.text.gap[0]
        for index, line in lines_between(self.text, 0, gap_at, len(self.text)) if self._wanted else ():
            if self._wanted and (found := [match.span() for match in self._wanted.finditer(line.text)]):
                self._matches[index] = found
                self._order += [(index, begin) for begin, _ in found]
                if len(self._order) > _MOST_MATCHES:
                    break
        self._at = min(self._at, max(0, len(self._order) - 1))

    def _show_match(self) -> None:
        self.refresh()
        if not self._order:
            return
        line, begin = self._order[self._at]
        if self._laid_out(self.size.width).find(line, begin) is None:
            self.fold(folded=False)
        y = self._laid_out(self.size.width).find(line, begin)
        self.call_after_refresh(self._bring_up, y)

    def _bring_up(self, y: int | None) -> None:
        """Have whatever scrolls around it show row `y`."""
        for around in self.ancestors if y is not None else ():
            if isinstance(around, Widget) and around.allow_vertical_scroll:
                top = self.virtual_region_with_margin.y
                for between in self.ancestors:
                    if between is around or not isinstance(between, Widget):
                        break
                    top += between.virtual_region.y
                around.scroll_to_region(Region(0, top + (y or 0), 1, 1), animate=False, force=True)
                return

    # ---- drawing

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._laid_out(width))

    def render_line(self, y: int) -> Strip:
        rows = self._laid_out(self.size.width)
        base = self.rich_style
        if y >= len(rows):
            return Strip.blank(self.size.width, base)
        row = rows[y]
        if row.kind == "text":
            drawn = self._row_segments(row, y, base)
        else:
            note = self._left_out(row.hidden)
            if row.kind == "fold":
                note = self._say.count(row.hidden, "⋯ {n:,} more line; Enter shows all", "⋯ {n:,} more lines; Enter shows all")
            drawn = [Segment(note, base + self.get_component_rich_style("output--note", partial=True))]
        return Strip(drawn).extend_cell_length(self.size.width, base).crop(0, self.size.width).apply_offsets(0, y)

    def _row_segments(self, row: Row, y: int, base: Style) -> list[Segment]:
        line = self.text.whole(row.line, row.after)[0] if row.line < len(self.text) else Line(text="")
        spans: list[Span] = []
        for begin, end in self._matches.get(row.line, ()):
            current = self._order[self._at] == (row.line, begin)
            spans.append((begin, end, self.get_component_rich_style(f"output--{'current' if current else 'match'}")))
        if (selection := self.text_selection) and (span := selection.get_span(y)):
            begin, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            spans.append((row.begin + begin, row.end if end == -1 else row.begin + end, style))
        if (at := self._cursor_in(row)) is not None:
            line = Line(text=line.text.ljust(at + 1), runs=line.runs)
            row = replace(row, end=max(row.end, at + 1))
            spans.append((at, at + 1, _CURSOR))
        return segments(line, row.begin, row.end, spans, base)

    def _cursor_in(self, row: Row) -> int | None:
        """Where in its line the cursor is, if it is to be seen in this row."""
        y = self.text.cursor[0]
        if not (self.cursor_on and self.text.cursor_shown and row.line <= y < row.after):
            return None
        at = sum(len(self.text[before].text) for before in range(row.line, y)) + self.text.cursor_index()
        return at if row.begin <= at and (at < row.end or row.last) else None

    def _laid_out(self, width: int) -> Rows:
        if width != self._rows_width:
            reaches = self.text.cursor[0] + 1 if self.cursor_on else 0
            fold_lines = self._fold_rows if self.folded else 0
            self._rows = Rows(self.text, max(1, width), fold_lines=fold_lines, reaches=reaches)
            self._rows_width = width
        return self._rows

    # ---- selecting and folding with the mouse

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        rows = self._laid_out(self.size.width)
        texts = [self._text_of(row) for row in rows]
        return selection.extract("\n".join(texts)), "\n"

    def _text_of(self, row: Row) -> str:
        known = row.kind == "text" and row.line < len(self.text)
        return self.text.whole(row.line, row.after)[0].text[row.begin : row.end] if known else ""

    def on_click(self, event: events.Click) -> None:
        rows = self._laid_out(self.size.width)
        if event.y < len(rows) and rows[event.y].kind == "fold":
            self.fold(folded=False)
