"""The place in a line where something is to be completed, and the command that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from aishell.core.menu import Typed
from aishell.ui.editing import quoting
from aishell.ui.editing.lexing import lex
from aishell.ui.editing.words import Word, words

_FOR_THE_SHELL = re.compile(r"[$`*?\[{!]|[<>]\(")
"""What makes a word more than the text that it is, or is taken to be more by one who evaluates it."""


class Place(NamedTuple):
    word: Word
    written: str
    """The word as it stands in the line."""
    folder: str
    typed: Typed | None
    """The command, when the word is an argument of one."""


def place(text: str, folder: str, environment: Mapping[str, str]) -> Place | None:
    """Where the cursor at the end of `text` stands; None in a comment or here-document."""
    found = list(words(f"{text}x", lex(f"{text}x")))  # what an x there would be
    if not found or found[-1].end != len(text) + 1:
        return None
    *before, last = found
    word = last._replace(end=len(text))
    written = text[word.start : word.end]
    if word.role != "argument":
        return Place(word, written, folder, None)
    call = _call(text, before, word)
    meant = tuple(quoting.read(text[each.start : each.end], environment).name for each in call)
    fixed = not _FOR_THE_SHELL.search(text[call[0].start :])
    return Place(word, written, folder, Typed(words=meant, folder=folder, fixed=fixed) if meant[0] else None)


def _call(text: str, before: list[Word], word: Word) -> list[Word]:
    """The command's name, its arguments before the word, and the word. What stands in substitutions is left out."""
    starts = [at for at, each in enumerate(before) if each.role == "command" and text[each.start : each.end] == word.program]
    start = starts[-1] if starts else len(before)
    within = [each for each in before[start + 1 :] if each.role == "argument" and each.program == word.program]
    return [*before[start : start + 1], *within, word]
