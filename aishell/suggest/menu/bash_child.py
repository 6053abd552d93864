"""A bash that has bash-completion loaded, kept to be asked: loading takes some 50 ms, an answer from 5."""

from __future__ import annotations

import os
import secrets
import selectors
import shutil
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from aishell.suggest.menu.source import end

_SCRIPT = Path(__file__).with_name("bash.sh")
_PLACES = (
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/share/bash-completion/bash_completion",
    "/etc/bash_completion",
)
_OWN_PLACE = ".local/share/bash-completion/bash_completion"
_MOST_BYTES = 1 << 19
_BUSY_S = 0.4
"""A question that waits longer for one before it is about a line that has been typed on."""
_LEFT_OUT = ("BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND", "PS4", "CDPATH", "GLOBIGNORE")
_NOTHING_ELSE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_CONFIG_KEY_1": "core.hooksPath",
    "GIT_CONFIG_VALUE_1": "/dev/null",
    "LC_ALL": "C.UTF-8",
}
"""So that git neither calls anybody nor runs what a repository's own settings name."""


class Replies(NamedTuple):
    words: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    """Of `compopt`: filenames, nospace and so on."""


def bash_completion(home: Path) -> str:
    """The file that bash-completion is loaded from; empty where it is not installed."""
    return next((place for place in (*_PLACES, str(home / _OWN_PLACE)) if os.path.isfile(place)), "")


class BashChild:
    """One question at a time, from any thread. A child that does not answer in time is killed, and the next question starts
    another one."""

    def __init__(self, file: str, environment: Callable[[], Mapping[str, str]], *, seconds: float = 2.0) -> None:
        self._file = file
        self._environment = environment
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: weakref.finalize[..., BashChild] | None = None
        """Ends the child, at the latest when this process ends."""
        self._lock = threading.Lock()

    @property
    def number(self) -> int:
        """The process that runs now; 0 when there is none."""
        return self._process.pid if self._process else 0

    def ask(self, line: str, words: Sequence[str], word: str, folder: str) -> Replies:
        """What the completion function of `words[0]` replies for the last of `words`, of which it completes the end, `word`.

        Raises OSError when bash cannot be started or asked, TimeoutError when it does not answer.
        """
        nonce = secrets.token_hex(8)
        fields = (nonce, folder, word, line, str(len(words)), *words)
        data = b"".join(field.encode("utf-8", "surrogateescape") + b"\0" for field in fields)
        if not self._lock.acquire(timeout=_BUSY_S):
            raise TimeoutError("bash-completion is busy.")
        try:
            process = self._running()
            assert process.stdin
            process.stdin.write(data)
            process.stdin.flush()
            return _taken_apart(self._answer(process, nonce), nonce)
        except OSError:
            self._end()
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [shutil.which("bash") or "bash", "--norc", "--noprofile", str(_SCRIPT), self._file],
                cwd="/",
                env=_cleaned(self._environment()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._ending = weakref.finalize(self, _close, self._process)
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], nonce: str) -> list[str]:
        """The fields of the answer. Raises TimeoutError, OSError."""
        until = time.monotonic() + self._seconds
        last = f"\0{nonce}\0".encode()
        data = b"\0"
        assert process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not data.endswith(last):
                if len(data) > _MOST_BYTES or not selector.select(max(until - time.monotonic(), 0)):
                    raise TimeoutError("bash-completion did not answer in time.")
                read = os.read(process.stdout.fileno(), 1 << 16)
                if not read:
                    raise OSError("bash has ended.")
                data += read
        return data[1 : -len(last)].decode("utf-8", "surrogateescape").split("\0") if len(data) > len(last) else []

    def _end(self) -> None:
        if self._ending:
            self._ending()
        self._process = self._ending = None


def _close(process: subprocess.Popen[bytes]) -> None:
    end(process)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):  # what it has not read is lost with it
                pipe.close()


def _taken_apart(fields: list[str], nonce: str) -> Replies:
    if f"{nonce}-" not in fields:
        return Replies()
    at = fields.index(f"{nonce}-")
    return Replies(tuple(fields[at + 1 :]), frozenset(fields[:at]))


def _cleaned(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what makes a bash run something of its own accord."""
    kept = {name: value for name, value in environment.items() if name not in _LEFT_OUT and not name.startswith("BASH_FUNC_")}
    return {**kept, **_NOTHING_ELSE}
