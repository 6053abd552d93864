"""Finding the engine, or starting it: one for a user and model, whoever asks first.

The one who starts it makes the listening socket itself, puts it in its place, and hands it to the engine. So a client can
connect from that moment on, before anything is loaded, and a socket that nobody listens to any more is simply replaced.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from aishell.backends import state, wire
from aishell.backends.spec import ONE_THREAD, WAITING, EngineSpec
from aishell.core.errors import ModelUnavailable

_LONGEST_PATH = 100
"""A socket's path may have 107 bytes on Linux, 103 elsewhere."""
_LOCK_S = 30.0
_STOP_S = 10.0
_LOG_BYTES = 1 << 20

Found = tuple[socket.socket, "subprocess.Popen[bytes] | None"]
"""A connection to the engine, and its process if it was started here."""


class Place:
    """Where the engine for one model is found: socket, lock and state file in a folder that only the user can enter."""

    def __init__(self, runtime: Path, key: str) -> None:
        folder = runtime
        if len(os.fsencode(runtime / f"engine-{key}.sock")) > _LONGEST_PATH:
            folder = Path("/tmp") / f"aishell-{os.getuid()}-{hashlib.sha256(os.fsencode(runtime)).hexdigest()[:8]}"
        self.folder = folder
        self.socket = folder / f"engine-{key}.sock"
        self.lock = folder / f"engine-{key}.lock"
        self.state = folder / f"engine-{key}.json"

    def make(self) -> None:
        """Raises ModelUnavailable when the folder cannot be made, or is open to others."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = self.folder.lstat()
        except OSError as error:
            raise ModelUnavailable(f"The folder {self.folder} cannot be made: {error.strerror}.") from error
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise ModelUnavailable(
                f"{self.folder} is not a folder that only you can enter.",
                hint=f"Remove it, or `chmod 700 {self.folder}` if it is yours.",
            )


def connect(place: Place) -> socket.socket | None:
    """A connection to the engine that listens there; None when none does. Raises ModelUnavailable when that is not known."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(place.socket))
        return connection
    except OSError as error:
        connection.close()
        if error.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR, errno.ENOTSOCK):
            return None
        raise ModelUnavailable(f"The engine's socket {place.socket} cannot be used: {error.strerror}.") from error


def find_or_start(place: Place, spec: EngineSpec, log: Path | None) -> Found:
    """A connection, and the process if it was started here. Raises ModelUnavailable."""
    place.make()
    if connection := connect(place):
        return connection, None
    with locked(place):
        if connection := connect(place):  # somebody else was faster
            return connection, None
        process = start(place, spec, log)
        connection = connect(place)
    if connection is None:
        raise ModelUnavailable("The engine ended as soon as it was started.", hint="`aishell engine logs` may say why.")
    return connection, process


def renew(
    place: Place, spec: EngineSpec, log: Path | None, unwanted: int
) -> tuple[socket.socket, subprocess.Popen[bytes] | None]:
    """Like find_or_start, when the engine with process number `unwanted` will not do: a new one takes its place."""
    place.make()
    with locked(place):
        last = state.read(place.state)
        connection = connect(place) if last and last.pid != unwanted else None  # somebody else has renewed it
        if connection:
            return connection, None
        process = start(place, spec, log)
        connection = connect(place)
    if connection is None:
        raise ModelUnavailable("The engine ended as soon as it was started.", hint="`aishell engine logs` may say why.")
    return connection, process


def start(place: Place, spec: EngineSpec, log: Path | None) -> subprocess.Popen[bytes]:
    """An engine listening at `place`, whatever was there before; call it with the lock held."""
    context, reduced = state.after_death(state.read(place.state), spec.model.context_tokens)
    used = spec.with_context(context) if reduced else spec
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    part = place.socket.with_suffix(f".{os.getpid()}")
    with listener:
        part.unlink(missing_ok=True)
        listener.bind(str(part))
        part.chmod(0o600)
        listener.listen(128)
        arguments = ["--listen", str(listener.fileno()), "--socket", str(place.socket), "--fingerprint", spec.fingerprint()]
        arguments += ["--inode", str(part.stat().st_ino)]
        part.replace(place.socket)
        process = spawn(used, arguments, listener, log)
        state.State.of(process.pid, context, reduced=reduced).write(place.state)
        return process


def spawn(spec: EngineSpec, arguments: list[str], handed: socket.socket, log: Path | None) -> subprocess.Popen[bytes]:
    """The engine's process, which reads `spec` from its standard input."""
    with _log(log) as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "aishell.engine", *arguments],
            pass_fds=[handed.fileno()],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**os.environ, **WAITING, **ONE_THREAD},
            cwd="/",  # the user's folder may vanish, and must not be imported from
            start_new_session=True,  # Ctrl-C in the terminal is for the shell to judge
        )
    assert process.stdin
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(spec.to_wire()).encode())
        process.stdin.close()
    return process


def stop(place: Place) -> bool:
    """Whether an engine was running there; it is gone when this returns, killed when it does not go by itself."""
    place.make()
    last = state.read(place.state)
    if connection := connect(place):
        with connection, suppress(OSError):
            connection.settimeout(_STOP_S)
            connection.sendall(wire.pack({"type": "stop", "now": True}))
            while connection.recv(1 << 16):  # closing before its greeting has come would make it lose the word
                pass
    elif not (last and last.lives()):
        return False
    until = time.monotonic() + _STOP_S
    while last and last.lives():
        if time.monotonic() > until:
            with suppress(OSError):
                os.kill(last.pid, signal.SIGKILL)
        time.sleep(0.02)
    return True


def _opened(lock: Path) -> TextIO:
    try:
        return open(lock, "w")
    except OSError as error:  # a command that only reads is held to that by the kernel
        raise ModelUnavailable(
            f"No engine runs, and none can be started here: {error.strerror}.", hint="`aishell engine start` first."
        ) from error


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Only one starts an engine at a time. Raises ModelUnavailable when another takes too long, or none may be started."""
    with _opened(place.lock) as file:
        until = time.monotonic() + _LOCK_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise ModelUnavailable(
                        f"Another aishell has been starting the engine for {_LOCK_S:.0f} s.", hint=f"It holds {place.lock}."
                    ) from None
                time.sleep(0.02)
        yield


@contextmanager
def _log(path: Path | None) -> Iterator[int]:
    """Where the engine's own words go: a private file, begun anew when it is long, or nowhere."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    if path:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            long = path.exists() and path.stat().st_size > _LOG_BYTES
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if long else 0)
            opened = os.open(path, flags, 0o600)
            os.close(descriptor)
            descriptor = opened
    try:
        yield descriptor
    finally:
        os.close(descriptor)
