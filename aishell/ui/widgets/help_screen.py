"""All keys, and what stands where to read more. On F1, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from aishell.ui.shown import MUTED, shown, stacked
from aishell.ui.words import Words

Section = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and for each key what it does."""


class HelpScreen(ModalScreen[None]):
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll { width: 76; max-width: 100%; height: auto; max-height: 100%; }
    HelpScreen > VerticalScroll { border: round $primary; background: $surface; padding: 0 1; }
    HelpScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss(None)", show=False)]

    def __init__(self, *, say: Words, before: Sequence[Section] = (), after: Sequence[Section] = ()) -> None:
        """`before` and `after`: sections of other parts of the screen, around those of the blocks."""
        super().__init__()
        self._sections = (*before, *block_sections(say), *after)
        self._say = say

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=True):
            for section in self._sections:
                yield Static(stacked(_rows(section)))
            yield Static(shown((self._say("Esc closes this."), MUTED)))


def block_sections(say: Words) -> tuple[Section, ...]:
    """What the blocks' keys do."""
    return (
        (
            say("A command"),
            (
                ("Enter", say("show all of it, or fold it")),
                ("/  n  N", say("search, next and previous match")),
                ("c  s", say("copy it, save it")),
                ("r", say("run it again")),
                ("a  f", say("ask about it, have it fixed")),
                ("Tab  Shift-Tab", say("the block below, or above")),
                ("Esc", say("back to the prompt")),
            ),
        ),
        (
            say("A proposal"),
            (
                ("Enter", say("run it, or put in place what was tried")),
                ("e", say("edit it first")),
                ("x", say("have it explained")),
                ("d", say("details, and the files it would change")),
                ("n  Esc", say("drop it")),
            ),
        ),
        (
            say("What a command from words may do"),
            (
                ("READ", say("only reads: runs at once")),
                ("DRY", say("is tried first; you see the changes, and can take them back")),
                ("ASK", say("runs when you say so")),
                ("DENY", say("never runs from words")),
            ),
        ),
        (say("An answer"), (("c", say("copy it")), ("Esc", say("stop it")))),
    )


def _rows(section: Section) -> list[Content]:
    heading, keys = section
    wide = max((len(key) for key, _ in keys), default=0)
    rows = [shown(("  " + key.ljust(wide + 2), "bold $text-primary"), what) for key, what in keys]
    return [shown((heading, "bold underline")), *rows, shown("")]
