"""How many days there are until a date. Put it into ~/.config/aishell/tools."""

from __future__ import annotations

from datetime import date

WHEN = ("days until", "days left", "多少天")
READS = True


def main(day: str, month: int, year: int = 0) -> str:
    """The days until a date; without a year, the next one that comes."""
    today = date.today()
    then = date(year or today.year, month, int(day))
    if not year and then < today:
        then = then.replace(year=today.year + 1)
    return f"{(then - today).days} days until {then.isoformat()}"
