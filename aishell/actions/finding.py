"""What the judge finds in one part of a command, and how findings become a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aishell.core.text import visible
from aishell.core.types import Tier, Verdict

_MOST = 20
"""Paths, hosts and reasons that a verdict names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    tier: Tier
    rule: str
    reason: str
    part: str = ""
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    network: bool = False
    secrets: tuple[str, ...] = ()
    limit: str = ""
    allowed: bool = False


def verdict(findings: Iterable[Finding]) -> Verdict:
    """The strictest finding decides; every finding tells what it knows."""
    found = list(findings)
    tier = max((finding.tier for finding in found), default=Tier.READ)
    deciding = [finding for finding in found if finding.tier == tier and finding.reason]
    first = deciding[0] if deciding else Finding(tier=tier, rule="read", reason="it only reads")
    return Verdict(
        tier=tier,
        reasons=_unrepeated(_some(finding.reason for finding in deciding or [first])),
        rule=first.rule,
        part=visible(first.part),
        paths=_some(path for finding in found for path in finding.paths),
        hosts=_some(host for finding in found for host in finding.hosts),
        network=any(finding.network for finding in found),
        secrets=_some(path for finding in found for path in finding.secrets),
        allowed=tier == Tier.READ and any(finding.allowed for finding in found),
        limits=_some(finding.limit for finding in found),
    )


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visible(text) for text in texts if text))[:_MOST]


def _unrepeated(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that another tells, too, behind the program that leads there: "find: rm removes files"."""
    return tuple(reason for reason in reasons if not any(other.endswith(f": {reason}") for other in reasons))
