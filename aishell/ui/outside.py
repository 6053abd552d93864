"""What the screen is given from outside, so that it knows neither settings nor files nor how anything is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from aishell.core.errors import ModelUnavailable
from aishell.core.memory import Recollection
from aishell.core.shell import Snapshot
from aishell.session import Session
from aishell.ui.cut_off import CutOff
from aishell.ui.editing.sources import Sources
from aishell.ui.first_run import FirstRun
from aishell.ui.sentences import Sentences
from aishell.ui.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    open_session: Callable[[bool], Session]
    """With the model, or without. May take a tenth of a second, so it is called in a thread. Raises AishellError."""
    sentences: Sentences
    """What all of this tells the person on the way."""
    sources: Sources
    say: Words
    folder: str
    """Where the shell begins."""
    follow: Callable[[Snapshot], None]
    """Told where the shell is now and what is set there, so that routes and completion know."""
    memories: Callable[[], int | None]
    """How much the memory holds; None when it is off or cannot be used. Slow: called in a thread."""
    alike: Callable[[str, str], Sequence[Recollection]]
    """Earlier commands for words like these, said in a folder, best first. Slow: likewise. Raises AishellError."""
    recall: Callable[[str], Sequence[str]]
    """Lines to show for the words of a search of the memory. Slow: called in a thread. Raises AishellError."""
    note: Callable[[str, str], str]
    """Remembers a text that was said in a folder; says how. Slow: likewise. Raises AishellError."""
    is_command: Callable[[str], bool]
    """Whether a name is a command on the disk or in the shell."""
    theme: str = "aishell-dark"
    keys: Literal["emacs", "vi"] = "emacs"
    ansi_color: bool | None = None
    protect: frozenset[str] = frozenset()
    """Programs of which copies are kept from before they run."""
    unattended_timeout_s: float = 120.0
    """For what runs without anybody's yes."""
    cut_off: CutOff | None = None
    """For when a session is cut off; None: nothing is kept for that."""
    first_run: FirstRun | None = None
    """For a person who has not been here before."""

    def open(self) -> tuple[Session, ModelUnavailable | None]:
        """A session, and why it is one without a model, if it is. Raises AishellError."""
        try:
            return self.open_session(True), None
        except ModelUnavailable as error:  # the shell works without
            return self.open_session(False), error
