"""What ends a request that does not come to an end by itself: too many steps, too much time, the same thing again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aishell.core.steps import Past, Work

TRIES = 4
"""For one step of a plan: the first, and three times what to do better."""
AGAIN = "the same again"
"""How `wrong` begins for a call that was made before, with the same result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    rounds: int = 8
    seconds: float = 180.0
    """Without the time a person takes to answer; 0: no limit."""


def spent(work: Work, budget: Budget) -> str:
    """Why there is no further step, in a sentence; empty while there may be one."""
    steps = len(work.done) - work.before
    most = max(budget.rounds, len(work.parts) + TRIES) if work.parts else budget.rounds  # what the words say is always tried
    if steps >= most:
        return f"It takes more than {steps} steps (planner.rounds)."
    if budget.seconds and work.seconds > budget.seconds:
        return f"It takes more than {budget.seconds:g} seconds (planner.seconds)."
    return ""


def failed(work: Work, past: Past) -> Work:
    """The work with one more failure of the step at hand; too many are the end."""
    work = replace(work, done=(*work.done, past))
    why = f"{past.wrong[:1].upper()}{past.wrong[1:]}."
    return work.end("failed", why) if len(work.failures) >= TRIES else work


def looked(work: Work, past: Past) -> Work:
    """The work with one more call. One that was made before with the same result is told so, and is the end the second time."""
    same = [before for before in work.done if (before.call, before.output) == (past.call, past.output)]
    if any(before.wrong == AGAIN for before in same):
        return replace(work, done=(*work.done, past)).end("failed", "It goes round in circles.")
    return replace(work, done=(*work.done, replace(past, wrong=AGAIN) if same else past))
