"""The engine: llama.cpp in a process of its own, so that a native crash never takes a shell with it.

`python -m aishell.backends.engine --fd N` serves one client over the socket it inherits, and ends with it.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import sys
import threading
import time
from dataclasses import asdict

from aishell.backends import wire
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import AishellError
from aishell.core.types import Piece

_SIGN_OF_LIFE_S = 2.0
_OOM_SCORE = "600"
"""If memory runs out, the kernel should take the engine and not the user's other programs."""


class Engine:
    def __init__(self, connection: socket.socket, spec: LlamaSpec) -> None:
        self._connection = connection
        self._spec = spec
        self._requests: queue.SimpleQueue[wire.Frame] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._last_sent = 0.0

    def serve(self) -> None:
        """Until the client goes away."""
        self._send({"type": "hello", "version": wire.VERSION, "pid": os.getpid()})
        threading.Thread(target=self._listen, daemon=True).start()
        model: Llama | None = None
        while True:
            try:
                model = model or Llama(self._spec)  # loading begins before the first request is here
                frame = self._requests.get()
                self._answer(model, frame)
            except AishellError as error:
                number = frame["id"] if model else self._requests.get()["id"]
                self._send({"type": "error", "id": number, "message": str(error), "hint": error.hint})

    def _listen(self) -> None:
        stream = self._connection.makefile("rb")
        while header := stream.read(wire.HEADER.size):
            frame = wire.unpack(stream.read(wire.body_length(header)))
            if frame["type"] == "cancel":
                self._cancelled.add(frame["id"])
            else:
                self._requests.put(frame)
        os._exit(0)  # the client is gone, and whatever is being computed was for it

    def _answer(self, model: Llama, frame: wire.Frame) -> None:
        number = int(frame["id"])
        if frame["type"] == "describe":
            info = asdict(model.info())
            self._send({"type": "info", "id": number, "info": info})
            return

        def cancelled() -> bool:
            if time.monotonic() - self._last_sent > _SIGN_OF_LIFE_S:  # asked from inside the computation: it is alive
                self._send({"type": "working", "id": number})
            return number in self._cancelled

        for item in model.generate(wire.prompt_from_wire(frame["prompt"]), cancelled):
            if isinstance(item, Piece):
                self._send({"type": "piece", "id": number, "text": item.text})
            else:
                self._send({"type": "usage", "id": number, "usage": asdict(item)})
        self._cancelled.discard(number)

    def _send(self, frame: wire.Frame) -> None:
        try:
            self._connection.sendall(wire.pack(frame))
        except OSError:
            os._exit(0)
        self._last_sent = time.monotonic()


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[sys.argv.index("--fd") + 1]))
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(_OOM_SCORE)
    except OSError:
        pass  # not Linux, or not allowed
    length = wire.body_length(_read(connection, wire.HEADER.size))
    spec = LlamaSpec(**json.loads(_read(connection, length)))
    Engine(connection, spec).serve()


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            sys.exit(0)
        data += chunk
    return data


if __name__ == "__main__":
    main()
