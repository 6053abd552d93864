"""The text of the prompt: keys become edits, commands have colours, and what may be meant stands behind the cursor."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import ClassVar, get_args

from rich.text import Text
from textual import events
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.widgets import TextArea

from aishell.core.text import visible
from aishell.ui.editing import line as places
from aishell.ui.editing.emacs import Emacs
from aishell.ui.editing.line import Line, Pressed
from aishell.ui.editing.paste import pasted
from aishell.ui.editing.undo import Undo
from aishell.ui.editing.vi import Vi
from aishell.ui.editing.words import Look, Span, looks

_LOOKS = get_args(Look)
_LONGEST_COLOURED = 4000
"""Characters; a longer text is data that was pasted, and colouring it would be felt at each key."""
_LONGEST_GHOST = 300


class PromptText(TextArea):
    DEFAULT_CSS = """
    PromptText, PromptText:focus { border: none; padding: 0; height: auto; max-height: 10; background: transparent; }
    PromptText > .look--command { color: $success; }
    PromptText > .look--unknown { color: $error; }
    PromptText > .look--keyword { color: $accent; text-style: bold; }
    PromptText > .look--assignment { color: $secondary; }
    PromptText > .look--option { color: $primary; }
    PromptText > .look--quoted { color: $warning; }
    PromptText > .look--variable { color: $secondary; }
    PromptText > .look--operator { text-style: bold; }
    PromptText > .look--redirect { text-style: bold; }
    PromptText > .look--comment { color: $text-muted; text-style: italic; }
    PromptText > .look--heredoc { color: $warning; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"look--{look}" for look in _LOOKS}

    def __init__(
        self,
        keys: Emacs | Vi,
        *,
        first: Callable[[str], bool],
        wanted: Callable[[Pressed], None],
        changed: Callable[[], None],
        noticed: Callable[[str], None],
        is_command: Callable[[str], bool],
    ) -> None:
        """`first` may take a key for itself; `wanted` does what a key asks for beyond the line.

        They are called, and not told by message, since the next key may be waiting already: `ls Enter pwd Enter` are two lines.
        """
        self._keys = keys
        self._first = first
        self._wanted = wanted
        self._changed = changed
        self._noticed = noticed
        self._is_command = is_command
        self._undo = Undo()
        self._change: Hashable = None
        """What edits belong to now, so that they are taken back together."""
        self._ghost = ""
        self._spans: list[Span] = []
        self.in_colours = True
        """Whether the text is a shell line, and to be coloured as one."""
        super().__init__(highlight_cursor_line=False)  # which asks for colours at once
        self.cursor_blink = False

    @property
    def line(self) -> Line:
        text = self.text
        return Line(text, places.index(text, *self.cursor_location))

    @property
    def ghost(self) -> str:
        """What may be meant behind the text."""
        return self._ghost

    @ghost.setter
    def ghost(self, text: str) -> None:
        self._ghost = text
        row, *more = visible(text).split("\n", 1)
        self.suggestion = row[:_LONGEST_GHOST] + ("…" if more or len(row) > _LONGEST_GHOST else "")

    @property
    def at_end(self) -> bool:
        return self.cursor_at_end_of_text and self.selection.is_empty

    def take_ghost(self, text: str) -> None:
        """Put what was offered behind the text, or its first part."""
        self.put(self.line.put(visible(text)))

    def put(self, line: Line) -> None:
        """Make the text and the cursor those of `line`, as one change that can be taken back."""
        self._change = object()
        self._set(line)

    def undo(self) -> None:
        self._restore(self._undo.undo(self.line))

    def redo(self) -> None:
        self._restore(self._undo.redo(self.line))

    def _restore(self, line: Line | None) -> None:
        if line:
            kept, self._undo = self._undo, Undo()  # going back is no change of its own
            self._set(line)
            self._undo = kept

    def edit(self, edit: Edit) -> EditResult:
        """Called by TextArea for all edits."""
        self._undo.note(self.line, self._change)
        return super().edit(edit)

    def _set(self, line: Line) -> None:
        old = self.text
        if line.text != old:
            start = len(places.shared_start(old, line.text))
            end = len(places.shared_start(old[start:][::-1], line.text[start:][::-1]))
            first, last = places.row_and_column(old, start), places.row_and_column(old, len(old) - end)
            self.replace(line.text[start : len(line.text) - end], first, last, maintain_selection_offset=False)
        target = places.row_and_column(*line)
        if target != self.cursor_location or not self.selection.is_empty:
            self.move_cursor(target)

    def load(self, text: str) -> None:
        """A new text, with nothing to undo, and the cursor behind it."""
        self.load_text(visible(text))
        self._undo.forget()
        self.move_cursor(self.document.end)

    def move_row(self, by: int) -> bool:
        """Move the cursor up or down a row as it is shown; whether there was one."""
        before = self.cursor_location
        if (self.navigator.is_first_wrapped_line if by < 0 else self.navigator.is_last_wrapped_line)(before):
            return False
        self.move_cursor(self.get_cursor_up_location() if by < 0 else self.get_cursor_down_location(), record_width=False)
        return True

    # ---- what Textual calls

    async def _on_key(self, event: events.Key) -> None:
        typed = event.character if event.is_printable and not event.key.startswith(("alt+", "ctrl+", "super+")) else None
        key = typed or event.key
        if not self._takes(key, typed):
            event.prevent_default()  # TextArea would insert what has no meaning here
            return
        event.stop()
        event.prevent_default()

    def _takes(self, key: str, typed: str | None) -> bool:
        if self._first(key):
            return True
        if not self.selection.is_empty and key in ("backspace", "delete"):
            self.action_delete_left()
            return True
        pressed = self._keys.press(key, self.line)
        self._change = self._keys.changes
        if pressed:
            self._set(pressed.line)
            self._wanted(pressed)
            return True
        if typed:
            self._replace_via_keyboard(typed, *self.selection)
        return typed is not None

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._paste(event.text)

    def action_paste(self) -> None:
        self._paste(self.app.clipboard)

    def _paste(self, text: str) -> None:
        given = pasted(text)
        self._change = object()
        self._replace_via_keyboard(given.text, *self.selection)
        self._noticed(given.notice)

    def update_suggestion(self) -> None:
        """Called by TextArea after each edit."""
        self._changed()

    def watch_selection(self) -> None:
        if self.is_mounted and not self.at_end and self._ghost:
            self.ghost = ""

    def _build_highlight_map(self) -> None:
        """Called by TextArea after each edit, in place of its own colours, which need a grammar that is not installed here."""
        super()._build_highlight_map()
        self.recolour()

    def recolour(self) -> None:
        coloured = self.in_colours and len(self.text) <= _LONGEST_COLOURED
        self._spans = looks(self.text, self._is_command) if coloured else []
        self._line_cache.clear()

    def get_line(self, line_index: int) -> Text:
        row = super().get_line(line_index)
        start = places.index(self.text, line_index, 0)
        end = start + len(row.plain)
        for span in self._spans:
            if span.start < end and span.end > start:
                style = self.get_component_rich_style(f"look--{span.look}", partial=True)
                row.stylize(style, max(span.start - start, 0), min(span.end - start, end - start))
        return row
