"""What a prompt draws on. All of it comes from outside, so that the prompt knows neither the planner nor the memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aishell.ui.editing.completion import Completer
from aishell.ui.editing.finding import Finder
from aishell.ui.editing.history import LineHistory
from aishell.ui.editing.routing import Route
from aishell.ui.editing.suggestion import Suggest

ByMeaning = Callable[[str], Awaitable[Sequence[str]]]
"""Lines that mean what the words say, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    history: LineHistory
    finder: Finder
    """Over the same history."""
    completer: Completer
    route: Route
    is_command: Callable[[str], bool]
    """For colours; asked often, so it must not look at the disk each time. The first time may take long."""
    suggest: Suggest | None = None
    """Better suggestions than the history's, which are there at once."""
    by_meaning: ByMeaning | None = None
    """A search of the history that takes its time."""
    say: Callable[[str], str] = str
    """The interface's words in the person's language, given them in English."""
