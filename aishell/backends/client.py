"""The engine seen from a shell: found or started, asked, cancelled, and started again once when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from aishell.backends import wire
from aishell.backends.hold import Died, Hold
from aishell.backends.launch import Place
from aishell.backends.spec import EngineSpec, LlamaSpec
from aishell.core.errors import EngineCrashed, ModelUnavailable
from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage

_SILENCE_S = 120.0
"""The engine gives a sign of life every 2 s while it computes; loading a large model from a slow disk gives none."""
_CANCEL_S = 5.0
_AHEAD = 256
"""Frames taken from the engine before their reader asks for them; then the engine has to wait."""


class _Link:
    """One connection; every frame goes to the request it belongs to, until the connection ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.answers: dict[int, asyncio.Queue[wire.Frame | None]] = {}
        self.closed = False
        self._listening = asyncio.ensure_future(self._listen(reader))

    def close(self) -> None:
        self.closed = True
        self.writer.close()

    async def ended(self) -> None:
        self._listening.cancel()
        await asyncio.wait([self._listening])

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                frame = await _read(reader)
                if answers := self.answers.get(frame.get("id", 0)):
                    await answers.put(frame)  # waits when its reader is slow, and with it the engine
        except (OSError, asyncio.IncompleteReadError, wire.BadFrame):
            pass
        finally:
            self.close()
            for answers in self.answers.values():
                while answers.full():
                    answers.get_nowait()
                answers.put_nowait(None)


class EngineBackend:
    """Implements `core.ports.Backend`. With a `place` the engine there is shared by all shells and outlives this object;
    without, there is one of its own, which ends with it. Several requests may be under way at once."""

    def __init__(
        self,
        model: LlamaSpec,
        *,
        memory: Mapping[str, Any] | None = None,
        suggest: Mapping[str, Any] | None = None,
        place: Place | None = None,
        log: Path | None = None,
        silence_s: float = _SILENCE_S,
    ) -> None:
        """`memory`: what the engine's memory is started with; None: it has none. `suggest`: its suggestions, likewise."""
        spec = EngineSpec(model=model, memory=memory or {}, suggest=suggest or {})
        self._fingerprint = spec.fingerprint()
        self._log = log
        self._silence_s = silence_s
        self._hold = Hold(spec, place, log)
        self._link: _Link | None = None
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
        known, heard = self._link is not None, False
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
        """One vector of length 1 for each text, by memory's embedder. Raises ModelUnavailable."""
        vectors: list[list[float]] = (await self.ask("embed", texts=texts))["vectors"]
        return vectors

    async def exemplars(self, text: str, limit: int) -> list[tuple[str, str, float]]:
        """Requests nearest in meaning, with their commands and how near they are; none when the engine has no embedder yet."""
        return await self._lines("exemplars", text, limit)

    async def programs(self, text: str, limit: int) -> list[tuple[str, str, float]]:
        """Likewise programs: what one is for, its name, and how near that is to what is asked for."""
        return await self._lines("programs", text, limit)

    async def _lines(self, kind: str, text: str, limit: int) -> list[tuple[str, str, float]]:
        try:
            found = (await self.ask(kind, text=text, limit=limit))["found"]
        except ModelUnavailable:  # there are good answers without them
            return []
        return [(str(request), str(command), float(cosine)) for request, command, cosine in found]

    async def tokenize(self, text: str) -> list[int]:
        tokens: list[int] = (await self.ask("tokenize", text=text))["tokens"]
        return tokens

    async def status(self) -> dict[str, Any]:
        return await self.ask("status")

    async def ask(self, kind: str, **fields: object) -> wire.Frame:
        """The answer to a request that has one frame; asked again once when the engine dies. Raises ModelUnavailable."""
        for _ in range(2):
            try:
                link, number = await self._send(kind, **fields)
                try:
                    while (frame := await self._frame(link, number))["type"] == "working":
                        pass
                    return frame
                finally:
                    link.answers.pop(number, None)
            except Died as death:
                reason = f"The model engine {death}."
        raise self._crashed(reason)

    async def close(self) -> None:
        """A shared engine goes on; one of its own ends."""
        if self._link:
            await self._link.ended()
        self._disconnect()
        self._hold.close()

    # ---- one request

    async def _attempt(self, prompt: Prompt) -> AsyncGenerator[Piece | Usage, None]:
        link, number = await self._send("generate", prompt=wire.prompt_to_wire(prompt))
        finished = False
        try:
            while not finished:
                frame = await self._frame(link, number)
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
                await self._cancel(link, number)
            link.answers.pop(number, None)

    async def _cancel(self, link: _Link, number: int) -> None:
        """Stop the generation and read up to its end; an engine that does not obey is ended."""
        try:
            await self._write(link, {"type": "cancel", "id": number})
            async with asyncio.timeout(_CANCEL_S):
                while (await self._frame(link, number))["type"] != "usage":
                    pass
        except TimeoutError:
            self._end_hung(link)
        except (Died, ModelUnavailable):
            pass

    async def _send(self, kind: str, **fields: object) -> tuple[_Link, int]:
        async with self._connecting:
            if self._link is None or self._link.closed or self._hold.gone():
                self._link = await self._connect()
            link = self._link
        self._number += 1
        link.answers[self._number] = asyncio.Queue(_AHEAD)
        await self._write(link, {"type": kind, "id": self._number, **fields})
        return link, self._number

    async def _write(self, link: _Link, frame: wire.Frame) -> None:
        try:
            link.writer.write(wire.pack(frame))
            await link.writer.drain()
        except OSError:
            raise self._death(link) from None

    async def _connect(self) -> _Link:
        """Raises Died, ModelUnavailable."""
        if self._link:
            self._disconnect()
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
            if greeting.get("version") != wire.VERSION:  # what lies on the disk by now is not what runs here
                writer.close()
                raise ModelUnavailable("The engine is of another version of aishell.", hint="A new session is of that, too.")
        self._hold.pid = int(greeting.get("pid", 0)) or None
        return _Link(reader, writer)

    async def _greet(self) -> tuple[wire.Frame, asyncio.StreamReader, asyncio.StreamWriter]:
        assert self._hold.socket is not None
        reader, writer = await asyncio.open_unix_connection(sock=self._hold.socket, limit=wire.LONGEST_FRAME)
        try:
            async with asyncio.timeout(self._silence_s):
                return await _read(reader), reader, writer
        except TimeoutError:
            writer.close()
            self._end_hung(self._link)
            raise Died(f"gave no sign of life for {self._silence_s:g} s") from None
        except (OSError, asyncio.IncompleteReadError, wire.BadFrame):
            writer.close()
            raise self._death(self._link) from None

    async def _frame(self, link: _Link, number: int) -> wire.Frame:
        """The next frame of request `number`. Raises ModelUnavailable when the engine says so, Died when it is gone."""
        try:
            async with asyncio.timeout(self._silence_s):
                frame = await link.answers[number].get()
        except TimeoutError:
            self._end_hung(link)
            raise Died(f"gave no sign of life for {self._silence_s:g} s") from None
        if frame is None:
            raise self._death(link)
        if frame["type"] == "error":
            raise ModelUnavailable(frame["message"], hint=frame["hint"])
        return frame

    # ---- endings

    def _death(self, link: _Link | None) -> Died:
        if link is not self._link:  # another request has seen it, and perhaps connected anew
            return Died("closed its connection")
        self._disconnect()
        return self._hold.death()

    def _end_hung(self, link: _Link | None) -> None:
        if link is self._link:
            self._hold.end_hung()
            self._disconnect()

    def _disconnect(self) -> None:
        link, self._link = self._link, None
        if link:
            link.close()
        elif self._hold.socket:
            self._hold.socket.close()
        self._hold.socket = None

    def _crashed(self, message: str) -> EngineCrashed:
        log = f"; the engine's log is {self._log}." if self._log else "."
        return EngineCrashed(message, hint=f"`aishell doctor` tests the build and the model{log}")


async def _read(reader: asyncio.StreamReader) -> wire.Frame:
    header = await reader.readexactly(wire.HEADER.size)
    return wire.unpack(await reader.readexactly(wire.body_length(header)))
