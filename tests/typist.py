"""Someone who types into the line mode, on a pseudo-terminal that does not say where its cursor is."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.test_terminal import Person

ENTER, TAB, CTRL_C, CTRL_D, CTRL_R, CTRL_Z = "\r", "\t", "\x03", "\x04", "\x12", "\x1a"
RIGHT, UP, DOWN, BACK_TAB = "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[Z"


class Typist(Person):
    """Types at the prompt as fast as it takes keys."""

    all_seen = ""
    """Up to the last prompt."""

    def at_prompt(self) -> None:
        """Waits for an empty prompt: what is typed before that goes to the program that still runs."""
        self.sees("~ >")
        self.all_seen += self.screen
        self.screen = ""

    def does(self, keys: str, *, seen: str) -> None:
        """Types `keys` and waits for what is new on the screen."""
        os.write(self._terminal, keys.encode())
        self.sees(seen)

    def presses(self, key: str, *, until: str) -> None:
        """Presses `key` again and again, as one does who does not know when it will be heeded."""
        for _ in range(100):
            os.write(self._terminal, key.encode())
            with suppress(AssertionError):
                return self.sees(until, within=0.3)
        self.sees(until)

    def runs(self, keys: str, *, seen: str) -> None:
        """Likewise, and for the next prompt."""
        self.does(keys, seen=seen)
        self.screen = self.screen.partition(seen)[2] if seen else self.screen
        self.at_prompt()

    def leaves(self) -> int:
        """At the prompt: before, a Ctrl-D is the end of an input that nobody reads, and gone at the next prompt."""
        os.write(self._terminal, b"\x04")
        return self.status()


def starter(environment: dict[str, str], script: Callable[..., dict[str, str]], home: Path) -> Callable[..., Typist]:
    """Starts the line mode with a scripted model and further variables: `start({"words": "reply"}, SHELL="/bin/zsh")`."""

    def start(lines: dict[str, str] | None = None, **variables: str) -> Typist:
        own = {"PROMPT_TOOLKIT_NO_CPR": "1", **variables}
        someone = Typist(["--line"], {**environment, **script(lines or {}), **own}, home)
        someone.at_prompt()
        return someone

    return start
