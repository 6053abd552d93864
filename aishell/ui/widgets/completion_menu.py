"""What could be completed, in a menu under the cursor, or over it where there is no room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rich.cells import cell_len
from textual import work
from textual.geometry import Offset

from aishell.ui.editing import reasons
from aishell.ui.editing.candidates import Candidate, Completion
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.line import Line
from aishell.ui.widgets.rows import Row, Rows

_MOST = 8
_NARROWEST = 44
"""Cells, where a sentence stands below."""


class CompletionMenu(Rows):
    DEFAULT_CSS = """
    CompletionMenu { overlay: screen; constrain: inside none; display: none; width: auto; }
    CompletionMenu.-open { display: block; }
    """

    def __init__(
        self,
        completer: Completer,
        *,
        line: Callable[[], Line],
        put: Callable[[Line], None],
        cursor: Callable[[], Offset],
        say: Callable[[str], str] = str,
    ) -> None:
        """`line` is what is typed now, `put` changes it, `cursor` is where that is on the screen."""
        super().__init__(most=_MOST)
        self._completer = completer
        self._line = line
        self._put = put
        self._cursor = cursor
        self._say = say
        self._candidates: tuple[Candidate, ...] = ()
        self._completed = Line("", 0)
        """What the candidates are for."""

    @property
    def is_open(self) -> bool:
        return bool(self._candidates)

    @work(exclusive=True)
    async def complete(self, folder: str) -> None:
        """Complete what is typed as far as it is clear, and open where there is a choice; what comes later joins it."""
        line = self._line()
        stages = self._completer.stages(line.text, line.at, folder)
        while completion := await asyncio.to_thread(next, stages, None):
            if self._line() != line:  # another key has been typed
                return
            self._take(completion, line)

    def _take(self, completion: Completion, line: Line) -> None:
        if not completion.candidates:
            if not completion.more:
                self.close()
        elif self.is_open:
            self._open(completion)
        elif settled := completion.settled(line):
            self._put(settled)
        elif not completion.may_settle(line):  # else what has not come yet decides
            self._open(completion)

    def takes(self, key: str) -> bool:
        """Whether `key` was for the open menu. A key that moves the cursor closes it; typing goes on and narrows it."""
        match key:
            case "down" | "tab" | "ctrl+n":
                self.move(1)
            case "up" | "shift+tab" | "ctrl+p":
                self.move(-1)
            case "enter" | "right":
                candidate = self._candidates[max(self.marked, 0)]
                self.close()
                if self._line() == self._completed:  # else it is for what was typed before the last key
                    self._put(candidate.put(self._completed))
            case "escape" | "ctrl+g":
                self.close()
            case _:
                if len(key) != 1 and key != "backspace":
                    self.close()
                return False
        return True

    def close(self) -> None:
        self._candidates = ()
        self.remove_class("-open")

    def _open(self, completion: Completion) -> None:
        marked = self._marked_again(completion)
        self._candidates = completion.candidates
        self._completed = line = self._line()
        rows = [Row(each.label, reasons.name(each.sort, self._say), each.meaning) for each in self._candidates]
        if not completion.complete:
            rows[-1] = rows[-1]._replace(hint=self._say("and more"))
        reason = [reasons.why(each, self._say, loose=completion.loose) for each in self._candidates]
        self._place(rows, reason, marked, line)
        self.add_class("-open")

    def _marked_again(self, completion: Completion) -> int:
        """The row of what a person has gone to, also when others have come before it."""
        if self._line() != self._completed or self.marked <= 0 or not self._candidates:
            return 0
        marked = self._candidates[self.marked]
        return next((at for at, each in enumerate(completion.candidates) if each.insert == marked.insert), 0)

    def _place(self, rows: list[Row], reason: list[str], marked: int, line: Line) -> None:
        """Under the cursor, or over it where there is more room."""
        cursor, screen = self._cursor(), self.screen.size
        below, above = screen.height - cursor.y - 1, cursor.y
        feet = 1 if any(reason) else 0
        room = below if below >= min(len(rows), _MOST) + feet else max(below, above, 1)
        if room - feet < 1:
            feet = 0
        self.show(rows, marked, most=min(room - feet, _MOST), foot=reason.__getitem__ if feet else None)
        width = min(max(self.widest, _NARROWEST * feet), screen.width)
        self.styles.width = width
        top = cursor.y + 1 if self.height <= below else cursor.y - self.height
        typed = cell_len(line.text[self._candidates[0].start : line.at])
        left = cursor.x - typed - 1 if typed <= cursor.x else cursor.x  # so that labels stand under what is typed
        self.absolute_offset = Offset(max(min(left, screen.width - width), 0), max(top, 0))
