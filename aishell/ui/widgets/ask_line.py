"""A line to type a word or a file name into."""

from __future__ import annotations

from textual.widgets import Input

from aishell.ui.changes import plain


class AskLine(Input):
    """What is pasted into it is as foreign as anything: what a reader would not see is shown."""

    def validate_value(self, value: str) -> str:
        return plain(value)
