"""The ways between a shell and us beside the terminal: files in memory, which only this user's processes can open."""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Kind = Literal["bash", "zsh"]
StartUp = Literal["rc", "login", "norc"]
"""Which of a person's own files a shell loads: those of an interactive one, of a login one, or none of theirs."""
Order = Literal["run", "repair", "prompts"]
Prompts = Literal["marks", "lent", "own"]
"""What a shell shows: no more than marks; likewise, and it asks what has been typed and not read; or a person's own prompts."""

HERE = Path(__file__).parent
_NUMBER = re.compile(r"\A *[0-9]+\*? {1,2}")


class Door:
    """The nonce of this session, the next line, what is true at the prompt, and a file for the shell's own notes.

    The shell opens them as /proc/PID/fd/N. So nothing is left on a disk, nothing is inherited by what the shell starts, and
    they are gone with this process. Lines may have any length and hold any byte but NUL.
    """

    def __init__(self, prompts: Prompts = "marks") -> None:
        """`prompts`: what the shell shows at first."""
        self._prompts = prompts
        self.nonce = secrets.token_hex(16)
        self._files = [os.memfd_create(f"aishell-{name}") for name in ("nonce", "line", "state", "aside")]
        _put(self._files[0], f"{self.nonce}\n".encode())

    def address(self, files: StartUp) -> str:
        """What a shell is told, so that it finds them."""
        return ":".join((self._prompts, files, f"/proc/{os.getpid()}/fd", *map(str, self._files)))

    def start(self, kind: Kind, files: StartUp, environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        """How `kind` is started so that it loads aishell's file after its own, and in which environment.

        The shell takes what it is told there out again before it runs anything else.
        """
        told = {**environment, "AISHELL_SHELL": self.address(files)}
        if kind == "bash":  # as a login shell it would not read this file, which therefore does what one does
            return ["bash", "--rcfile", str(HERE / "bash.sh"), "-i"], told
        told |= {"AISHELL_ZDOTDIR": environment.get("ZDOTDIR", ""), "ZDOTDIR": str(HERE / "zdotdir")}
        return ["zsh", "-i", *(["-l"] if files == "login" else [])], told

    def source(self, kind: Kind) -> str:
        """A line that brings a shell in, which was started without."""
        return f" . {shlex.quote(str(HERE / f'{kind}.sh'))} {self.address('norc')}"

    def hand(self, order: Order, line: str = "") -> None:
        """Put down what to do next. The dot at the end is there since zsh drops newlines at the end of what it reads."""
        _put(self._files[1], f"{order}:{line}.".encode("utf-8", "surrogateescape"))

    def heard(self) -> str:
        """The line that the shell says it runs; bash puts its number in history before it."""
        return _NUMBER.sub("", _get(self._files[1]).decode("utf-8", "surrogateescape")).rstrip("\n")

    def state(self) -> bytes:
        """What the shell has written down at its prompt; see `state.read`."""
        return _get(self._files[2])

    def close(self) -> None:
        while self._files:
            os.close(self._files.pop())


def _put(file: int, data: bytes) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, data, 0)


def _get(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)
