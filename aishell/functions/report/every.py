"""When a report is wanted again: the systemd units and the cron line that would run it. Nothing is installed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from aishell.core.errors import UsageError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WHEN = re.compile(
    r"(?P<what>hourly|daily|weekly|monthly|weekdays|[a-z]+day)(?:\s+(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d))?"
)
_DEFAULT = (7, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A rhythm, as systemd and cron write it."""

    calendar: str
    cron: str


def when(text: str) -> When:
    """daily, monday, "monday 08:00", weekdays, monthly, hourly. Raises UsageError."""
    found = _WHEN.fullmatch(" ".join(text.lower().split()))
    what = found["what"] if found else ""
    if not found or (what.endswith("day") and what not in _DAYS):
        raise UsageError(f"There is no rhythm {text!r}.", hint='daily, monday, "monday 08:00", weekdays, monthly, hourly')
    hour, minute = (int(found["hour"]), int(found["minute"])) if found["hour"] else _DEFAULT
    if hour > 23 or minute > 59:
        raise UsageError(f"{hour}:{minute:02} is no time of a day.")
    clock = f"{hour:02}:{minute:02}:00"
    if what == "hourly":
        return When(calendar=f"*-*-* *:{minute:02}:00", cron=f"{minute} * * * *")
    if what == "daily":
        return When(calendar=f"*-*-* {clock}", cron=f"{minute} {hour} * * *")
    if what == "monthly":
        return When(calendar=f"*-*-01 {clock}", cron=f"{minute} {hour} 1 * *")
    if what == "weekdays":
        return When(calendar=f"Mon..Fri *-*-* {clock}", cron=f"{minute} {hour} * * 1-5")
    day = 0 if what == "weekly" else _DAYS.index(what)
    return When(calendar=f"{_DAYS[day][:3].title()} *-*-* {clock}", cron=f"{minute} {hour} * * {(day + 1) % 7}")


def units(name: str, command: Sequence[str], folder: str, rhythm: When) -> str:
    """A service, its timer, how to install them, and the line of cron that does the same."""
    line = " ".join(map(_of_systemd, command))
    file = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "data"
    return f"""\
# ~/.config/systemd/user/aishell-report-{file}.service
[Unit]
Description=Report on {_one(name)}

[Service]
Type=oneshot
WorkingDirectory={_path(folder)}
ExecStart={line}

# ~/.config/systemd/user/aishell-report-{file}.timer
[Unit]
Description=Report on {_one(name)}, regularly

[Timer]
OnCalendar={rhythm.calendar}
Persistent=true

[Install]
WantedBy=timers.target

# When both files are there:
#   systemctl --user daemon-reload && systemctl --user enable --now aishell-report-{file}.timer

# Or, with cron (crontab -e):
{rhythm.cron} cd {_of_cron(folder)} && {" ".join(map(_of_cron, command))}"""


def _of_systemd(word: str) -> str:
    """A word of ExecStart: no variable, specifier or quote of systemd's in it is obeyed."""
    escaped = _one(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$").replace("%", "%%")
    return escaped if re.fullmatch(r"[\w./:=,@+-]+", word) else f'"{escaped}"'


def _path(folder: str) -> str:
    return _one(folder).replace("%", "%%")


def _of_cron(word: str) -> str:
    """A word of a cron line, which a shell reads, and in which a bare % ends the command."""
    return shlex.quote(_one(word)).replace("%", "\\%")


def _one(text: str) -> str:
    """Without line ends: each would begin a line of its own."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)
