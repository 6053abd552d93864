"""`aishell serve --openai`: this machine's model for other programs, at an OpenAI-compatible address."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

from aishell import wiring
from aishell.backends.openai.door import Door, listen_path, listen_port
from aishell.backends.openai.serving import Serving
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.cli.supervised import run_async
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import AishellError, UsageError
from aishell.core.ports import Backend


def parser() -> Parser:
    made = Parser(prog="aishell serve", allow_abbrev=False)
    made.add_argument("--openai", action="store_true", help="in the form of OpenAI's chat completions")
    where = made.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, default=0, metavar="N", help="on 127.0.0.1 (a free one)")
    where.add_argument("--socket", default="", metavar="PATH", help="on a Unix socket instead")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if not options.openai or not 0 <= options.port < 65536:
        raise UsageError("aishell serve takes --openai, and --port N or --socket PATH.")
    loaded, paths = wiring.settings()
    path = os.path.abspath(options.socket) if options.socket else ""
    try:
        listening = listen_path(path) if path else listen_port(options.port)
    except OSError as error:
        where = path or f"port {options.port}"
        raise AishellError(f"{where} cannot be used: {error.strerror}.", hint="Name another one.") from error
    try:
        return run_async(_serve(listening, path, loaded.settings, paths))
    finally:
        listening.close()
        if path:
            Path(path).unlink(missing_ok=True)


async def _serve(listening: socket.socket, path: str, wanted: Settings, paths: Paths) -> int:
    """Until it is told to end."""
    backend, name = _model(wanted, paths)
    address = f"unix:{path}" if path else f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    token = secrets.token_urlsafe(32)
    file = paths.runtime / f"serve-{os.getpid()}.token"
    try:
        _write(file, token)

        def ready() -> None:
            stdio.show(f"{name} at {address}")
            stdio.show(f"token in {file}")

        await Door(respond=Serving(backend, name).respond, token=token).serve(listening, ready)
    finally:
        with suppress(OSError):
            file.unlink()
        await backend.close()
    return 0


def _model(wanted: Settings, paths: Paths) -> tuple[Backend, str]:
    """This machine's own, whatever the settings say: nothing is handed on to other machines. Raises ModelUnavailable."""
    if wanted.model.backend == "scripted":
        return wiring.open_backend(wanted, paths), "script"
    spec = wiring.model_spec(wanted, paths)
    return wiring.open_engine(wanted, paths, spec), spec.name


def _write(file: Path, token: str) -> None:
    """For this user alone. Raises AishellError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="ascii") as out:
            out.write(token)
    except OSError as error:
        raise AishellError(f"{file} cannot be written: {error.strerror}.") from error
