"""The model's words taken apart: a command, or one line of text."""

from __future__ import annotations

import re

_PROMPT_SIGN = re.compile(r"^\$ ")
_FENCED = re.compile(r"^[ \t]*```[\w-]*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.S | re.M)
_CLOSING = re.compile(r"(?:^|\n)[ \t]*```")
_INLINE = re.compile(r"`([^`\n]+)`")


def command(text: str) -> str:
    """The command in a reply that goes on from an opened fence, opens its own, or is a bare command; empty when none is."""
    if fenced := _FENCED.search(text):
        text = fenced[1]
    elif closing := _CLOSING.search(text):
        text = text[: closing.start()]
    text = _PROMPT_SIGN.sub("", text.strip())
    inline = _INLINE.fullmatch(text)
    return inline[1] if inline else text


def sentence(text: str) -> str:
    """The first line that says anything, without marks of a comment or a list."""
    lines = (line.strip().lstrip("#>*- `").strip() for line in text.splitlines())
    return next((line for line in lines if line), "")
