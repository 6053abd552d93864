"""What is wrong with an answer, in words for the model: with the error as it was, and what helps out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aishell.core.types import Script
from aishell.planner import prompt as prompts
from aishell.planner.candidates import Candidate
from aishell.planner.choose import failed, last_words
from aishell.planner.steps import judged
from aishell.planner.steps.advice import Names, advice

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
        told = f" {' '.join(f'{prompts.foreign(entry)}.' for entry in entries)}" if entries else ""
        return f"That cannot run: {'; '.join(candidate.problems)}.{told}"
    if missing := [mismatch.sentence for mismatch in candidate.mismatches if mismatch.certain]:
        return f"That is not what was asked: {'; '.join(missing)}."
    if why := vain(candidate, request):
        helps = advice(candidate.command, why, cwd, knowing.names)
        return f"That is not right: {prompts.foreign(why)}{f'; {prompts.foreign(helps)}' if helps else ''}."
    return ""


def vain(candidate: Candidate, request: str) -> str:
    """Why what it was seen to do is not what was asked for; empty when it was not seen, or nothing speaks against it."""
    seen = candidate.seen
    if seen is None:
        return ""
    if failed(seen):
        return f"it fails: {last_words(seen)}"
    return judged.seen(request, candidate.command, seen)
