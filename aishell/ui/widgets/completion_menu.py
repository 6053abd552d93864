"""What could be completed, in a menu under the cursor, or over it where there is no room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rich.cells import cell_len
from textual import work
from textual.geometry import Offset

from aishell.ui.editing.candidates import Candidate, Completion
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.line import Line
from aishell.ui.widgets.rows import Row, Rows

_MOST = 8
_HINTS = {"user": "home", "file": ""}


class CompletionMenu(Rows):
    DEFAULT_CSS = """
    CompletionMenu { overlay: screen; constrain: inside none; display: none; width: auto; }
    CompletionMenu.-open { display: block; }
    """

    def __init__(
        self, completer: Completer, *, line: Callable[[], Line], put: Callable[[Line], None], cursor: Callable[[], Offset]
    ) -> None:
        """`line` is what is typed now, `put` changes it, `cursor` is where that is on the screen."""
        super().__init__(most=_MOST)
        self._completer = completer
        self._line = line
        self._put = put
        self._cursor = cursor
        self._candidates: tuple[Candidate, ...] = ()
        self._completed = Line("", 0)
        """What the candidates are for."""

    @property
    def is_open(self) -> bool:
        return bool(self._candidates)

    @work(exclusive=True)
    async def complete(self, folder: str) -> None:
        """Complete what is typed as far as it is clear, and open where there is a choice."""
        line = self._line()
        completion = await asyncio.to_thread(self._completer.complete, line.text, line.at, folder)
        if self._line() != line:  # another key has been typed
            return
        if not completion.candidates:
            self.close()
        elif not self.is_open and (settled := completion.settled(line)):
            self._put(settled)
        else:
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
        self._candidates = completion.candidates
        self._completed = line = self._line()
        cursor, screen = self._cursor(), self.screen.size
        below, above = screen.height - cursor.y - 1, cursor.y
        room = below if below >= min(len(self._candidates), _MOST) else max(below, above, 1)
        rows = [Row(candidate.label, _HINTS.get(candidate.sort, candidate.sort)) for candidate in self._candidates]
        if not completion.complete:
            rows[-1] = rows[-1]._replace(hint="and more")
        self.show(rows, most=min(room, _MOST))
        width = min(self.widest, screen.width)
        self.styles.width = width
        top = cursor.y + 1 if self.shown <= below else cursor.y - self.shown
        typed = cell_len(line.text[self._candidates[0].start : line.at])
        left = cursor.x - typed - 1 if typed <= cursor.x else cursor.x  # so that labels stand under what is typed
        self.absolute_offset = Offset(max(min(left, screen.width - width), 0), max(top, 0))
        self.add_class("-open")
