"""What a host is told about commands: bounded, without secrets, and with nothing in it that a terminal would act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aishell.core.text import capped, harmless, one_line, visible
from aishell.core.types import Captured, Outcome, Proposal, Tried

_STREAM = 16_000
"""Characters of one stream of output: 4,000 tokens of the host's model."""
_LISTED = 100
_ITEM = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    redact: Callable[[str], str]

    def step(self, proposal: Proposal) -> dict[str, Any]:
        """A command and what the gate makes of it."""
        (judged,) = proposal.steps
        verdict = judged.verdict
        return {
            "command": judged.step.action.command,
            "cwd": proposal.request.cwd,
            "tier": verdict.tier.name,
            "reasons": [self.text(reason, _ITEM) for reason in verdict.reasons],
            "status": "proposed",
        }

    def outcome(self, outcome: Outcome) -> dict[str, Any]:
        return {
            "status": outcome.status,
            "exit_code": outcome.exit_code,
            "stdout": self.stream(outcome.stdout),
            "stderr": self.stream(outcome.stderr),
            "elapsed_s": round(outcome.elapsed, 3),
        }

    def changes(self, proposal: Proposal, tried: Tried) -> dict[str, Any]:
        """What a trial would change; `limits`: what it could not show."""
        totals = tried.changes.totals
        return {
            "summary": tried.changes.summary(),
            "added": totals.added,
            "changed": totals.changed,
            "deleted": totals.deleted,
            "attributes": totals.attributes,
            "changes": [{"kind": one.kind, "path": self.text(one.path, _ITEM)} for one in tried.changes.listed[:_LISTED]],
            "careful": [self.text(sentence, _ITEM) for sentence in tried.careful],
            "limits": list(proposal.steps[0].verdict.limits),
        }

    def question(self, proposal: Proposal) -> str:
        """What a person is asked, through the host."""
        (judged,) = proposal.steps
        what = one_line(judged.step.why, 300)
        lines = (
            "Another program wants to run this command:",
            f"  {visible(judged.step.action.command)}",
            f"in {visible(proposal.request.cwd)}",
            *(f"careful: {visible(reason)}" for reason in judged.verdict.reasons),
            *((f"It says that this is for: {what}",) if what else ()),
        )
        return self.redact("\n".join(lines))

    def text(self, text: str, most: int = _STREAM) -> str:
        return capped(self.redact(harmless(text, colours=False)), most)

    def stream(self, captured: Captured) -> str:
        """Head and tail, with a note of what is left out between them."""
        gap = captured.total - len(captured.head) - len(captured.tail)
        between = f"\n[{gap} bytes left out]\n".encode() if gap else b""
        return self.text((captured.head + between + captured.tail).decode("utf-8", "replace"))
