"""What stands beside the text of the prompt: where the line will go, vi's mode, and a sentence when there is one to say."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import Static

from aishell.core.text import one_line, visible
from aishell.ui.editing.routing import Where
from aishell.ui.words import later

_SIGNS: dict[Where, str] = {
    "shell": later("$ shell"),
    "words": later("? words"),
    "note": later("+ note"),
    "answer": later("- none"),
    "comment": later("# kept"),
}
"""Told by their signs as well as by their colours."""


class RouteBadge(Static):
    DEFAULT_CSS = """
    RouteBadge { width: 9; height: 1; margin: 0 1 0 0; padding: 0 1; text-style: bold; color: $text-muted; background: $panel; }
    RouteBadge.-shell { color: $text-success; background: $success-muted; }
    RouteBadge.-words { color: $text-accent; background: $accent-muted; }
    RouteBadge.-note { color: $text-warning; background: $warning-muted; }
    """

    def __init__(self, say: Callable[[str], str]) -> None:
        super().__init__("$", markup=False)
        self._say = say
        self._shown: Where | None = None

    def show(self, where: Where | None) -> None:
        """None: nothing is typed yet."""
        if where != self._shown:
            self._shown = where
            self.update(one_line(self._say(_SIGNS[where])) if where else "$", layout=False)
            self.set_classes(f"-{where}" if where else "")


class ModeSign(Static):
    DEFAULT_CSS = "ModeSign { width: auto; height: 1; margin: 0 0 0 1; color: $text-muted; }"

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, mode: str) -> None:
        """`normal` or `insert`; nothing for keys without modes."""
        self.update({"normal": "[N]", "insert": "[I]"}.get(mode, ""))


class Notice(Static):
    DEFAULT_CSS = """
    Notice { height: auto; display: none; color: $text-warning; }
    Notice.-told { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._told = ""

    def tell(self, sentence: str) -> None:
        if sentence == self._told:  # it is asked for at each key
            return
        self._told = sentence
        self.update(visible(sentence))
        self.set_class(bool(sentence), "-told")
