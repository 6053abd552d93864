"""How a file begins whose content the words are about: without that a model guesses its form, mostly wrong."""

from __future__ import annotations

import os

from aishell.planner.steps.calls import quoted
from aishell.planner.steps.fitting import Names
from aishell.planner.steps.naming import about_content

_FIRST_LINES = 3
"""Enough to see separators, columns and a header; 150 tokens at most."""


def beginning(part: str, folder: str, names: Names) -> str:
    """The command that shows it; empty when the words are about no file's content, or it is not there."""
    name = about_content(part)
    place, last = os.path.split(os.path.join(folder, os.path.expanduser(name)))
    if not name or last not in names(place):
        return ""
    return f"head -n {_FIRST_LINES} {quoted(name)}"
