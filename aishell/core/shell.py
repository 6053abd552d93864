"""What a person's own shell says of itself while it runs, and what is known of it at its prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The first prompt: a line may be run."""

    cwd: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A line has been read and runs. One that is empty or cannot be parsed only has an `Ended`."""

    line: str
    """As the shell understood it, with history expanded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Bytes from the terminal, as they arrive: a command's, a background job's, the shell's own messages. They are foreign."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The alternate screen: said before the bytes that enter it, and after those that leave it."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The running program reads the terminal. Said again when how it reads changes."""

    echo: bool
    """False: what is typed is not to be seen, as for a password; or the program draws it itself."""
    raw: bool
    """It reads single keys. With `echo` False and `raw` False it is a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """After `Waits`: it no longer reads the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """The shell needed more than it was given, and has been made to forget it: a whole line may be run.

    Of several lines the first may have run; then an `Ended` follows.
    """

    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The line is over, or its program was stopped (148), and the next may be run."""

    exit_status: int
    cwd: str
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The environment, aliases, functions, builtins or `autocd` are no longer what they were: `snapshot()` has news."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The shell itself has ended; nothing follows."""

    status: int
    """Its exit status, 128 + n when signal n ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A line has had the real terminal."""

    over: Ended | Unfinished | Left
    within_row: bool
    """Something stands in the cursor's row, as far as can be told from the last byte."""
    unread: bytes
    """What has been typed meanwhile, and nothing has read."""


Event = Ready | Began | Printed | Screen | Waits | Works | Unfinished | Ended | Changed | Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was true at the last prompt."""

    cwd: str
    variables: Mapping[str, str]
    """The exported ones."""
    aliases: Mapping[str, str]
    functions: tuple[str, ...]
    """Their names, sorted; without the shell's private ones, which begin with an underscore."""
    builtins: tuple[str, ...]
    """What the shell itself can do, zsh's reserved words among it."""
    autocd: bool
    """A line that is the name of a folder goes there."""
