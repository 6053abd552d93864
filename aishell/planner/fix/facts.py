"""What rules may ask about the machine. All of it only looks; what cannot be known is empty."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

Subcommands = Mapping[str, Sequence[str]]


def nothing(*_words: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Data of `config/fix.toml`."""

    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """What a command of another system is called here."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """The package of a program, or of a Python module as `python:yaml`, where the names differ."""
    verbs: Subcommands = field(default_factory=dict)
    """The subcommands of programs that do not say which was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    cwd: str
    home: str
    locale: str = "C"
    """What messages are written in, as in LC_MESSAGES."""
    root: bool = False
    habits: Habits = field(default_factory=Habits)
    which: Callable[[str], str | None]
    """Where a program lies; also the name of a builtin, alias or function."""
    programs: Callable[[], Collection[str]]
    """Every name that can stand at the beginning of a command."""
    exists: Callable[[str], bool]
    is_dir: Callable[[str], bool]
    executable: Callable[[str], bool]
    listdir: Callable[[str], Sequence[str]]
    """Names in a folder; at most some thousand."""
    head: Callable[[str], bytes]
    """The first 512 bytes of an ordinary file."""
    git: Callable[..., str]
    """What `git ARGUMENTS` says in `cwd`, only for arguments that read."""
    has_package: Callable[[str], bool]
    """Whether the package manager knows a package of this name."""
    installs: str = ""
    """The beginning of a line that installs a package: `apt-get install`; empty without a known manager."""
    options_of: Callable[..., Sequence[str]] = nothing
    """The options of a program, or of its subcommand, with their dashes."""
    past: Callable[[], Sequence[str]] = nothing
    """The person's own lines that ended well, newest first."""
    hosts: Callable[[], Collection[str]] = nothing
    """Machines the person names: /etc/hosts, ssh's configuration."""

    def path(self, written: str) -> str:
        """A path as written in a command, as a whole one."""
        expanded = (
            os.path.join(self.home, written[2:]) if written.startswith("~/") else self.home if written == "~" else written
        )
        return os.path.join(self.cwd, expanded)
