"""The values that flow through aishell. All are frozen: a room hands on a new value and never edits an old one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from aishell.core.changes import Changes, UndoSet
from aishell.core.command import UNKNOWN as UNKNOWN
from aishell.core.command import Assignment as Assignment
from aishell.core.command import Call as Call
from aishell.core.command import Part as Part
from aishell.core.command import Redirect as Redirect
from aishell.core.command import Script as Script
from aishell.core.command import Word as Word
from aishell.core.model import Finish as Finish
from aishell.core.model import Message as Message
from aishell.core.model import ModelInfo as ModelInfo
from aishell.core.model import Piece as Piece
from aishell.core.model import Priority as Priority
from aishell.core.model import Prompt as Prompt
from aishell.core.model import Restarted as Restarted
from aishell.core.model import Usage as Usage
from aishell.core.steps import Past as Past


class Tier(IntEnum):
    """How much a step may do before a person has agreed; the higher, the stricter."""

    READ = 0
    """Proven to change nothing: runs at once."""
    DRY = 1
    """Local effects that can be tried out first."""
    ASK = 2
    """Needs a person's yes."""
    DENY = 3
    """Never runs from words, not even with `--yes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piped:
    """Data that came in on standard input: a bounded first part, for the planner to look at."""

    head: bytes
    complete: bool
    """Whether `head` is all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    text: str
    cwd: str
    piped: Piped | None = None
    past: tuple[Past, ...] = ()
    """What was done before, oldest first, as far as the words refer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellCommand:
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action of a plan."""

    action: ShellCommand
    why: str = ""
    """One line in the user's language; empty when nobody asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One of several commands that might have served a request."""

    command: str
    origin: str
    """How it came about."""
    score: float
    parts: tuple[tuple[str, float], ...]
    """What the score is made of: signal, and what it adds."""
    against: tuple[str, ...]
    """What speaks against it, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    steps: tuple[Step, ...]
    problems: tuple[str, ...] = ()
    """What validation still holds against the plan after the attempt to repair it."""
    considered: tuple[Considered, ...] = ()
    """The commands it was chosen from, best first; empty when the first answer was sure enough."""
    confidence: float | None = None
    """Probability that it is what was asked for, 0 to 1; None when that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    tier: Tier
    reasons: tuple[str, ...]
    """Why this tier, one short phrase each."""
    rule: str = ""
    """The name of the rule that decided, as docs/safety.md lists them."""
    part: str = ""
    """The simple command that decided, as written."""
    paths: tuple[str, ...] = ()
    """Files it names, as far as they are known."""
    hosts: tuple[str, ...] = ()
    """Machines it names, as far as they are known."""
    network: bool = False
    """Whether it is known to use the network."""
    secrets: tuple[str, ...] = ()
    """Secrets it may read."""
    allowed: bool = False
    """READ by the user's own rule and not by proof: it must not be held to reading when it runs."""
    limits: tuple[str, ...] = ()
    """What a dry run could not show here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """Secrets that steps of this session may have read: what they gave out may hold them."""

    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStep:
    step: Step
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    request: Request
    steps: tuple[JudgedStep, ...]
    problems: tuple[str, ...] = ()
    considered: tuple[Considered, ...] = ()
    confidence: float | None = None
    """Both as in the plan."""
    unsure: bool = False
    """So little likely to be right that a person is asked also before what only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedStep:
    """A step that may run. Only `actions.policy` makes these, and the executor takes nothing else."""

    step: Step
    cwd: str
    by: Literal["policy", "rule", "user"]
    """What proof allows, what the user's own rule allows, or what they have agreed to."""
    paths: tuple[str, ...] = ()
    """What it names; copies are kept from before it runs."""
    seal: str
    """Over the command's bytes, its folder and its environment; the executor runs nothing else."""
    withheld: tuple[str, ...] = ()
    """Names of variables that it does not receive."""
    stays: bool = False
    """Whether an aishell that it runs asks no model on another machine: nobody has agreed to that."""
    request: str = ""
    """The words that led to it; empty for a line a person typed."""
    tier: str = ""
    """What it was judged to be, when it comes from words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a command reads: first these bytes, then a file descriptor to its end (-1: nothing more)."""

    head: bytes = b""
    descriptor: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A stream of output, bounded: its first and last bytes, and where the whole lies if it was longer."""

    head: bytes
    tail: bytes
    total: int
    """Bytes produced altogether."""
    spill: str | None = None
    """A file with everything up to the spill limit, when head and tail do not hold it all."""

    @property
    def truncated(self) -> bool:
        return self.total > len(self.head) + len(self.tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    step: Step
    status: Literal["done", "failed", "timed out", "interrupted"]
    exit_code: int
    """The command's own; 128 + n when signal n ended it, 124 when it ran out of time."""
    stdout: Captured
    stderr: Captured
    elapsed: float
    """Seconds."""
    undo: UndoSet | None = None
    """Copies of what it named, where that is different now: what `aishell undo` would put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a step did where its effects were not real. They can be put in place as long as the session holds the trial."""

    outcome: Outcome
    changes: Changes
    forbidden: tuple[str, ...] = ()
    """Why these changes are never made from words, one sentence each."""
    careful: tuple[str, ...] = ()
    """What a person should see before agreeing, one sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a command did where nothing of it lasts: looked at to choose between commands, and shown to nobody."""

    exit_code: int
    stdout: bytes
    """Its beginning."""
    stderr: bytes
    changes: Changes
    """What it would have changed."""
    reads: bool = False
    """It was proven to only read."""


# Events: all that goes up to a front end.


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence about what is going on, for the person."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The next part of an answer in words, as it is produced."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the model took for this request."""

    usage: tuple[Usage, ...]
    first_piece_s: float | None
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    proposal: Proposal
    others: tuple[JudgedStep, ...] = ()
    """What else might have been meant, likeliest first; only of a command that is mended."""
    in_shell: bool = False
    """It changes the shell itself (cd, export), or is an alias: only the person's own shell can run it."""
    call: str = ""
    """The tool call that it was made from, for a step that the model chose by itself."""
    look: bool = False
    """It only looks at what the next step is about: what it prints is for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """Bytes a running step wrote, as they arrive."""

    stream: Literal["stdout", "stderr"]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    outcome: Outcome


Event = Said | Told | Measured | Proposed | Printed | Finished
