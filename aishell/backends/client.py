"""The engine process seen from the shell: started, listened to, cancelled, and started again once when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import asdict
from pathlib import Path

from aishell.backends import wire
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import EngineCrashed, ModelUnavailable
from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage

_SILENCE_S = 120.0
"""The engine gives a sign of life every 2 s while it computes; loading a large model from a slow disk gives none."""
_CANCEL_S = 5.0


class _Died(Exception):
    """The engine process ended, or was ended because it hung."""


class EngineBackend:
    """Implements `core.ports.Backend` with one engine process, which lives as long as this object."""

    def __init__(self, spec: LlamaSpec, *, log: Path | None = None, silence_s: float = _SILENCE_S) -> None:
        self._spec = spec
        self._log = log
        self._silence_s = silence_s
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._number = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin loading the model now, so that it is ready sooner. Needs no event loop. Does nothing when already begun."""
        if self._process is not None:
            return
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
        with theirs, self._open_log() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "aishell.backends.engine", "--fd", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd="/",  # the user's folder may vanish, and must not be imported from
                start_new_session=True,  # Ctrl-C in the terminal is for the shell to judge
            )
        ours.sendall(wire.pack(asdict(self._spec)))
        self._socket = ours

    def _open_log(self) -> _LogFile:
        return _LogFile(self._log)

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        return self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        try:
            async with aclosing(self._attempt(prompt)) as items:  # closed with this one, and not whenever it is collected
                async for item in items:
                    yield item
            return
        except _Died as death:
            yield Restarted(reason=f"The model engine {death}; it was started again.")
        try:
            async with aclosing(self._attempt(prompt)) as items:
                async for item in items:
                    yield item
        except _Died as death:
            raise EngineCrashed(
                f"The model engine {death}, twice.",
                hint="`aishell doctor` tests the build and the model"
                + (f"; the engine's log is {self._log}." if self._log else "."),
            ) from None

    async def describe(self) -> ModelInfo:
        try:
            number = await self._send("describe")
            return wire.info_from_wire((await self._frame(number))["info"])
        except _Died as death:
            raise EngineCrashed(f"The model engine {death}.", hint="`aishell doctor` tests the build.") from None

    async def close(self) -> None:
        """The engine ends with its connection."""
        if self._writer:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
        elif self._socket:
            self._socket.close()
        self._kill()
        self._reader = self._writer = self._socket = None

    # ---- one request

    async def _attempt(self, prompt: Prompt) -> AsyncGenerator[Piece | Usage, None]:
        number = await self._send("generate", prompt=wire.prompt_to_wire(prompt))
        finished = False
        try:
            while not finished:
                frame = await self._frame(number)
                if frame["type"] == "piece":
                    yield Piece(text=frame["text"])
                elif frame["type"] == "usage":
                    finished = True
                    yield wire.usage_from_wire(frame["usage"])
        except (_Died, ModelUnavailable):
            finished = True
            raise
        finally:
            if not finished:
                await self._cancel(number)

    async def _cancel(self, number: int) -> None:
        """Stop the generation and read up to its end; an engine that does not obey is ended."""
        try:
            await self._write({"type": "cancel", "id": number})
            async with asyncio.timeout(_CANCEL_S):
                while (await self._frame(number))["type"] != "usage":
                    pass
        except (TimeoutError, _Died, ModelUnavailable):
            self._forget()

    async def _send(self, kind: str, **fields: object) -> int:
        self._number += 1
        await self._write({"type": kind, "id": self._number, **fields})
        return self._number

    async def _write(self, frame: wire.Frame) -> None:
        if self._writer is None:
            await self._connect()
        assert self._writer is not None
        try:
            self._writer.write(wire.pack(frame))
            await self._writer.drain()
        except OSError:
            raise self._death() from None

    async def _connect(self) -> None:
        self.start()
        assert self._socket is not None
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=wire.LONGEST_FRAME)
        hello = await self._read()
        if hello.get("version") != wire.VERSION:
            self._forget()
            raise ModelUnavailable("The engine is of another version of aishell.", hint="Run `make setup` again.")

    async def _frame(self, number: int) -> wire.Frame:
        """The next frame of request `number`. Raises ModelUnavailable when the engine says so, _Died when it is gone."""
        while True:
            frame = await self._read()
            if frame.get("id") != number:
                continue  # the rest of something cancelled
            if frame["type"] == "error":
                raise ModelUnavailable(frame["message"], hint=frame["hint"])
            return frame

    async def _read(self) -> wire.Frame:
        assert self._reader is not None
        try:
            async with asyncio.timeout(self._silence_s):
                header = await self._reader.readexactly(wire.HEADER.size)
                return wire.unpack(await self._reader.readexactly(wire.body_length(header)))
        except TimeoutError:
            self._forget()
            raise _Died(f"gave no sign of life for {self._silence_s:g} s") from None
        except (OSError, asyncio.IncompleteReadError, wire.BadFrame):
            raise self._death() from None

    # ---- endings

    def _death(self) -> _Died:
        """The engine's end in words; the next request starts another."""
        process = self._process
        status: int | None = None
        if process:
            with suppress(subprocess.TimeoutExpired):
                status = process.wait(1.0)
        self._forget()
        if status is None:
            return _Died("closed its connection")
        if status == -signal.SIGKILL:
            return _Died("was killed, most likely because memory ran out")
        if status < 0:
            return _Died(f"crashed ({signal.Signals(-status).name})")
        return _Died(f"ended with status {status}")

    def _forget(self) -> None:
        self._kill()
        if self._writer:
            self._writer.close()
        self._process = self._reader = self._writer = self._socket = None

    def _kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class _LogFile:
    """Where the engine's own words go: a private file begun anew with each engine, or nowhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __enter__(self) -> int:
        self._descriptor = os.open(os.devnull, os.O_WRONLY)
        if self._path:
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.close(self._descriptor)
                self._descriptor = descriptor
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
