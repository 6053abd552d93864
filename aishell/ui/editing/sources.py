"""What a prompt draws on. All of it comes from outside, so that the prompt knows neither the planner nor the memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aishell.ui.editing.completion import Completer
from aishell.ui.editing.finding import Finder
from aishell.ui.editing.history import LineHistory
from aishell.ui.editing.routing import Route
from aishell.ui.editing.suggestion import Ghost, Suggest

ByMeaning = Callable[[str], Awaitable[Sequence[str]]]
"""Lines that mean what the words say, best first."""


def _nothing() -> None: ...


def _nothing_of(line: str, status: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    history: LineHistory
    finder: Finder
    """Over the same history."""
    completer: Completer
    route: Route
    is_command: Callable[[str], bool]
    """For colours; asked often, so it must not look at the disk each time. The first time may take long."""
    ghost: Ghost | None = None
    """What to show at once; None: the newest line that begins as what is typed."""
    suggest: Suggest | None = None
    """Better suggestions, which take a moment; also before anything is typed."""
    prepare: Callable[[], None] = _nothing
    """Begins to get these two ready, which takes up to seconds; until then they have nothing."""
    ended: Callable[[str, int], None] = _nothing_of
    """Told of each line that may be remembered when it has run, with its exit status."""
    by_meaning: ByMeaning | None = None
    """A search of the history that takes its time."""
    say: Callable[[str], str] = str
    """The interface's words in the person's language, given them in English."""

    def at_once(self, text: str, folder: str) -> str:
        """The line to show behind `text` now; empty when there is none."""
        return self.ghost(text, folder) if self.ghost else self.finder.ghost(text, folder)
