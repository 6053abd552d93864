"""The histories of this account: where each shell keeps its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from aishell.core.errors import AishellError
from aishell.core.memory import Run
from aishell.memory.history import atuin, bash, fish, zsh
from aishell.memory.history.entries import Redact, lines

Source = Literal["bash", "zsh", "fish", "atuin"]
SOURCES: tuple[Source, ...] = get_args(Source)
_READ: dict[Source, Callable[[Path, Redact], Iterator[Run]]] = {
    "bash": bash.read,
    "zsh": zsh.read,
    "fish": fish.read,
    "atuin": atuin.read,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    source: Source
    path: Path

    def read(self, redact: Redact) -> Iterator[Run]:
        """Its commands, oldest first, secrets taken out. Raises AishellError."""
        return _READ[self.source](self.path, redact)


def read_from(path: Path, start: int) -> Iterator[Run]:
    """The commands of a shell's history file from a byte on, as they are. Raises AishellError."""
    read = {"zsh": zsh.read, "fish": fish.read}.get("fish" if path.name.endswith("fish_history") else _whose(path), bash.read)
    return read(path, str, start)


def find_histories(environment: Mapping[str, str], home: Path) -> tuple[History, ...]:
    """Those that are there, each file once."""
    found: dict[str, History] = {}
    for source, path in _places(environment, home):
        if path.is_file() and os.access(path, os.R_OK):
            found.setdefault(os.path.realpath(path), History(source=source, path=path))
    return tuple(found.values())


def _places(environment: Mapping[str, str], home: Path) -> Iterator[tuple[Source, Path]]:
    named = environment.get("XDG_DATA_HOME", "")
    data = Path(named) if named.startswith("/") else home / ".local/share"
    # first, since it knows most about a command that others tell as well
    yield "atuin", Path(environment.get("ATUIN_DB_PATH") or data / "atuin" / "history.db")
    if (own := environment.get("HISTFILE", "")).startswith("/"):
        yield _whose(Path(own)), Path(own)
    yield "bash", home / ".bash_history"
    for folder in (Path(environment.get("ZDOTDIR") or home), home):
        for name in (".zsh_history", ".zhistory", ".histfile"):
            yield "zsh", folder / name
    for file in sorted((data / "fish").glob("*_history")):
        yield "fish", file


def _whose(path: Path) -> Source:
    """HISTFILE may be bash's or zsh's."""
    try:
        first = next(lines(path), b"")
    except AishellError:
        return "bash"
    return "zsh" if "zsh" in path.name or (first or b"").startswith(b": ") else "bash"
