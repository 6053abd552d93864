"""A sentence for the person, and what to do next."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.widgets import Static

from aishell.core.errors import AishellError
from aishell.ui.shown import MUTED, shown

Kind = Literal["information", "warning", "error"]

_SIGNS = {"information": ("i ", "bold $primary"), "warning": ("! ", "bold $warning"), "error": ("✗ ", "bold $error")}


class NoticeBlock(Static):
    DEFAULT_CSS = """
    NoticeBlock { height: auto; padding: 0 1; margin: 0 0 1 0; }
    """

    def __init__(self, text: str, *, hint: str = "", kind: Kind = "information") -> None:
        super().__init__(_content(text, hint, kind))
        self.text = text

    @classmethod
    def of(cls, error: AishellError) -> NoticeBlock:
        return cls(str(error), hint=error.hint, kind="error")

    def tell(self, text: str, *, hint: str = "", kind: Kind = "information") -> None:
        """Say something else in the same place."""
        self.text = text
        self.update(_content(text, hint, kind))


def _content(text: str, hint: str, kind: Kind) -> Content:
    return shown(_SIGNS[kind], text, *([("\n  " + hint, MUTED)] if hint else []))
