"""What is wrong with an answer, in words for the model: with the error as it was, and what helps out of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from aishell.core.types import Script
from aishell.planner import prompt as prompts
from aishell.planner.candidates import Candidate
from aishell.planner.choose import Scored, failed, last_words, weight
from aishell.planner.conditions import told
from aishell.planner.steps import judged
from aishell.planner.steps.advice import advice
from aishell.planner.steps.fitting import Names
from aishell.planner.steps.naming import files

Documented = Callable[[Script, str], tuple[str, ...]]
"""Entries of the documentation of a script's programs that the words of a request point to."""


def no_names(_folder: str) -> tuple[str, ...]:
    return ()


def not_documented(_script: Script, _request: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowing:
    """What helps to say it."""

    names: Names = no_names
    documented: Documented = not_documented


def wrong(candidate: Candidate, request: str, cwd: str, script: Script, knowing: Knowing) -> str:
    """What the model is told about it; empty when nothing is."""
    if candidate.problems:
        entries = knowing.documented(script, request) if script.calls else ()
        known = f" {' '.join(f'{prompts.foreign(entry)}.' for entry in entries)}" if entries else ""
        return f"This cannot run: {'; '.join(candidate.problems)}.{known}"
    if why := vain(candidate, request):
        helps = advice(candidate.command, why, cwd, knowing.names)
        return f"{why[:1].upper()}{prompts.foreign(why[1:])}{f'; {prompts.foreign(helps)}' if helps else ''}."
    if missing := told(candidate.mismatches):
        return f"{missing[0][:1].upper()}{'; '.join(missing)[1:]}."
    return ""


def vain(candidate: Candidate, request: str) -> str:
    """Why it is in vain, as far as that shows; empty when nothing speaks for that."""
    seen = candidate.seen
    if seen is None:
        return f"no file matches {candidate.unmatched}" if candidate.unmatched else ""
    if failed(seen):
        return f"it fails: {last_words(seen)}"
    return judged.seen(request, candidate.command, seen)


def better(second: Candidate, first: Candidate, request: str) -> bool:
    """Whether a repaired command has less against it; one that failed has to be seen to do something now.

    One that leaves out a file that the request names, and the first does not, is about something else.
    """
    if any(name in first.command and os.path.basename(name) not in second.command for name in files(request)):
        return False
    if not first.problems and vain(first, request):
        seen = second.seen
        done = seen and not vain(second, request) and (seen.stdout or not seen.changes.nothing)
        return bool(done) and _trouble(second) <= _trouble(first)
    return _trouble(second) < _trouble(first)


def working_first(found: list[Scored], request: str) -> list[Scored]:
    """With one in front that was seen to do something, where the best was seen to fail and nothing has mended it."""
    best = found[0].candidate
    if best.seen is None or not vain(best, request):
        return found
    others = (one for one in found[1:] if one.candidate.seen and not one.candidate.problems)
    works = next((one for one in others if not vain(one.candidate, request) and better(one.candidate, best, request)), None)
    return [works, *(one for one in found if one is not works)] if works else found


def _trouble(candidate: Candidate) -> float:
    return 2.0 * len(candidate.problems) + weight(candidate.mismatches)
