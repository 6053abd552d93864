"""A tool and suggestions for aishell, as a package brings them."""

from __future__ import annotations

from pathlib import Path

WHEN = ("how long is the text",)
READS = True
PROGRAMS = ("ship",)
"""In whose lines `hosts` knows something."""


def length(text: str, unit: str = "characters") -> str:
    """How long a text is, in characters or words."""
    return f"{len(text.split()) if unit == 'words' else len(text)} {unit}"


def hosts(words: list[str], folder: str) -> list[tuple[str, str]]:
    """The hosts of the file `hosts.txt` in the folder: a name and what it is for in each line."""
    file = Path(folder) / "hosts.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() and len(words) == 2 else []
    return [(name, about.strip()) for name, _, about in (line.partition(" ") for line in lines)]
