"""The model's words taken apart: a command, or one line of text."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t]*```([\w-]*)[ \t]*$", re.M)
_PROMPT_SIGN = re.compile(r"^\$ ")
_COMMENTS = re.compile(r"\A(?:[ \t]*#[^\n]*(?:\n|\Z)|[ \t]*\n)+")
_INLINE = re.compile(r"`([^`\n]+)`")


def command(text: str) -> str:
    """The command in a reply that goes on from an opened fence, opens its own, or is a bare command; empty when none is."""
    fences = list(_FENCE.finditer(text))
    if fences:
        first, before = fences[0], text[: fences[0].start()]
        if before.strip() and len(fences) == 1 and not first[1]:
            text = before  # it closes the one that was opened for the model
        else:
            text = text[first.end() : fences[1].start() if len(fences) > 1 else len(text)]
    text = _PROMPT_SIGN.sub("", text.strip())
    inline = _INLINE.fullmatch(text)
    return inline[1] if inline else _COMMENTS.sub("", text)  # "# put your own name in here" alone is no command


def sentence(text: str) -> str:
    """The first line that says anything, without marks of a comment or a list."""
    lines = (line.strip().lstrip("#>*- `").strip() for line in text.splitlines())
    return next((line for line in lines if line), "")
