"""The one JSON object of `--json`; its schema is in docs/scripting.md."""

from __future__ import annotations

from typing import Any

from aishell.cli import stdio
from aishell.core.errors import AishellError
from aishell.core.steps import Work
from aishell.core.types import Captured, Measured, ModelInfo, Outcome, Proposal, Step, Tried, Verdict

_LISTED = 200
"""Changes told one by one; the numbers beside them are of all."""


class Report:
    """Filled in as a turn goes on; printed once, at its end."""

    def __init__(self) -> None:
        self._object: dict[str, Any] = {"request": "", "route": "", "steps": [], "problems": []}
        self._measured: list[Measured] = []

    def request(self, text: str, route: str) -> None:
        self._object.update(request=text, route=route)

    def model(self, info: ModelInfo) -> None:
        self._object["model"] = {"name": info.name, "backend": info.backend}
        if host := info.details.get("host"):  # it is on another machine, or in another program
            self._object["model"]["host"] = host

    def measured(self, measured: Measured) -> None:
        """Adds up over several steps; the first piece is that of the first."""
        self._measured.append(measured)
        usage = [use for each in self._measured for use in each.usage]
        first = self._measured[0].first_piece_s
        self._object["timings"] = {
            "load_s": round(max((u.load_s for u in usage), default=0.0), 3),
            "first_piece_s": None if first is None else round(first, 3),
            "prefill_s": round(sum(u.prefill_s for u in usage), 3),
            "decode_s": round(sum(u.decode_s for u in usage), 3),
            "total_s": round(sum(each.total_s for each in self._measured), 3),
        }
        self._object["usage"] = {
            "prompt_tokens": sum(u.prompt_tokens for u in usage),
            "reused_tokens": sum(u.reused_tokens for u in usage),
            "reply_tokens": sum(u.reply_tokens for u in usage),
            "replies": len(usage),
        }

    def proposed(self, proposal: Proposal, *, look: bool = False) -> None:
        """`look`: only to know what a later step is about."""
        for judged in proposal.steps:
            self.step(judged.step, judged.verdict, proposal.request.text)
            self._object["steps"][-1] |= {"look": True} if look else {}
        self._object["problems"] = list(proposal.problems)
        self._object["confidence"] = None if proposal.confidence is None else round(proposal.confidence, 3)
        self._object["considered"] = [
            {
                "command": one.command,
                "origin": one.origin,
                "score": one.score,
                "parts": dict(one.parts),
                "against": list(one.against),
            }
            for one in proposal.considered
        ]

    def step(self, step: Step, verdict: Verdict | None, request: str = "") -> None:
        self._object["steps"].append(
            {
                "command": step.action.command,
                "why": step.why,
                "for": request,
                "tier": verdict.tier.name if verdict else None,
                "reasons": list(verdict.reasons) if verdict else [],
                "status": "proposed",
                "exit_code": None,
                "stdout": "",
                "stderr": "",
                "truncated": False,
                "elapsed": None,
            }
        )

    def tried(self, tried: Tried) -> None:
        changes = tried.changes
        self._object["tried"] = {
            "exit_code": tried.outcome.exit_code,
            "summary": changes.summary(),
            "added": changes.totals.added,
            "changed": changes.totals.changed,
            "deleted": changes.totals.deleted,
            "attributes": changes.totals.attributes,
            "changes": [{"kind": change.kind, "path": change.path} for change in changes.listed[:_LISTED]],
            "forbidden": list(tried.forbidden),
            "careful": list(tried.careful),
        }

    def undo(self, number: int) -> None:
        """What `aishell undo NUMBER` would take back."""
        self._object["undo"] = number

    def finished(self, outcome: Outcome) -> None:
        for step in self._object["steps"]:
            if step["status"] == "proposed":
                step.update(
                    status=outcome.status,
                    exit_code=outcome.exit_code,
                    stdout=_text(outcome.stdout),
                    stderr=_text(outcome.stderr),
                    truncated=outcome.stdout.truncated or outcome.stderr.truncated,
                    elapsed=round(outcome.elapsed, 3),
                )
                if outcome.undo:
                    step["undo"] = outcome.undo.number
                if outcome.stdout.spill:
                    step["stdout_file"] = outcome.stdout.spill
                return

    def parts(self, table: dict[str, Any]) -> None:
        """What a command's parts are for, and what the judge makes of it."""
        self._object.update(table)

    def steps(self, work: Work) -> None:
        """How a request of several steps is gone about, and what has become of it."""
        self._object["work"] = {
            "way": work.way,
            "parts": list(work.parts),
            "ended": work.ended,
            "why": work.why,
            "number": work.number or None,
            "seconds": round(work.seconds, 1),
        }

    def answered(self, text: str) -> None:
        self._object["answer"] = text

    def explained(self, text: str, status: int) -> int:
        self._object["explanation"] = text.strip()
        return self.print(status)

    def failed(self, error: AishellError) -> int:
        self._object["error"] = {"message": str(error), "hint": error.hint}
        return self.print(error.exit_status)

    def print(self, status: int) -> int:
        """On standard output; `status` is handed back."""
        stdio.show_json({**self._object, "exit_code": status})
        return status


def _text(captured: Captured) -> str:
    """Head and tail, with a note of what is left out between them."""
    gap = captured.total - len(captured.head) - len(captured.tail)
    between = f"\n[{gap} bytes left out]\n".encode() if gap else b""
    return (captured.head + between + captured.tail).decode("utf-8", "replace")
