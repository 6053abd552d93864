"""What line programs print, as a terminal would show it: bytes in, bounded lines of styled cells out.

Enough of a terminal for readline, psql, pip, docker, cargo and apt: the cursor, erasing, inserting, scrolling, colours. Titles,
clipboard, pictures and all else that acts on a terminal is swallowed, and a character that a reader would not see is shown.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain, islice

from rich.cells import get_character_cell_size

from aishell.core.text import has_hidden, visible
from aishell.ui.terminal.cells import Cells, Frozen, Line, as_line, joined, painted, split
from aishell.ui.terminal.grid import Grid
from aishell.ui.terminal.kept import Kept
from aishell.ui.terminal.pen import PLAIN, Pen, repainted
from aishell.ui.terminal.sequences import escape, obey

_LONGEST_SEQUENCE = 1024
"""Characters of an unfinished escape sequence that are waited with; a longer one is none."""
_LONGEST_STRING = 1 << 20
"""Characters of a title, picture and so on that are swallowed; whatever goes on longer is output."""
_LONGEST_COLOURS = 128
_LONGEST_LINE = 1 << 16
"""Of a line that is put together again from its rows."""
_MOST_ANSWERS = 16
_MOST_ROWS_OF_A_LINE = 64

_TEXT = "[^\x00-\x1f\x7f-\x9f]"
_SGR = re.compile("(?:\x1b\\[|\x9b)([0-9;:]*)m")
_LINES = f"(?:(?:{_TEXT}++|(?:\x1b\\[|\x9b)[0-9;:]*+m)*+{{newline}})++"
"""Whole lines of text and colours. Nothing in it is tried twice: a text made to be slow is not."""
_TOKEN = re.compile(
    f"(?P<run>{_TEXT}+)"
    "|(?:\x1b\\[|\x9b)(?P<sgr>[0-9;:]*)m"
    "|(?:\x1b\\[|\x9b)(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<csi>[@-~])"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*(?P<odd>[@-~])"
    "|(?:\x1b\\[|\x9b)[0-?]*[ -/]*(?P<broken>[^\x1b]|(?=\x1b|\\Z))"
    "|(?P<string>\x1b[\\]PX^_k]|[\x90\x98\x9d\x9e\x9f])"
    "|\x1b(?P<escape>[ -/]*[0-~])"
    "|(?P<control>[\x00-\x1f\x7f-\x9f])"
)
_UNFINISHED = re.compile("(?:(?:\x1b\\[|\x9b)[0-?]*[ -/]*|\x1b[ -/]*)\\Z")
_STRING_END = re.compile("\x07|\x1b\\\\|\x9c|\x18|\x1a")
_TITLE_END = re.compile("\x07|\x1b\\\\|\x9c|\x18|\x1a|(?=[\r\n])")


class TerminalText:
    """At most `first` + `last` lines and a screen of `rows` are held, however much is fed."""

    def __init__(
        self, columns: int = 80, rows: int = 24, *, newline_returns: bool = False, first: int = 500, last: int = 10_000
    ) -> None:
        """`newline_returns`: the bytes come from a pipe, where no terminal has put a carriage return before each newline."""
        self._kept = Kept(first, last)
        self._grid = Grid(columns, rows, self._kept)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._newline_returns = newline_returns
        self._whole_lines = re.compile(_LINES.format(newline="\r?\n" if newline_returns else "\r\n"))
        self._held = ""
        self._swallowing: re.Pattern[str] | None = None
        """What ends the string that is being swallowed."""
        self._swallowed = 0
        self._last = ""
        """The character written last, for a program that wants it repeated."""
        self._answers: list[bytes] = []
        self.cursor_shown = True

    # ---- in

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take the next bytes, however they are cut. With `final`, what was waited with is dealt with."""
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        at, end, next_try = 0, len(text), 0
        while at < end:
            if self._swallowing:
                at = self._swallow(text, at, self._swallowing)
                continue
            if at >= next_try and self._grid.at_the_end():
                if whole := self._whole_lines.match(text, at):
                    self._add_lines(whole[0].replace("\r\n", "\n"))
                    at = whole.end()
                    continue
                next_try = text.find("\n", at) + 1 or end
            if text[at] in "\x1b\x9b" and not final and end - at < _LONGEST_SEQUENCE and _UNFINISHED.match(text, at):
                self._held = text[at:]
                return
            match = _TOKEN.match(text, at)
            assert match is not None
            at = match.end()
            self._take(match)

    def resize(self, columns: int, rows: int) -> None:
        """For what comes; rows that are there stay as long as they are."""
        self._grid.resize(columns, rows)

    def answers(self) -> bytes:
        """What a terminal would send back for the questions in what was fed since the last call: only ever numbers."""
        answers, self._answers = self._answers, []
        return b"".join(answers)

    # ---- out

    def __len__(self) -> int:
        """Lines that are held, without blank ones at the end."""
        return len(self._kept) + self._grid.used()

    def __getitem__(self, index: int) -> Line:
        kept = len(self._kept)
        return as_line(self._kept[index] if index < kept else self._grid.rows[index - kept])

    def stored(self, begin: int, end: int) -> Iterator[Frozen | Cells]:
        """The rows between two indexes as they are kept: one after the other costs less than one by one."""
        return islice(chain(self._kept, self._grid.rows[: self._grid.used()]), begin, end)

    @property
    def gap(self) -> tuple[int, int]:
        """How many lines stand before the gap, and how many are left out in it; (0, 0) when all are held."""
        return (self._kept.first, self._kept.left_out) if self._kept.left_out else (0, 0)

    @property
    def cursor(self) -> tuple[int, int]:
        """The line, which may be one past the last, and the cell."""
        return len(self._kept) + self._grid.y, self._grid.x

    def cursor_index(self) -> int:
        """Where the cursor stands in the text of its row; behind it when there is nothing there yet."""
        cells = split(self[row].text) if (row := self.cursor[0]) < len(self) else []
        x = self.cursor[1]
        return len("".join(cells[:x])) + max(0, x - len(cells))

    def whole(self, begin: int, end: int) -> tuple[Line, int]:
        """The line that begins in a row, put together again if the terminal has broken it, and the row after it.

        Only of rows before `end`, and of a few dozen at most.
        """
        line, after = self[begin], begin + 1
        if not line.wrapped:
            return line, after
        pieces = [line]
        while pieces[-1].wrapped and after < min(end, begin + _MOST_ROWS_OF_A_LINE):
            pieces.append(self[after])
            after += 1
        return joined(pieces), after

    def lines(self, begin: int = 0, end: int | None = None) -> Iterator[str]:
        """The text of what is held; what a terminal has broken into rows is one line again."""
        before = ""
        for index in range(begin, len(self) if end is None else end):
            line = self[index]
            before += line.text
            if not line.wrapped or len(before) > _LONGEST_LINE:
                yield before.rstrip(" ")
                before = ""
        if before:
            yield before.rstrip(" ")

    # ----

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if kind == "run":
            self._write(_shown(match["run"]))
        elif kind == "sgr":
            if len(match["sgr"]) <= _LONGEST_COLOURS:
                self._grid.pen = repainted(self._grid.pen, match["sgr"])
        elif kind == "control":
            self._control(match["control"])
        elif kind == "csi":
            self._sequence(match["private"], match["numbers"], match["between"], match["csi"])
        elif kind == "string":
            self._swallowing = _TITLE_END if match["string"] in ("\x1b]", "\x9d") else _STRING_END
            self._swallowed = 0
        elif kind == "escape":
            escape(self._grid, match["escape"])
        elif kind == "broken" and match["broken"]:
            self._control(match["broken"])

    def _swallow(self, text: str, at: int, until: re.Pattern[str]) -> int:
        """Where to read on."""
        if end := until.search(text, at):
            self._swallowing = None
            return end.end()
        self._swallowed += len(text) - at
        if self._swallowed > _LONGEST_STRING:
            self._swallowing = None
        elif text.endswith("\x1b"):
            self._held = "\x1b"
        return len(text)

    def _add_lines(self, block: str) -> None:
        """Whole lines, when nothing stands below the cursor."""
        grid = self._grid
        if "\x1b" not in block and "\x9b" not in block and grid.pen is PLAIN:
            block = _shown(block)
            grid.add_lines(block[:-1].split("\n"), ascii_only=block.isascii())
            return
        rows: list[Frozen] = []
        for line in block[:-1].split("\n"):
            pieces = self._painted(line)
            row = painted(pieces)
            text = row if isinstance(row, str) else row.text
            if len(text) <= (grid.columns if text.isascii() else grid.columns // 2):
                rows.append(row)
                continue
            after = grid.pen
            grid.add(rows)
            rows = []
            for piece, grid.pen in pieces:
                self._write(piece)
            grid.pen = after
            grid.go(x=0)
            grid.line_feed()
        grid.add(rows)

    def _painted(self, line: str) -> list[tuple[str, Pen]]:
        """The pieces of a line and how each looks; the pen is as after it."""
        first, *rest = _SGR.split(line)
        pen = self._grid.pen
        pieces = [(first, pen)] if first else []
        for colours, piece in zip(rest[::2], rest[1::2], strict=True):
            if len(colours) <= _LONGEST_COLOURS:
                pen = repainted(pen, colours)
            if piece:
                pieces.append((piece, pen))
        self._grid.pen = pen
        return pieces if line.isascii() else [(_shown(piece), pen) for piece, pen in pieces]

    def _write(self, text: str) -> None:
        """Text without control characters."""
        grid = self._grid
        if len(text) > 4 * grid.columns and text.isascii() and grid.pen is PLAIN and grid.wraps:
            room = 0 if grid.pending else grid.columns - grid.x
            grid.write(list(text[:room]))
            text = text[room:]
            grid.wrap()
            if grid.at_the_end():
                grid.write_long(text)
                return
        accents = 0
        while accents < len(text) and get_character_cell_size(text[accents]) == 0:  # the letter came before
            grid.mark(text[accents])
            accents += 1
        cells = split(text[accents:])
        grid.write(cells)
        if cells:
            self._last = cells[-1] or cells[-2]

    def _control(self, character: str) -> None:
        grid = self._grid
        match character:
            case "\n" | "\v" | "\f":
                if self._newline_returns:
                    grid.go(x=0)
                grid.line_feed()
            case "\r":
                grid.go(x=0)
            case "\b":
                grid.go(x=grid.x - 1)
            case "\t":
                grid.tab()
            case _ if character >= "\x80":
                self._write(visible(character))
        # A terminal does nothing visible for the others either.

    def _sequence(self, private: str, numbers: str, between: str, final: str) -> None:
        values = [int(part) if 0 < len(part) <= 4 else 0 for part in numbers[:64].replace(":", ";").split(";")]
        if private == "?" and final in "hl":
            self._mode(values, on=final == "h")
        elif not (private or between):
            if final in "cn":
                self._answer(final, values[0])
            elif final == "b":
                self._grid.write(split(self._last) * min(max(1, values[0]), self._grid.columns))
            else:
                obey(self._grid, final, values)

    def _mode(self, values: list[int], *, on: bool) -> None:
        if 25 in values:
            self.cursor_shown = on
        if 7 in values:
            self._grid.wraps = on

    def _answer(self, final: str, value: int) -> None:
        grid = self._grid
        answer = {("c", 0): b"\x1b[?6c", ("n", 5): b"\x1b[0n", ("n", 6): b"\x1b[%d;%dR" % (grid.y + 1, grid.x + 1)}.get(
            (final, value)
        )
        if answer and len(self._answers) < _MOST_ANSWERS:
            self._answers.append(answer)


def _shown(text: str) -> str:
    return visible(text) if not text.isascii() and has_hidden(text) else text
