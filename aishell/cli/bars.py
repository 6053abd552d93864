"""A progress bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aishell.core.text import one_line

Report = Callable[[int, int, str], None]
"""Done, of how many (0: not known), and what is at hand."""


@contextmanager
def bar(title: str) -> Iterator[Report]:
    """What shows a state on standard error."""
    if not sys.stderr or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _done, _total, _now: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(one_line(title, 40), total=None, now="")

        def report(done: int, total: int, now: str) -> None:
            bars.update(task, completed=done, total=total or None, now=one_line(now, 40))

        yield report
