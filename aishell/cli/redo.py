"""`aishell redo`: what was undone last, done again."""

from __future__ import annotations

from aishell.cli import undo


def run(arguments: list[str]) -> int:
    return undo.run(arguments, "redo")
