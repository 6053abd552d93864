"""The engine seen from a shell: found or started, asked, cancelled, and started again once when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from aishell.backends import wire
from aishell.backends.hold import Died, Hold
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import EngineCrashed, ModelUnavailable
from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage

_SILENCE_S = 120.0
"""The engine gives a sign of life every 2 s while it computes; loading a large model from a slow disk gives none."""
_CANCEL_S = 5.0
_AHEAD = 256
"""Frames taken from the engine before their reader asks for them; then the engine has to wait."""


class EngineBackend:
    """Implements `core.ports.Backend`. With a `place` the engine there is shared by all shells and outlives this object;
    without, there is one of its own, which ends with it. Several requests may be under way at once."""

    def __init__(
        self, spec: LlamaSpec, *, place: Place | None = None, log: Path | None = None, silence_s: float = _SILENCE_S
    ) -> None:
        self._spec = spec
        self._fingerprint = spec.fingerprint()
        self._log = log
        self._silence_s = silence_s
        self._hold = Hold(spec, place, log)
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Queue[wire.Frame | None]] = {}
        self._connecting = asyncio.Lock()
        self._number = 0

    @property
    def pid(self) -> int | None:
        """Of the engine, once it has said hello."""
        return self._hold.pid

    def start(self) -> None:
        """Begin loading the model now, so that it is ready sooner. Needs no event loop. Raises ModelUnavailable."""
        self._hold.start()

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        return self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        known, heard = self._writer is not None, False
        try:
            async with aclosing(self._attempt(prompt)) as items:  # closed with this one, and not whenever it is collected
                async for item in items:
                    heard = True
                    yield item
            return
        except Died as death:
            if heard or not known:  # otherwise it may have died before it was asked: nothing to tell
                yield Restarted(reason=f"The model engine {death}; it was started again.")
        try:
            async with aclosing(self._attempt(prompt)) as items:
                async for item in items:
                    yield item
        except Died as death:
            raise self._crashed(f"The model engine {death}, twice.") from None

    async def describe(self) -> ModelInfo:
        return wire.info_from_wire((await self.ask("describe"))["info"])

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 for each text, in the background. Raises ModelUnavailable."""
        vectors: list[list[float]] = (await self.ask("embed", texts=texts))["vectors"]
        return vectors

    async def tokenize(self, text: str) -> list[int]:
        tokens: list[int] = (await self.ask("tokenize", text=text))["tokens"]
        return tokens

    async def status(self) -> dict[str, Any]:
        return await self.ask("status")

    async def ask(self, kind: str, **fields: object) -> wire.Frame:
        """The answer to a request that has one frame; asked again once when the engine dies. Raises ModelUnavailable."""
        for _ in range(2):
            try:
                number = await self._send(kind, **fields)
                try:
                    while (frame := await self._frame(number))["type"] == "working":
                        pass
                    return frame
                finally:
                    self._answers.pop(number, None)
            except Died as death:
                reason = f"The model engine {death}."
        raise self._crashed(reason)

    async def close(self) -> None:
        """A shared engine goes on; one of its own ends."""
        if self._listening:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        self._disconnect()
        self._hold.close()

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
        except (Died, ModelUnavailable):
            finished = True
            raise
        finally:
            if not finished:
                await self._cancel(number)
            self._answers.pop(number, None)

    async def _cancel(self, number: int) -> None:
        """Stop the generation and read up to its end; an engine that does not obey is ended."""
        try:
            await self._write({"type": "cancel", "id": number})
            async with asyncio.timeout(_CANCEL_S):
                while (await self._frame(number))["type"] != "usage":
                    pass
        except TimeoutError:
            self._end_hung()
        except (Died, ModelUnavailable):
            pass

    async def _send(self, kind: str, **fields: object) -> int:
        async with self._connecting:
            if self._writer is None or self._writer.is_closing() or self._hold.gone():
                await self._connect()
        self._number += 1
        self._answers[self._number] = asyncio.Queue(_AHEAD)
        await self._write({"type": kind, "id": self._number, **fields})
        return self._number

    async def _write(self, frame: wire.Frame) -> None:
        if self._writer is None:
            raise Died("closed its connection")
        try:
            self._writer.write(wire.pack(frame))
            await self._writer.drain()
        except OSError:
            raise self._death() from None

    async def _connect(self) -> None:
        """Raises Died, ModelUnavailable."""
        self._disconnect(keep_socket=True)
        await asyncio.to_thread(self.start)
        try:
            greeting, reader, writer = await self._greet()
        except Died:
            if not self._hold.place:
                raise
            await asyncio.to_thread(self.start)  # it was just ending by itself
            greeting, reader, writer = await self._greet()
        if greeting.get("version") != wire.VERSION or greeting.get("fingerprint") != self._fingerprint:
            with suppress(OSError):  # it serves those it has, and ends; an older one that does not know the word stays idle
                writer.write(wire.pack({"type": "stop", "now": False}))
                await writer.drain()
            writer.close()
            if not self._hold.place:
                raise ModelUnavailable("The engine is of another version of aishell.", hint="Run `make setup` again.")
            await asyncio.to_thread(self._hold.renew, int(greeting.get("pid", 0)))
            greeting, reader, writer = await self._greet()
        self._hold.pid = int(greeting.get("pid", 0)) or None
        self._writer = writer
        self._listening = asyncio.ensure_future(self._listen(reader))

    async def _greet(self) -> tuple[wire.Frame, asyncio.StreamReader, asyncio.StreamWriter]:
        assert self._hold.socket is not None
        reader, writer = await asyncio.open_unix_connection(sock=self._hold.socket, limit=wire.LONGEST_FRAME)
        try:
            async with asyncio.timeout(self._silence_s):
                return await _read(reader), reader, writer
        except TimeoutError:
            writer.close()
            self._end_hung()
            raise Died(f"gave no sign of life for {self._silence_s:g} s") from None
        except (OSError, asyncio.IncompleteReadError, wire.BadFrame):
            writer.close()
            raise self._death() from None

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Give every frame to the request it belongs to, until the connection ends."""
        try:
            while True:
                frame = await _read(reader)
                if answers := self._answers.get(frame.get("id", 0)):
                    await answers.put(frame)  # waits when its reader is slow, and with it the engine
        except (OSError, asyncio.IncompleteReadError, wire.BadFrame):
            pass
        finally:
            if self._writer:
                self._writer.close()
            self._writer = self._hold.socket = None
            for answers in self._answers.values():
                while answers.full():
                    answers.get_nowait()
                answers.put_nowait(None)

    async def _frame(self, number: int) -> wire.Frame:
        """The next frame of request `number`. Raises ModelUnavailable when the engine says so, Died when it is gone."""
        try:
            async with asyncio.timeout(self._silence_s):
                frame = await self._answers[number].get()
        except TimeoutError:
            self._end_hung()
            raise Died(f"gave no sign of life for {self._silence_s:g} s") from None
        if frame is None:
            raise self._death()
        if frame["type"] == "error":
            raise ModelUnavailable(frame["message"], hint=frame["hint"])
        return frame

    # ---- endings

    def _death(self) -> Died:
        self._disconnect()
        return self._hold.death()

    def _end_hung(self) -> None:
        self._hold.end_hung()
        self._disconnect()

    def _disconnect(self, *, keep_socket: bool = False) -> None:
        hold = self._hold
        if self._writer:
            self._writer.close()
            self._writer = hold.socket = None
        elif hold.socket and not keep_socket:
            hold.socket.close()
            hold.socket = None

    def _crashed(self, message: str) -> EngineCrashed:
        log = f"; the engine's log is {self._log}." if self._log else "."
        return EngineCrashed(message, hint=f"`aishell doctor` tests the build and the model{log}")


async def _read(reader: asyncio.StreamReader) -> wire.Frame:
    header = await reader.readexactly(wire.HEADER.size)
    return wire.unpack(await reader.readexactly(wire.body_length(header)))
