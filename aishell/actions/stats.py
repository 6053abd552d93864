"""What became of requests, counted from the audit log alone. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any


@dataclass(slots=True, kw_only=True)
class Stats:
    """Of commands that came from words, unless it is said otherwise."""

    since: str = ""
    """The time of the first entry that was counted."""
    requests: int = 0
    """Different words in each session."""
    agreed: int = 0
    """Proposals that a person agreed to,"""
    refused: int = 0
    """and those that they, the policy, or a hook refused."""
    unasked: int = 0
    """Those that ran without a question: they only read, or a rule of the person's own allows them."""
    looked_at: int = 0
    """Commands that were tried where nothing of them lasts, to choose between them."""
    tiers: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    """worked, failed, cut off, and those of which no end is known."""
    typed: int = 0
    """Lines that a person wrote, as far as they are in the log."""
    thought_s: list[float] = field(default_factory=list)
    """From the request to its proposal, the oldest first."""
    ran_s: list[float] = field(default_factory=list)
    """From the decision to the end of the command."""
    days: Counter[str] = field(default_factory=Counter)
    """Proposals of each day, by its date (UTC)."""

    @property
    def acceptance(self) -> float | None:
        """Share of the proposals that a person was asked about to which they agreed; None when there were none."""
        asked = self.agreed + self.refused
        return self.agreed / asked if asked else None


def counted(entries: Iterable[Mapping[str, Any] | None]) -> Stats:
    """`entries`: as the log gives them, oldest first; lines that cannot be read are passed over."""
    found, seen = Stats(), set[tuple[str, str]]()
    waiting: dict[tuple[str, str], deque[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry is None:
            continue
        found.since = found.since or str(entry["time"])
        key = (str(entry.get("session")), str(entry.get("sha256")))
        if entry.get("event") == "finished":
            if queue := waiting.get(key):
                _ended(found, queue.popleft(), entry)
        elif entry.get("event") == "observed":
            found.looked_at += 1
        elif entry.get("by") == "typed":
            found.typed += 1
        elif entry.get("status") == "hook":  # what had been approved: it never ran
            _stopped(found, waiting.get(key))
        else:
            _decided(found, entry)
            seen.add((key[0], str(entry.get("request"))))
            if entry.get("event") == "approved":
                waiting.setdefault(key, deque()).append(entry)
    found.requests = len(seen)
    found.ended["no end known"] += sum(map(len, waiting.values()))
    found.ended += Counter()  # without what is 0
    return found


def spread(seconds: list[float]) -> dict[str, float]:
    """The middle of some times and what nine of ten do not exceed; empty for none."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    return {"median_s": round(median(ordered), 3), "p90_s": round(ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))], 3)}


def _decided(found: Stats, entry: Mapping[str, Any]) -> None:
    found.tiers[str(entry.get("tier"))] += 1
    found.days[str(entry["time"])[:10]] += 1
    if isinstance(thought := entry.get("thought_s"), int | float):
        found.thought_s.append(float(thought))
    if entry.get("event") == "refused":
        found.refused += 1
    elif entry.get("by") in ("user", "host"):
        found.agreed += 1
    else:
        found.unasked += 1


def _stopped(found: Stats, queue: deque[Mapping[str, Any]] | None) -> None:
    if queue:
        before = queue.pop()
        found.refused += 1
        if before.get("by") in ("user", "host"):
            found.agreed -= 1
        else:
            found.unasked -= 1


def _ended(found: Stats, decision: Mapping[str, Any], end: Mapping[str, Any]) -> None:
    code = end.get("exit_code")
    found.ended["cut off" if code is None else "failed" if code else "worked"] += 1
    try:
        took = datetime.fromisoformat(str(end["time"])) - datetime.fromisoformat(str(decision["time"]))
    except (ValueError, TypeError):
        return
    found.ran_s.append(max(0.0, took.total_seconds()))
