"""Lines as a person types them: with history and editing on a terminal, plainly from a pipe."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from aishell.core.text import one_line

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession


class Lines:
    def __init__(self, read: Callable[[], AsyncGenerator[str, None]]) -> None:
        self.read = read
        """Each line that is not empty, until the end of input."""

    @classmethod
    def on_terminal(cls, history: Path, redact: Callable[[str], str], private: Callable[[], bool]) -> Lines:
        """With a history file that only its owner can read, and that `redact` keeps free of secrets.

        Nothing gets into it while `private()`, nor a line that starts with a blank.
        """
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory

        class History(FileHistory):
            def store_string(self, string: str) -> None:
                if not (private() or string.startswith(" ")):
                    super().store_string(redact(string))

        session: PromptSession[str]
        try:
            history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            history.touch(0o600)
            session = PromptSession(history=History(str(history)))
        except OSError:  # a home that cannot be written: the session just forgets
            session = PromptSession()
        return cls(lambda: _typed(session, private))

    @classmethod
    def from_stream(cls, stream: TextIO | None) -> Lines:
        return cls(lambda: _given(stream))


async def _typed(session: PromptSession[str], private: Callable[[], bool]) -> AsyncGenerator[str, None]:
    while True:
        try:
            mark = "(private) " if private() else ""
            line = await session.prompt_async(f"{mark}{one_line(_short(os.getcwd()))} > ")
        except KeyboardInterrupt:
            continue
        except (EOFError, FileNotFoundError):
            return
        if line.strip():
            yield line


async def _given(stream: TextIO | None) -> AsyncGenerator[str, None]:
    for line in stream or ():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.rstrip("\n")


def _short(folder: str) -> str:
    home = os.path.expanduser("~")
    return f"~{folder[len(home) :]}" if folder == home or folder.startswith(f"{home}/") else folder
