"""Commands that might serve a request, and all that is known of each: how it came about, how likely it is, what it does."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from aishell.core.types import Observed

if TYPE_CHECKING:
    from aishell.planner.constraints import Mismatch

Origin = Literal[
    "first",
    "own words",
    "other program",
    "other beginning",
    "third beginning",
    "examples",
    "examples, other beginning",
    "repair",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    command: str
    origin: Origin
    forward: float = 0.0
    """Logarithm of the probability of the command, given the request; where that was put into English, the mean of both."""
    wordings: int = 1
    """Under how many it was weighed."""
    least: float = 0.0
    """That of its least likely token."""
    backward: float | None = None
    """Logarithm of the probability of a word of the request, given the command, on average; None when nobody asked."""
    weighed: bool = False
    """Whether the figures above are known at all: not every backend has them."""
    problems: tuple[str, ...] = ()
    """Why it cannot run, in words."""
    mismatches: tuple[Mismatch, ...] = ()
    """Conditions of the request that it does not meet."""
    unmatched: str = ""
    """A pattern in it that no file fits."""
    seen: Observed | None = None
    """What it does, where that could be looked at."""


def likelihood(weights: tuple[float, ...]) -> tuple[float, float]:
    """(sum, least) of a reply's weights. The last is that of its end, which says nothing about the command."""
    told = weights[:-1] or weights
    return (sum(told), min(told)) if told else (0.0, 0.0)


def certainty(candidate: Candidate) -> float:
    """Probability of its least likely token, 0 to 1: what tells a sure answer from a guess."""
    return math.exp(candidate.least) if candidate.weighed else 0.0


def as_likely(candidate: Candidate, other: Candidate) -> Candidate:
    """A candidate that differs from another by what the model would not tell apart."""
    known = replace(candidate, forward=other.forward, wordings=other.wordings, least=other.least)
    return replace(known, backward=other.backward, weighed=other.weighed)


def different(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each command once, as it came first."""
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.command:
            found.setdefault(_form(candidate.command), candidate)
    return list(found.values())


def _form(command: str) -> str:
    """What two spellings of one command have in common."""
    return " ".join(command.replace('"', "'").split()) if "$" not in command else " ".join(command.split())
