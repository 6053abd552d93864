"""The conditions of a request, and what does not meet them. Their rules take 58 ms to import, while the model computes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from aishell.core.changes import Changes
from aishell.core.types import Observed, Script
from aishell.planner.steps.fitting import Names, endings

if TYPE_CHECKING:
    from aishell.planner.constraints import Constraint, Mismatch

_TOLD = 0.5
"""Weight from which on a doubt is told to a person; lighter ones only rank commands."""


async def conditions_of(text: str, cwd: str, names: Names) -> tuple[Constraint, ...]:
    """What a request asks besides its action."""
    return await asyncio.to_thread(_extracted, text, cwd, names)


def _extracted(text: str, cwd: str, names: Names) -> tuple[Constraint, ...]:
    from aishell.planner.constraints import extract

    return extract(text, endings(text, cwd, names))


def mended(command: str, asked: tuple[Constraint, ...], inspect: Callable[[str], Script], cwd: str) -> str:
    """The command, or one that meets more of what is asked, where no model is needed to see which."""
    from aishell.planner.constraints import mended

    return mended(command, asked, inspect, cwd)


def missed(asked: tuple[Constraint, ...], script: Script, cwd: str, changes: Changes | None = None) -> tuple[Mismatch, ...]:
    """What a command does not meet by its text, and by what it would change, where that is known."""
    from aishell.planner.constraints import check, victims_fit

    return tuple(dict.fromkeys((*check(asked, script, cwd), *victims_fit(asked, script, changes, cwd))))


def missed_by(asked: tuple[Constraint, ...], seen: Observed, cwd: str) -> tuple[Mismatch, ...]:
    """What it does not meet by what it did. An error message is no answer."""
    from aishell.planner.constraints import check_effect

    if not seen.stdout and seen.exit_code:
        return ()
    return check_effect(asked, seen.changes, seen.stdout.decode("utf-8", "replace"), cwd)


def missed_in_files(asked: tuple[Constraint, ...], seen: Observed, cwd: str) -> tuple[Mismatch, ...]:
    """Of that, what shows in the files that it changed."""
    return tuple(each for each in missed_by(asked, seen, cwd) if each.constraint.kind not in _OF_OUTPUT)


def told(mismatches: tuple[Mismatch, ...]) -> tuple[str, ...]:
    """What a person should know of them."""
    return tuple(dict.fromkeys(each.sentence for each in mismatches if each.certain or each.weight >= _TOLD))


def misfits(text: str, script: Script, changes: Changes, cwd: str, names: Names) -> tuple[str, ...]:
    """Why what was tried may not be what was asked for, one sentence each."""
    from aishell.planner.constraints import check_effect

    asked = _extracted(text, cwd, names)
    effect = tuple(each for each in check_effect(asked, changes, "", cwd) if each.constraint.kind not in _OF_OUTPUT)
    return told((*missed(asked, script, cwd, changes), *effect))


_OF_OUTPUT = ("count", "total", "each", "limit", "sorted", "names", "unique", "human")
"""What is asked of the output, which is shown beside the changes."""
