"""The lines of a proposal: each command with its tier and why, and what speaks against it."""

from __future__ import annotations

from textual.content import Content

from aishell.core.explanation import Explanation
from aishell.core.types import Proposal, Tier, Verdict
from aishell.ui import explained
from aishell.ui.changes import plain
from aishell.ui.shown import MUTED, shell, shown
from aishell.ui.words import Words

_BADGES = {
    Tier.READ: "bold $background on $success",
    Tier.DRY: "bold $background on $secondary",
    Tier.ASK: "bold $background on $warning",
    Tier.DENY: "bold $background on $error",
}


def badge(tier: Tier) -> tuple[str, str]:
    return f" {tier.name} ", _BADGES[tier]


def step_lines(proposal: Proposal, say: Words) -> list[Content]:
    """The commands in colours, each below its tier and why; then the problems."""
    lines: list[Content] = []
    for number, judged in enumerate(proposal.steps, 1):
        verdict = judged.verdict
        count = f"{number}. " if len(proposal.steps) > 1 else ""
        lines.append(shown(count, badge(verdict.tier), f" {_tier_words(verdict, say)}"))
        lines.append(shown(("$ ", "bold $primary"), shell(judged.step.action.command)))
        if judged.step.why and judged.step.why != judged.step.action.command:  # a small model may say the command again
            lines.append(shown((f"  {plain(judged.step.why)}", "italic")))
    lines += [shown((say("careful: {what}", what=problem), "$text-warning")) for problem in proposal.problems]
    if proposal.unsure:
        doubt = say("not sure: {percent} % of such answers are right", percent=_percent(proposal))
        lines.append(shown((doubt, "$text-warning")))
    return lines


def _percent(proposal: Proposal) -> int:
    return round(100 * (proposal.confidence or 0.0))


def _tier_words(verdict: Verdict, say: Words) -> str:
    what = {
        Tier.READ: say("only reads"),
        Tier.DRY: say("changes files here"),
        Tier.ASK: say("needs your yes"),
        Tier.DENY: say("never runs from words"),
    }[verdict.tier]
    reasons = "; ".join(plain(reason) for reason in verdict.reasons)
    return f"{what}: {reasons}" if reasons and verdict.tier > Tier.READ else what


def details_of(proposal: Proposal, say: Words) -> list[Content]:
    """Everything the judge found, a line each."""
    lines: list[Content] = []
    for judged in proposal.steps:
        verdict = judged.verdict
        told = (
            (say("request"), (proposal.request.text,)),
            (say("folder"), (proposal.request.cwd,)),
            (say("rule"), (verdict.rule,)),
            (say("because of"), (verdict.part,)),
            (say("reasons"), verdict.reasons),
            (say("names"), verdict.paths),
            (say("machines"), verdict.hosts),
            (say("network"), (say("yes"),) if verdict.network else ()),
            (say("may read secrets"), verdict.secrets),
            (say("a trial cannot show"), verdict.limits),
        )
        for name, values in told:
            if text := ", ".join(plain(value) for value in values if value):
                lines.append(shown((f"{name}: ", "bold"), text))
    if proposal.confidence is not None:
        lines.append(shown((f"{say('confidence')}: ", "bold"), f"{_percent(proposal)} %"))
    for one in proposal.considered:
        parts = ", ".join(f"{name} {value:+.1f}" for name, value in one.parts)
        against = "; ".join(plain(reason) for reason in one.against)
        lines.append(shown((f"{say('looked at')}: ", "bold"), shell(one.command), (f"  {parts}  {against}".rstrip(), MUTED)))
    return lines


def explained_lines(explanation: Explanation, say: Words, width: int) -> list[Content]:
    """What each part of a command is for, in rows of `width` columns."""
    styles = {"name": "bold", "known": "", "unknown": "$text-warning", "note": MUTED}
    return [
        shown((line.left, "bold $primary"), (line.right, styles[line.style]))
        for line in explained.lines(explanation, say, width)
    ]
