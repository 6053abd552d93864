"""The one way text gets into a widget: made harmless, never read as markup.

A door of `tools/hygiene.py`: everything that goes through it is cleaned here, so nothing else builds Content or Text.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.text import Text
from textual.content import Content

from aishell.core.text import visible
from aishell.ui.changes import plain

MUTED = "$foreground 65%"
"""For what is less important. Textual's own $text-muted is right in a style sheet only: in a text it comes out unmuted."""

Part = str | tuple[str, str] | Content
"""Text, text and its style (such as "bold $text-error"), or what another function here gave."""


def shown(*parts: Part) -> Content:
    """The parts one after the other; newlines stay, tabs become blanks."""
    return Content.assemble(*(part if isinstance(part, Content) else _clean(part) for part in parts))


def stacked(rows: Sequence[Content]) -> Content:
    """One below the other."""
    return Content("\n").join(rows)


def label(*parts: tuple[str, str]) -> Text:
    """The same for a tree, which takes Rich's text; on one line."""
    return Text.assemble(*((plain(text), style) for text, style in parts), no_wrap=True, end="")


def shell(command: str) -> Content:
    """A shell command in colours."""
    from textual.highlight import highlight  # 15 ms with its lexer, which the first prompt does without

    return highlight(_expanded(command), language="bash")


def short(folder: str) -> str:
    """The way to a folder on one line, with ~ for home."""
    home = os.path.expanduser("~")
    inside = folder == home or folder.startswith(f"{home}/")
    return plain(f"~{folder[len(home) :]}" if inside else folder)


def _clean(part: str | tuple[str, str]) -> str | tuple[str, str]:
    return _expanded(part) if isinstance(part, str) else (_expanded(part[0]), part[1])


def _expanded(text: str) -> str:
    return visible(text).expandtabs(4)
