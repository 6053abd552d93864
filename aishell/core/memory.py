"""What memory keeps and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["command", "note", "chunk", "example"]
"""A command that ran; a note of the person's; a part of a document; a line of a knowledge pack."""
Trust = Literal["own", "imported", "untrusted"]
"""Typed or agreed to here; brought in from the person's other tools and folders; anything else. Only what is a person's own
may serve as an example, and nothing is ever taken for an instruction."""
Judgement = Literal["", "confirmed", "undone", "corrected"]
"""What a person made of a run afterwards: confirmed although its exit status was not 0, taken back, or replaced by another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A command that ran once."""

    command: str
    time: float
    """When it began, in seconds since 1970; 0 when that is not known."""
    intent: str = ""
    """The words that led to it; empty for a line a person typed."""
    cwd: str = ""
    exit_status: int | None = None
    """None when that is not known, as in a history file."""
    duration_s: float | None = None
    git_root: str = ""
    host: str = ""
    shell: str = "bash"
    tier: str = ""
    """READ, DRY or ASK for a command from words."""
    by: str = ""
    """Who approved it: policy, rule, user or typed."""
    session: str = ""
    source: str = "aishell"
    """Where it is known from: aishell, or the tool whose history was imported."""
    key: str = ""
    """What makes it the same run when it comes in twice; empty for one that cannot."""
    judgement: Judgement = ""
    turn: int | None = None
    """The turn it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a run was put."""

    item: int
    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that can be found."""

    id: int
    kind: Kind
    body: str
    intent: str
    gloss: str
    trust: Trust
    source: str
    place: str
    created: float
    last: float
    """When it was last used, or written."""
    runs: int
    worked: int
    """How many of the runs ended with exit status 0 or were confirmed, and were not taken back or corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request in words, and what came of it."""

    request: str
    time: float
    cwd: str
    session: str
    reply: str = ""
    """The command that was proposed, or what was said."""
    outcome: Literal["ran", "refused", "failed", "answered", "shown"] = "ran"
    key: str = ""
    """As for a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What somebody looks for."""

    text: str
    cwd: str = ""
    here: bool = False
    """Only what ran in `cwd`, or below it."""
    since: float = 0.0
    """Only what was last used after this time."""
    ok: bool = False
    """Only what ended with exit status 0, and was not taken back."""
    kinds: tuple[Kind, ...] = ()
    """Empty: every kind."""
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """One thing found."""

    id: int
    kind: Kind
    body: str
    """The command, or the text."""
    intent: str
    gloss: str
    """What its programs are for, in a line."""
    score: float
    """Comparable within one search only."""
    why: tuple[str, ...]
    """Why it was found, one short phrase each."""
    trust: Trust
    source: str
    """For a part of a document, its file; for a line of a pack, the pack; for a command, the tool it comes from."""
    place: str
    """Where in the source: a heading, lines."""
    time: float
    """When it was last used, or written."""
    runs: int = 0
    worked: int = 0
    """As for an item."""
    exit_status: int | None = None
    """Of the last run."""
    cwd: str = ""
    """Of the last run."""
    cosine: float | None = None
    """Of its meaning to that of the words looked for; None when it was not found by meaning."""
    matched: int = 0
    """How many of its words are among those."""


def run_key(session: str, time: str, sha256: str) -> str:
    """What makes a run and its line in the audit log the same: both are known by it. `time` is as the log writes it."""
    return f"{session} {time} {sha256[:16]}"
