"""Which of several commands serves a request best: likelihood in both directions, conditions met, and what each did.

Pure. The parts of a score are natural logarithms of odds, so that they add up, and a softmax over candidates is a probability.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aishell.core.types import Considered, Observed
from aishell.planner.candidates import Candidate
from aishell.planner.conditions import missed_by, told

if TYPE_CHECKING:
    from aishell.planner.constraints import Constraint, Mismatch

_SURE, _FORWARD, _BOTH = (1.89, 1.11), (1.98, 0.467), (2.78, 0.373, 0.538)
"""Intercept, then the weight of each logarithm."""
_DOUBTED = 0.45
"""Of 14 answers that were told to break a condition, 7 were right."""
_LONGEST_COMPLAINT = 200
"""Characters of an error message that the model is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each signal counts."""

    forward: float = 1.0
    backward: float = 8.0
    """Of an average: the sum over a long request would outweigh all else."""
    first: float = 0.5
    """For the answer that the model gives by itself."""
    problem: float = 6.0
    mismatch: float = 3.0
    """Times the mismatch's own weight; a third of it when the mismatch is not certain."""
    failed: float = 3.0
    """It ended with an error and printed nothing."""
    complained: float = 1.0
    """It printed errors beside its output."""
    nothing: float = 1.0
    """It ended well, printed nothing and changed nothing."""
    effect: float = 2.0
    """Times the weight of a mismatch between request and effect."""
    unmatched: float = 2.0
    """Names that the shell is to fill in, where there are none."""
    agreement: float = 0.5
    """Times the logarithm of how many others did the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    candidate: Candidate
    parts: tuple[tuple[str, float], ...]
    """(signal, what it adds), those that add something."""
    against: tuple[Mismatch, ...]
    """Conditions that the command, or what it did, does not meet."""

    @property
    def score(self) -> float:
        return sum(value for _name, value in self.parts)


def ranked(candidates: Sequence[Candidate], asked: tuple[Constraint, ...], cwd: str, weights: Weights) -> list[Scored]:
    """Best first."""
    effects = Counter(_effect(candidate.seen) for candidate in candidates if candidate.seen)
    scored = [_scored(candidate, asked, cwd, weights, effects) for candidate in candidates]
    return sorted(scored, key=lambda one: -one.score)


def confidence(chosen: Candidate, *, sure: bool) -> float:
    """How likely a command is to be right, 0 to 1. `sure`: no other was looked at.

    Logistic regressions over 175 answers of the development split (bench.nl2sh), right by either verdict; left out one by one,
    the shares of right ones in the bins below .4, .6, .75, .85 and above are .13, .61, .73, .80 and .80 (means .21, .51, .69,
    .80, .89). How far the best command is ahead of the others says nothing about it, how likely it is in itself does.
    """
    if sure:
        value = _SURE[0] + _SURE[1] * chosen.least
    elif chosen.backward is None:
        value = _FORWARD[0] + _FORWARD[1] * chosen.forward
    else:
        value = _BOTH[0] + _BOTH[1] * chosen.forward + _BOTH[2] * chosen.backward
    return min(_logistic(value), _DOUBTED) if chosen.problems or told(chosen.mismatches) else _logistic(value)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def _scored(
    candidate: Candidate, asked: tuple[Constraint, ...], cwd: str, weights: Weights, effects: Counter[tuple[object, ...]]
) -> Scored:
    seen = candidate.seen
    shown = missed_by(asked, seen, cwd) if seen else ()
    parts = {
        "likely for the request": weights.forward * candidate.forward * candidate.wordings,
        "request likely for it": weights.backward * (candidate.backward or 0.0),
        "first answer": weights.first * (candidate.origin == "first"),
        "cannot run": -weights.problem * bool(candidate.problems),
        "conditions": -weights.mismatch * weight(candidate.mismatches),
        "effect": -weights.effect * weight(shown),
        "what happened": -_trouble(seen, weights) if seen else -weights.unmatched * bool(candidate.unmatched),
        "agreement": weights.agreement * math.log(effects[_effect(seen)]) if seen else 0.0,
    }
    return Scored(
        candidate=candidate,
        parts=tuple((name, round(value, 3)) for name, value in parts.items() if value),
        against=(*candidate.mismatches, *shown),
    )


def alone(candidate: Candidate) -> Scored:
    """A candidate that was held against no other."""
    return Scored(candidate=candidate, parts=(), against=candidate.mismatches)


def considered(scored: Scored) -> Considered:
    """As it is told of."""
    candidate = scored.candidate
    return Considered(
        command=candidate.command,
        origin=candidate.origin,
        score=round(scored.score, 3),
        parts=scored.parts,
        against=(*candidate.problems, *told(scored.against)),
    )


def weight(mismatches: Sequence[Mismatch]) -> float:
    """What speaks against a command, all in all."""
    return sum(mismatch.weight * (1.0 if mismatch.certain else 1 / 3) for mismatch in mismatches)


def failed(seen: Observed) -> bool:
    """Whether nothing came of it but an error. Its status says little: that of a pipe is its last program's."""
    return bool(seen.stderr and not seen.stdout and seen.changes.nothing)


def last_words(seen: Observed) -> str:
    """The end of what it complained of: foreign text."""
    lines = seen.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:_LONGEST_COMPLAINT] if lines else ""


def _trouble(seen: Observed, weights: Weights) -> float:
    if failed(seen):
        return weights.failed
    if seen.exit_code and seen.stderr:
        return weights.complained
    return weights.nothing if not seen.stdout and seen.changes.nothing else 0.0


def _effect(seen: Observed | None) -> tuple[object, ...]:
    """What tells one effect from another: the words of the output, whatever the blanks, and the changes."""
    if seen is None:
        return ()
    changes = tuple((change.kind, change.path, change.bytes_after) for change in seen.changes.listed)
    return (b" ".join(seen.stdout.split()), changes, bool(seen.exit_code) and not seen.stdout)
