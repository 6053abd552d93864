"""The rows of a screen that a program may still write to, and its cursor. What leaves at the top is kept, bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aishell.ui.terminal.cells import Cells, Frozen, Line, as_line, chopped, split
from aishell.ui.terminal.kept import Kept
from aishell.ui.terminal.pen import PLAIN, Pen

_MOST_COLUMNS = 1000
_MOST_ROWS = 500
_TAB = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What ESC 7 saves."""

    x: int = 0
    y: int = 0
    pen: Pen = PLAIN


class Grid:
    """Rows are counted from the first one that has not left. There are only as many as were reached, at most the height."""

    def __init__(self, columns: int, height: int, kept: Kept) -> None:
        self.columns = max(1, min(columns, _MOST_COLUMNS))
        self.height = max(1, min(height, _MOST_ROWS))
        self.kept = kept
        self.reset()

    def reset(self) -> None:
        self.rows: list[Frozen | Cells] = [""]
        self.x = self.y = 0
        self.pending = False
        """The last column has been written to: the next character goes to the next row, but the cursor still stands here."""
        self.pen = PLAIN
        self.wraps = True
        self.saved = Saved()
        self.margins()

    def resize(self, columns: int, height: int) -> None:
        self.columns = max(1, min(columns, _MOST_COLUMNS))
        self.height = max(1, min(height, _MOST_ROWS))
        self._leave(len(self.rows) - self.height)
        self.margins()
        self.go(x=self.x)

    def margins(self, top: int = 1, bottom: int = 0) -> None:
        """Which rows scroll, counted from 1; a bottom of 0 is the last one."""
        bottom = min(bottom or self.height, self.height)
        self.top, self.bottom = (top - 1, bottom - 1) if 0 < top < bottom else (0, self.height - 1)

    # ---- the cursor

    def go(self, *, x: int | None = None, y: int | None = None) -> None:
        """Counted from 0; stays within the screen."""
        self.pending = False
        self.x = max(0, min(self.x if x is None else x, self.columns - 1))
        if y is not None:
            self.y = max(0, min(y, self.height - 1))
            self._reach(self.y)

    def move_rows(self, by: int, *, x: int | None = None) -> None:
        """Up or down, not past a margin of the region that scrolls."""
        top = self.top if self.y >= self.top else 0
        bottom = self.bottom if self.y <= self.bottom else self.height - 1
        self.go(x=x, y=max(top, min(self.y + by, bottom)))

    def tab(self, count: int = 1) -> None:
        self.go(x=(self.x // _TAB + count) * _TAB)

    def line_feed(self) -> None:
        self.pending = False
        if self.y == self.bottom:
            self.scroll(1)
        elif self.y < self.height - 1:
            self.y += 1
            self._reach(self.y)

    def reverse_line_feed(self) -> None:
        self.pending = False
        if self.y == self.top:
            self.scroll(-1)
        else:
            self.y = max(0, self.y - 1)

    def save(self) -> None:
        self.saved = Saved(x=self.x, y=self.y, pen=self.pen)

    def restore(self) -> None:
        self.pen = self.saved.pen
        self.go(x=self.saved.x, y=self.saved.y)

    # ---- writing

    def write(self, cells: list[str]) -> None:
        """Characters as `split` gives them, from the cursor on."""
        at, count = 0, len(cells)
        while at < count:
            if self.pending and self.wraps:
                self.wrap()
            end = min(at + self.columns - self.x, count)
            if end < count and cells[end] == "":  # half of a wide character does not fit
                end -= 1
            if end == at:
                if self.x == 0 or not self.wraps:  # nor would it in any other row
                    at += 2
                else:
                    self.wrap()
                continue
            self.open().put(self.x, cells[at:end], self.pen)
            self.x += end - at
            at = end
            if self.x >= self.columns:
                self.x, self.pending = self.columns - 1, True
                if not self.wraps:
                    return

    def mark(self, character: str) -> None:
        """An accent on what was written last."""
        self.open().mark(self.x if self.pending else self.x - 1, character)

    def at_the_end(self) -> bool:
        """Whether whole lines may be added at once: nothing stands below or right of the cursor."""
        return (
            self.x == 0
            and self.y == len(self.rows) - 1
            and self.rows[-1] == ""
            and self.top == 0
            and self.bottom == self.height - 1
            and self.wraps
        )

    def add_lines(self, lines: list[str], *, ascii_only: bool) -> None:
        """Whole plain lines, when `at_the_end`; the cursor stands below them."""
        surely = self.columns if ascii_only else self.columns // 2
        if max(map(len, lines)) <= surely:
            self.add(lines)
            return
        rows: list[Frozen] = []
        for line in lines:
            *pieces, last = chopped(line, self.columns)
            rows += [Line(text=piece, wrapped=True) for piece in pieces]
            rows.append(last)
        self.add(rows)

    def write_long(self, text: str) -> None:
        """A plain text of many rows without a newline, when `at_the_end`."""
        *pieces, last = chopped(text, self.columns)
        self.add([Line(text=piece, wrapped=True) for piece in pieces])
        self.write(split(last))

    def add(self, rows: Sequence[Frozen]) -> None:
        """Rows that are not written to again, when `at_the_end`."""
        self.rows[-1:] = rows
        self.rows.append("")
        self._leave(len(self.rows) - self.height)
        self.y = len(self.rows) - 1

    # ---- erasing and moving what is there

    def erase_in_row(self, how: int) -> None:
        begin, end = ((self.x, self.columns), (0, self.x + 1), (0, self.columns))[how] if how < 3 else (0, 0)
        if end > begin:
            row = self.open()
            row.blank(begin, end, self._ground())
            row.wrapped = row.wrapped and end < self.columns
        self.pending = False

    def erase(self, how: int) -> None:
        """Below the cursor, above it, everywhere; 3: what has left the screen."""
        if how == 3:
            self.kept.clear()
            return
        self.erase_in_row(how)
        if how != 1:
            del self.rows[self.y + 1 :]
        if how != 0:
            self.rows[: self.y] = [""] * self.y

    def insert_cells(self, count: int) -> None:
        self.pending = False
        self.open().insert(self.x, min(count, self.columns - self.x), self.columns, self._ground())

    def delete_cells(self, count: int) -> None:
        self.pending = False
        self.open().delete(self.x, count)

    def erase_cells(self, count: int) -> None:
        self.pending = False
        self.open().blank(self.x, min(self.x + count, self.columns), self._ground())

    def insert_rows(self, count: int) -> None:
        """At the cursor; what leaves at the bottom margin is gone. A negative `count` takes rows out."""
        if self.top <= self.y <= self.bottom:
            self._shift(self.y, -count)
            self.go(x=0)

    def scroll(self, count: int) -> None:
        """Rows leave at the top margin, or, with a negative `count`, at the bottom one."""
        if count > 0 and self.top == 0 and self.bottom == self.height - 1:
            self._reach(self.height - 1)
            self.rows += [""] * min(count, self.height)
            self._leave(len(self.rows) - self.height, keep_cursor=True)
            return
        if count > 0 and self.top == 0:
            self.kept.extend([_frozen(row) for row in self.rows[: min(count, self.bottom + 1)]])
        self._shift(self.top, count)

    def _shift(self, top: int, count: int) -> None:
        """Rows from `top` to the bottom margin move up by `count`, or down."""
        self._reach(self.bottom)
        region = self.rows[top : self.bottom + 1]
        blank: list[Frozen | Cells] = [""] * min(abs(count), len(region))
        moved = region[count:] + blank if count > 0 else blank + region[: len(region) - len(blank)]
        self.rows[top : self.bottom + 1] = moved

    # ---- rows

    def open(self) -> Cells:
        """The cursor's row, to be written to."""
        row = self.rows[self.y]
        if not isinstance(row, Cells):
            row = self.rows[self.y] = Cells(row)
        return row

    def used(self) -> int:
        """Rows up to the last one that is not blank."""
        count = len(self.rows)
        while count and not as_line(self.rows[count - 1]).text.strip():
            count -= 1
        return count

    def wrap(self) -> None:
        """Go on in the next row."""
        self.open().wrapped = True
        self.line_feed()
        self.x = 0

    def _reach(self, y: int) -> None:
        if (missing := y + 1 - len(self.rows)) > 0:
            self.rows += [""] * missing

    def _leave(self, count: int, *, keep_cursor: bool = False) -> None:
        """The first `count` rows leave the screen, and the cursor moves with its own."""
        if count > 0:
            self.kept.extend([_frozen(row) for row in self.rows[:count]])
            del self.rows[:count]
            if not keep_cursor:
                self.y = max(0, self.y - count)

    def _ground(self) -> Pen:
        """What erased cells look like: the background only."""
        return PLAIN if self.pen.background is None else Pen(background=self.pen.background)


def _frozen(row: Frozen | Cells) -> Frozen:
    return row.frozen() if isinstance(row, Cells) else row
