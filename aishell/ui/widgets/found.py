"""What memory knows of the like: each command with when and where it ran last and how that ended; the rest with the details."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual.content import Content

from aishell.core.memory import Recollection
from aishell.ui.changes import plain
from aishell.ui.shown import MUTED, shell, short, shown
from aishell.ui.words import Words

_MOST = 3
_LONGEST = 200
"""Characters of a command; all of it stands with the details."""
_DAYS_COUNTED = 30
"""Of what is longer ago the date is told."""


def found_lines(found: Sequence[Recollection], say: Words, now: float) -> list[Content]:
    """A line for each of the best few, `now` being the time."""
    lines = [shown((say("from memory"), "bold"))] if found else []
    for each in found[:_MOST]:
        about = [ago(now - each.time, say, each.time) if each.time else "", short(each.cwd) if each.cwd else plain(each.source)]
        ended = _ended(each, say)
        cut = each.body[:_LONGEST] + ("…" if len(each.body) > _LONGEST else "")
        told = " · ".join(part for part in (*about, ended) if part)
        lines.append(shown("  ", shell(plain(cut)), (f"  {told}" if told else "", MUTED)))
    return lines


def found_details(found: Sequence[Recollection], say: Words) -> list[Content]:
    """The same commands whole, with the words they were for and all that is known."""
    lines: list[Content] = []
    for each in found[:_MOST]:
        runs = say("ran {n} times, worked {ok}", n=each.runs, ok=each.worked) if each.runs > 1 else ""
        parts = (plain(each.intent), plain(each.cwd), _moment(each.time), runs, *map(plain, each.why))
        lines.append(shown((f"{say('from memory')}: ", "bold"), shell(plain(each.body))))
        lines.append(shown(("  " + " · ".join(part for part in parts if part), MUTED)))
    return lines


def ago(seconds: float, say: Words, time: float) -> str:
    """How long ago it was, in the coarsest words that still tell; the date of `time` when that is long."""
    minutes = max(0, int(seconds / 60))
    if minutes < 1:
        return say("just now")
    if minutes < 60:
        return say.count(minutes, "{n} minute ago", "{n} minutes ago")
    if minutes < 24 * 60:
        return say.count(minutes // 60, "{n} hour ago", "{n} hours ago")
    days = minutes // (24 * 60)
    return say.count(days, "{n} day ago", "{n} days ago") if days <= _DAYS_COUNTED else _moment(time)[:10]


def _ended(found: Recollection, say: Words) -> str:
    """How the last run ended; a success that was not let stand is said to be none."""
    if found.exit_status:
        return say("✗ exit {status}", status=found.exit_status)
    if found.exit_status is None:
        return ""
    return "✓" if found.worked else say("taken back or corrected")


def _moment(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(when)) if when else ""
