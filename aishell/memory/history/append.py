r"""A command written into the history of the person's own shell, in that shell's form and by its rules for several writers.

bash: a line, behind `#seconds` where the file has such; one write to the end of the file, as bash itself does.
zsh: `: seconds:0;command` where the file has such, else the command; newlines behind a backslash, bytes "metafied"; while it is
written there is `FILE.LOCK`, a link that leads nowhere.
fish: `- cmd: command` and `  when: seconds`, with `\n` and `\\`; the file is locked with flock.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from aishell.core.errors import AishellError

Shell = Literal["bash", "zsh", "fish"]
_LOCK_S = 1.0
_STALE_S = 10.0
"""As in zsh: a lock that old belongs to a process that is gone."""


def own_history(environment: Mapping[str, str], home: Path) -> tuple[Shell, Path]:
    """The shell that a person is logged in with, bash for one that is not known, and where its history lies."""
    shell = os.path.basename(environment.get("SHELL", ""))
    named = environment.get("HISTFILE", "")
    if shell == "fish":
        data = environment.get("XDG_DATA_HOME", "")
        return "fish", (Path(data) if data.startswith("/") else home / ".local/share") / "fish" / "fish_history"
    if shell == "zsh":
        folder = Path(environment.get("ZDOTDIR") or home)
        places = [folder / name for name in (".zsh_history", ".zhistory", ".histfile")]
        usual = next((place for place in places if place.is_file()), places[0])
        return "zsh", Path(named) if named.startswith("/") else usual
    return "bash", Path(named) if named.startswith("/") else home / ".bash_history"


def append(shell: Shell, file: Path, command: str, when: float) -> None:
    """Write `command` at the end of `file`. Raises AishellError."""
    data = command.rstrip("\n").encode("utf-8", "surrogateescape")
    if not data.strip() or data[:1].isspace():
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as history, _locked(shell, file, descriptor):
            first = history.read(32)
            begun = _begun(descriptor)
            history.write((b"" if begun else b"\n") + _entry(shell, data, int(when), first))
    except OSError as error:
        raise AishellError(f"The history {file} cannot be written: {error.strerror}.") from error


def _entry(shell: Shell, data: bytes, when: int, first: bytes) -> bytes:
    if shell == "fish":
        escaped = data.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        return b"- cmd: %s\n  when: %d\n" % (escaped, when)
    if shell == "zsh":
        escaped = _metafied(data).replace(b"\n", b"\\\n")
        escaped += b" " if escaped.endswith(b"\\") else b""  # a backslash at the end would take the next entry in
        return (b": %d:0;" % when if first.startswith(b": ") or not first else b"") + escaped + b"\n"
    return (b"#%d\n" % when if first[:1] == b"#" and first[1:2].isdigit() else b"") + data + b"\n"


def _begun(number: int) -> bool:
    """Whether what is written next begins a line."""
    size = os.fstat(number).st_size
    return size == 0 or os.pread(number, 1, size - 1) == b"\n"


def _metafied(data: bytes) -> bytes:
    return b"".join(bytes((0x83, byte ^ 32)) if byte == 0 or 0x83 <= byte <= 0xA2 else bytes((byte,)) for byte in data)


@contextmanager
def _locked(shell: Shell, file: Path, descriptor: int) -> Iterator[None]:
    """Alone with the file, by the shell's own rule; after a second without."""
    if shell == "fish":
        with suppress(OSError):  # a file system that knows no locks
            _patiently(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB))
        yield
        return
    if shell == "bash":
        yield
        return
    lock = f"{file}.LOCK"
    ours = _patiently(lambda: _link(lock))
    try:
        yield
    finally:
        if ours:
            with suppress(OSError):
                os.unlink(lock)


def _link(lock: str) -> None:
    """Raises BlockingIOError while another has it."""
    try:
        os.symlink(f"/pid-{os.getpid()}/host-{socket.gethostname()}", lock)
    except FileExistsError:
        with suppress(OSError):
            if time.time() - os.lstat(lock).st_mtime > _STALE_S:
                os.unlink(lock)
        raise BlockingIOError from None


def _patiently(take: Callable[[], None]) -> bool:
    """Whether it was had in time."""
    until = time.monotonic() + _LOCK_S
    while True:
        try:
            take()
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
