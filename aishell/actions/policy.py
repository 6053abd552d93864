"""Which steps may run: the only place that makes an `ApprovedStep`. Pure; approval is data."""

from __future__ import annotations

from aishell.core.errors import ConsentMissing
from aishell.core.types import ApprovedStep, JudgedStep, Proposal, Step, Tier


def needs_consent(proposal: Proposal) -> bool:
    return any(judged.verdict.tier > Tier.READ for judged in proposal.steps)


def approve(proposal: Proposal, *, consent: bool) -> tuple[ApprovedStep, ...]:
    """The proposal's steps, ready to run; READ by policy, the others by the user's consent.

    Raises ConsentMissing when a step is forbidden, or needs a consent that was not given.
    """
    return tuple(_approve(proposal, judged, consent=consent) for judged in proposal.steps)


def typed(step: Step, cwd: str) -> ApprovedStep:
    """A shell line that a person wrote themselves: writing it was the consent."""
    return ApprovedStep(step=step, cwd=cwd, by="user")


def _approve(proposal: Proposal, judged: JudgedStep, *, consent: bool) -> ApprovedStep:
    tier, reasons = judged.verdict.tier, "; ".join(judged.verdict.reasons)
    if tier == Tier.DENY:
        raise ConsentMissing(
            f"This is never run from words: {reasons}.",
            hint="If you mean it, type the command itself, in a shell or after `!`.",
        )
    if tier > Tier.READ and not consent:
        raise ConsentMissing(
            f"A person has to agree to this step: {reasons}.",
            hint="Run it in a terminal to be asked, or with --yes to agree beforehand; --print shows the command only.",
        )
    return ApprovedStep(step=judged.step, cwd=proposal.request.cwd, by="policy" if tier == Tier.READ else "user")
