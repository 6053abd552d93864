"""Somebody at the prompt of a real bash, zsh or fish that has aishell's keys, on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest

from aishell import wiring
from aishell.backends import launch
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.cli.init import parser, wanted
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.integrate.code import ShellName, code

ASK, FIX, RECALL, SUGGEST, CTRL_C, ENTER = "\x1ba", "\x1bm", "\x1br", "\x1bj", "\x03", "\r"
PROMPT = "ready> "
_LOOK = "\x1d"
"""Ctrl-] writes the line to a file: what is on it is known exactly, however it is drawn."""
_PATIENCE_S = 20.0
_OWN: Mapping[ShellName, tuple[str, str]] = {
    "bash": (
        ".bashrc",
        f"PS1='{PROMPT}'; HISTCONTROL=ignorespace\n"
        """look() { printf '%s\\036' "$READLINE_LINE" >"$HOME/line"; }\n"""
        """for map in emacs vi-insert; do bind -m $map -x '"\\C-]": look'; done\n""",
    ),
    "zsh": (
        ".zshrc",
        f"PS1='{PROMPT}'; HISTFILE=$HOME/.zsh_history; SAVEHIST=100 HISTSIZE=100; setopt inc_append_history\n"
        """look() { print -rn -- "$BUFFER"$'\\036' >|$HOME/line; }; zle -N look; KEYTIMEOUT=20\n"""
        "for map in emacs viins; do bindkey -M $map '^]' look; done\n",
    ),
    "fish": (
        ".config/fish/config.fish",
        f"function fish_prompt; echo -n '{PROMPT}'; end; set -g fish_greeting\n"
        "function look; printf '%s\\x1e' (commandline | string collect) >$HOME/line; end; bind \\c] look\n",
    ),
}


class AtPrompt:
    """The shell `kind` of the person whose home is `home`, at its prompt."""

    def __init__(
        self,
        kind: ShellName,
        home: Path,
        environment: Mapping[str, str],
        *,
        before: str = "",
        after: str = "",
        init: tuple[str, ...] = (),
    ) -> None:
        """`before`, `after`: lines of the start-up file around aishell's own. Skips where there is no such shell."""
        path = shutil.which(kind)
        if not path:
            pytest.skip(f"no {kind} here")
        self.screen = ""
        self.home = home
        variables = {**environment, "LC_ALL": "C.UTF-8", "SHELL": path}
        variables.pop("HISTFILE", None)
        if kind == "fish":
            _without_manuals(home)
        name, own = _OWN[kind]
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        ours = code(wanted(parser().parse_args([kind, *init])))
        (home / name).write_text(f"{own}{before}\n{ours}\n{after}\n")
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
            os.execve(path, [path, "-i"], variables)
        self.sees(PROMPT)

    def __enter__(self) -> AtPrompt:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def sees(self, *texts: str) -> None:
        """Waits for each of the texts, and forgets what is on the screen."""
        ends = time.monotonic() + _PATIENCE_S
        while missing := [text for text in texts if text not in self.screen]:
            if not select.select([self._terminal], [], [], max(0.0, ends - time.monotonic()))[0]:
                raise AssertionError(f"{missing} not seen in:\n{self.screen}")
            try:
                self.screen += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:
                raise AssertionError(f"{missing} not seen before the end of:\n{self.screen}") from None
        self.screen = ""

    def line(self) -> str:
        """What is on the line, once the keys before have had their effect."""
        file = self.home / "line"
        file.unlink(missing_ok=True)
        self.types(_LOOK)
        return self._until(file).removesuffix("\x1e")

    def runs(self, line: str) -> str:
        """What a line prints that ends by itself; it is written by the line, so that nothing drawn counts."""
        file = self.home / "printed"
        file.unlink(missing_ok=True)
        self.types(f"{line} >{file} 2>&1; printf '\\036' >>{file}{ENTER}")
        return self._until(file).removesuffix("\x1e")

    def _until(self, file: Path) -> str:
        """What is in a file that somebody writes, up to its end mark; what is drawn meanwhile is kept."""
        ends = time.monotonic() + _PATIENCE_S
        while not file.exists() or not (text := file.read_bytes()).endswith(b"\x1e"):
            if time.monotonic() > ends:
                raise AssertionError(f"{file.name} was not written:\n{self.screen}")
            if select.select([self._terminal], [], [], 0.02)[0]:
                self.screen += os.read(self._terminal, 65536).decode("utf-8", "replace")
        return text.decode()


@contextmanager
def suggesting(environment: dict[str, str], spec: LlamaSpec) -> Iterator[dict[str, str]]:
    """A running engine that suggests, and the variable with which it is found."""
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as folder:
        paths = Paths.from_environment({**environment, "XDG_RUNTIME_DIR": folder})
        place = Place(paths.runtime, spec.key())
        backend = EngineBackend(spec, suggest=wiring.suggest_spec(Settings(), paths).to_wire(), place=place)

        async def ready() -> None:
            await backend.describe()
            await backend.close()

        asyncio.run(ready())
        try:
            yield {"XDG_RUNTIME_DIR": folder}
        finally:
            launch.stop(place)


def _without_manuals(home: Path) -> None:
    """A new fish reads all manual pages for its completions, which takes minutes of a processor."""
    folder = home / ".local/share/fish/generated_completions"
    folder.mkdir(parents=True, exist_ok=True)
