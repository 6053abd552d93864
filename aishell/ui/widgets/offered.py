"""What is shown behind the text of the screen's prompt while somebody types, and how it is taken."""

from __future__ import annotations

from aishell.core.text import visible
from aishell.ui.editing.line import Line
from aishell.ui.editing.routing import Where
from aishell.ui.editing.sources import Sources
from aishell.ui.editing.suggestion import Suggestion, behind, instead, next_word, shown_instead
from aishell.ui.widgets.prompt_text import PromptText

_BY_WORD = frozenset(("ctrl+right", "alt+f", "alt+right"))


class Offered:
    def __init__(self, sources: Sources, text: PromptText) -> None:
        self._sources = sources
        self._text = text
        self._line = ""
        """The line that is shown, of which the text is the beginning."""
        self._instead = ""
        """The command that is shown for words."""

    def at_once(self, folder: str) -> None:
        """After each edit."""
        before, self._instead = self._line, ""
        line = ""
        if self._text.at_end:
            # What was shown stays while it fits, until it is known what is better: nothing flickers.
            line = self._sources.at_once(self._text.text, folder) or (before if self._sources.ghost else "")
        self._show(line)

    def better(self, suggestion: Suggestion, where: Where) -> None:
        """One has come for the text as it is."""
        if other := instead(self._text.text, suggestion, where):
            self._instead, self._text.ghost = other, shown_instead(other)
        else:
            self._show(suggestion.line)

    def take(self, key: str) -> bool:
        """Put it into the text, all of it or a word; whether there was something."""
        ghost = self._text.ghost
        if not ghost or not self._text.at_end:
            return False
        if self._instead:
            command = visible(self._instead)
            self._text.put(Line(command, len(command)))
        else:
            self._text.take_ghost(next_word(ghost) if key in _BY_WORD else ghost)
        return True

    def _show(self, line: str) -> None:
        self._text.ghost = behind(self._text.text, line)
        self._line = line if self._text.ghost else ""
