"""Times as a person gives them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from aishell.core.errors import UsageError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(option: str, text: str) -> datetime:
    """2026-11-26, 2026-11-26T08:00, or so long ago: 30m, 2h, 7d, 4w. Raises UsageError, which names `option`."""
    try:
        if ago := re.fullmatch(r"(\d{1,6})([mhdw])", text):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} does not understand {text!r}.", hint="Say 2026-11-26, 2026-11-26T08:00, 30m, 2h or 7d."
        ) from None
