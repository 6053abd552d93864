"""What commands are for, in a line: from the index of the manual pages, which is asked in 5 ms."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence

from aishell.suggest.menu.source import asked

_LINE = re.compile(r"(\S+) \([168][^)]*\)\s+- (.+)")
_NOT_ALL = 16
"""The exit status of `whatis` when it does not know every name."""


def summaries(names: Sequence[str]) -> dict[str, str]:
    """Of those that have a manual page; none where there is no index of them. Raises OSError."""
    whatis = shutil.which("whatis")
    if not whatis or not names:
        return {}
    text = asked([whatis, "-l", "-s", "1:8:6", "--", *names], "/", fails=(_NOT_ALL,))
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            found.setdefault(match[1], match[2])
    return found
