"""What the shell's side and the words' side of the screen tell the screen itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from textual.widget import Widget

from aishell.core.shell import Snapshot
from aishell.ui.cut_off import Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    changed: Callable[[], None]
    """What the status line shows may be different."""
    moved: Callable[[Snapshot], None]
    """The shell's folder or environment is."""
    wants_keys: Callable[[Widget], None]
    """The program of this block reads the terminal, or the block asks something."""
    over: Callable[[Widget], None]
    """It no longer does."""
    keep: Keep
    """A block would be lost if the session were cut off."""
    remembered: Callable[[], object]
    """Something has been written into the memory."""
    edit: Callable[[str], None]
    """A command is to be written anew, in the prompt."""
    whole_terminal: Callable[[], AbstractContextManager[None]]
    """While inside, nothing is drawn, and nobody else reads the terminal."""
    private: Callable[[bool], None]
    """Whether what is written down next has to be kept out of the memory."""
    open_model: Callable[[], Awaitable[None]]
    """There was no model: get one, if it is here now. Raises AishellError."""
