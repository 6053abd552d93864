"""What is written down about commands: every decision in the audit log; what ran, and the words for it, in memory.

In private, the log says that something was decided and not what, and memory hears nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from aishell.actions.audit import Audit, Entry
from aishell.core.memory import Run
from aishell.core.types import JudgedStep, Outcome, Proposal, Request
from aishell.memory.journal import Journal

By = Literal["policy", "rule", "user", "host", ""]


@dataclass(slots=True, kw_only=True)
class Recording:
    audit: Audit
    journal: Journal | None
    """None: the person wants no memory."""
    redact: Callable[[str], str]
    own_history: Callable[[str], None] | None = None
    """Writes a command that came from words into the history of the person's own shell; None: they want that not."""
    private: bool = False
    _keys: dict[str, str] = field(default_factory=dict)
    """Of commands under way: what makes the run in memory the same as its line in the log."""

    def approved(self, proposal: Proposal, judged: JudgedStep, by: By) -> None:
        self._keys[judged.step.action.command] = self._log(_decision("approved", proposal, judged, by))

    def refused(self, proposal: Proposal) -> None:
        """A person, or the policy, said no to it."""
        for judged in proposal.steps:
            self._log(_decision("refused", proposal, judged, ""))
            self._remember(
                Run(
                    command=judged.step.action.command, time=time.time(), intent=proposal.request.text, cwd=proposal.request.cwd
                ),
                "refused",
            )

    def observed(self, request: Request, judged: JudgedStep) -> None:
        """One of several commands for a request is about to be looked at, where nothing of it lasts."""
        self._log(_decision("observed", Proposal(request=request, steps=(judged,)), judged, "policy"))

    def corrected(self, request: Request, judged: JudgedStep) -> None:
        """A person wrote another command instead of this one."""
        self._remember(
            Run(
                command=judged.step.action.command,
                time=time.time(),
                intent=request.text,
                cwd=request.cwd,
                tier=judged.verdict.tier.name,
                judgement="corrected",
            )
        )

    def finished(self, command: str, cwd: str, outcome: Outcome | None, *, request: str, tier: str, by: str) -> None:
        """What came of a step that was approved; None when it was cut off."""
        status, exit_code = (outcome.status, outcome.exit_code) if outcome else ("interrupted", None)
        self._log(Entry(event="finished", command=command, cwd=cwd, status=status, exit_code=exit_code))
        if self.own_history and outcome and not self.private:
            self.own_history(command)
        elapsed = outcome.elapsed if outcome else None
        self._remember(
            Run(
                command=command,
                time=time.time() - (elapsed or 0.0),
                intent=request,
                cwd=cwd,
                exit_status=exit_code,
                duration_s=elapsed,
                tier=tier,
                by=by,
                key=self._keys.pop(command, ""),
            ),
            "ran" if exit_code == 0 else "failed",
        )

    def typed(self, line: str, cwd: str) -> None:
        """A shell line that a person wrote is about to run."""
        self._keys[line] = self._log(Entry(event="approved", command=line, cwd=cwd, by="typed"))

    def ran(self, line: str, cwd: str, began: float, exit_status: int) -> None:
        """A shell line that a person wrote has run."""
        took = time.time() - began
        self._remember(Run(command=line, time=began, cwd=cwd, exit_status=exit_status, duration_s=took, by="typed"))

    def label(self, command: str) -> str:
        """`command` as it may be kept beside its undo."""
        return "(private)" if self.private else self.redact(command)

    def close(self) -> None:
        if self.journal:
            self.journal.close()

    def _log(self, entry: Entry) -> str:
        return self.audit.write(entry, private=self.private)

    def _remember(self, run: Run, outcome: Literal["ran", "refused", "failed"] = "ran") -> None:
        if self.journal and not self.private:
            self.journal.happened(run, outcome)


def _decision(event: Literal["approved", "refused", "observed"], proposal: Proposal, judged: JudgedStep, by: By) -> Entry:
    return Entry(
        event=event,
        command=judged.step.action.command,
        cwd=proposal.request.cwd,
        request=proposal.request.text,
        verdict=judged.verdict,
        by=by,
    )
