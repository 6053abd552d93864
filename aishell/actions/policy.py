"""Which steps may run: the only place that makes an `ApprovedStep`. Pure; approval is data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from aishell.actions.environment import clean_environment, seal
from aishell.core.errors import ConsentMissing
from aishell.core.types import ApprovedStep, JudgedStep, Proposal, Step, Taint, Tier, Verdict


def needs_consent(proposal: Proposal) -> bool:
    return any(judged.verdict.tier > Tier.READ for judged in proposal.steps)


def approve(
    proposal: Proposal, *, consent: bool, environment: Mapping[str, str], withheld: tuple[str, ...] = ()
) -> tuple[ApprovedStep, ...]:
    """The proposal's steps, ready to run; READ by policy, the others by the user's consent.

    Each is sealed: it runs with these bytes, in this folder, with `environment` cleaned and without `withheld`, or not at all.
    Raises ConsentMissing when a step is forbidden, or needs a consent that was not given.
    """
    return tuple(_approve(proposal, judged, consent, environment, withheld) for judged in proposal.steps)


def typed(step: Step, cwd: str, environment: Mapping[str, str]) -> ApprovedStep:
    """A shell line that a person wrote themselves: writing it was the consent."""
    return _sealed(step, cwd, "user", environment)


def escalate(verdict: Verdict, taint: Taint) -> Verdict:
    """`verdict`, made stricter by what the session has read: after a secret, the network needs a question that names it."""
    if not taint.sources or not verdict.network:
        return verdict
    reason = f"it could send what was read before: {', '.join(taint.sources)}"
    return replace(
        verdict,
        tier=max(verdict.tier, Tier.ASK),
        reasons=(reason, *verdict.reasons),
        rule="taint" if verdict.tier < Tier.DENY else verdict.rule,
    )


def untried(verdict: Verdict) -> Verdict:
    """`verdict` where nothing can be tried out: what is local is a question, too."""
    if verdict.tier != Tier.DRY:
        return verdict
    return replace(verdict, tier=Tier.ASK, reasons=("it cannot be tried out first here", *verdict.reasons))


def tainted(taint: Taint, verdict: Verdict) -> Taint:
    """What is tainted after a step with `verdict` has run."""
    return Taint(sources=tuple(dict.fromkeys((*taint.sources, *verdict.secrets))))


def _approve(
    proposal: Proposal, judged: JudgedStep, consent: bool, environment: Mapping[str, str], withheld: tuple[str, ...]
) -> ApprovedStep:
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
    by: Literal["policy", "rule", "user"] = "user" if tier > Tier.READ else "rule" if judged.verdict.allowed else "policy"
    step = _sealed(judged.step, proposal.request.cwd, by, environment, withheld, stays=True)
    paths = () if by == "policy" else judged.verdict.paths
    return replace(step, paths=paths, request=proposal.request.text, tier=tier.name)


def _sealed(
    step: Step,
    cwd: str,
    by: Literal["policy", "rule", "user"],
    environment: Mapping[str, str],
    withheld: tuple[str, ...] = (),
    *,
    stays: bool = False,
) -> ApprovedStep:
    given = clean_environment(environment, withheld, stays=stays)
    return ApprovedStep(step=step, cwd=cwd, by=by, seal=seal(step.action.command, cwd, given), withheld=withheld, stays=stays)
