"""Lines of usual logs as rows: web servers, syslog, and programs that write time, level and message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|CRIT(?:ICAL)?|FATAL|ALERT|EMERG)"
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_FORMS = (
    re.compile(
        r"(?P<address>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "
        r'"(?:(?P<method>[A-Z]+) (?P<path>\S*)(?: (?P<protocol>[^"]*))?|[^"]*)"'
        r' (?P<status>\d{3}) (?P<bytes>\d+|-)(?: "(?P<referrer>[^"]*)" "(?P<agent>(?:[^"\\]|\\.)*)")?.*'
    ),
    re.compile(
        r"(?:<\d+>)?(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (?P<host>[\w.-]+) "
        r"(?P<program>[\w./@ -]+?)(?:\[(?P<process>\d+)\])?: (?P<message>.*)"
    ),
    re.compile(rf"\[?(?P<time>{_ISO})\]?\s+[\[(]?{_LEVEL}[\])]?:?\s+(?:\[?(?P<source>[\w.:-]+)\]?\s*[:|-]\s+)?(?P<message>.*)"),
    re.compile(rf"\[?{_LEVEL}\]?:?\s+(?:\[?(?P<time>{_ISO})\]?:?\s+)?(?P<message>.*)"),
)
LINES = ("lines", "entries", "messages", "events")
REQUESTS = ("lines", "entries", "requests", "hits", "accesses", "visits")
"""What a line of a log is called; of a web server's, a request."""
_TRIED = 50
_ENOUGH = 0.8


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which lines are written."""

    pattern: re.Pattern[str]

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(self.pattern.groupindex)

    @property
    def called(self) -> tuple[str, ...]:
        return REQUESTS if "status" in self.titles else LINES

    def rows(self, lines: Iterable[str], year: int, lost: list[int]) -> Iterator[dict[str, str | None]]:
        """A row for each line. `lost` has one number: of the lines that are not written so. `year`: of times without one."""
        for line in lines:
            found = self.pattern.fullmatch(line.rstrip("\r\n"))
            if found:
                row = {title: None if cell == "-" else cell for title, cell in found.groupdict().items()}
                yield row | {"time": _whole(row.get("time"), year)}
            elif line.strip():
                lost[0] += 1


def form_of(text: str) -> Form | None:
    """How most lines of a log's beginning are written; None when it is no log of a usual kind."""
    lines = [line for line in text.splitlines()[:_TRIED] if line.strip()]
    for pattern in _FORMS:
        own = [line for line in lines if not line[:1].isspace()]  # a stack trace goes on below its line
        if own and sum(bool(pattern.fullmatch(line)) for line in own) >= _ENOUGH * len(own):
            return Form(pattern)
    return None


def _whole(time: str | None, year: int) -> str | None:
    """A time with its year, and with a point before its fraction."""
    if time is None:
        return None
    return f"{time} {year}" if time[:1].isalpha() else time.replace(",", ".")
