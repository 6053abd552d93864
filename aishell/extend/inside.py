"""What runs in a plugin's own process: one function, called once for each request. It is run by its path and imports nothing
of aishell.

    python -P inside.py MODULE:FUNCTION REQUESTS ANSWERS     the last two: descriptors, on which a line is a JSON object

    -> {"id": 1, "given": [...], "named": {...}}     call it; {"stop": 1}: that call is not wanted any more
    <- {"ready": {...}} once; then for each call {"part": ...} any number of times, and {"end": true}, {"stopped": true} or
       {"failed": "..."}

Neither is standard input or output, so that a plugin may print what it likes. The end of the requests is the process's.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

_PDEATHSIG = 1
_TOLD = ("SECONDS", "CONTEXT_TOKENS")
"""Constants of the module that whoever asks wants to know."""


class Calls:
    """The function, called; its results said as lines."""

    def __init__(self, function: Callable[..., Any], answers: int) -> None:
        self._function = function
        self._answers = answers
        self._number = 0
        """Of the call under way; 0: there is none."""
        self._unwanted = 0
        self._writing = False

    def stop(self, number: int) -> None:
        """From the thread that reads: the call ends by KeyboardInterrupt, in its Python, and soon in a system call."""
        self._unwanted = number
        if self._number == number:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def interrupted(self, *_: object) -> None:
        """SIGINT. Half a line would garble the next, so what is being said is said to its end."""
        if self._number and self._number == self._unwanted and not self._writing:
            raise KeyboardInterrupt

    def answer(self, request: dict[str, Any]) -> None:
        last: dict[str, Any] = {"end": True}
        try:
            self._number = request["id"]
            self._unless_unwanted()
            for part in _parts(self._function(*request["given"], **request["named"])):
                self.say(part=part)
                self._unless_unwanted()
        except KeyboardInterrupt:
            last = {"stopped": True}
        except Exception as error:  # noqa: BLE001 - whatever a plugin's function raises: the next call may do better
            last = {"failed": f"{type(error).__name__}: {error}"[:2000]}
        self._number = 0
        self.say(**last)

    def say(self, **what: Any) -> None:
        self._writing = True
        try:
            data = json.dumps(what, default=_plain).encode() + b"\n"
            while data:
                data = data[os.write(self._answers, data) :]
        finally:
            self._writing = False

    def _unless_unwanted(self) -> None:
        if self._unwanted == self._number:
            raise KeyboardInterrupt


def main() -> None:
    value, requests, answers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for descriptor in (requests, answers):
        os.set_inheritable(descriptor, False)
    with suppress(AttributeError, OSError):  # Linux's; elsewhere the end of the requests has to do
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    sys.argv[1:] = []
    module, _, name = value.partition(":")
    loaded = importlib.import_module(module)
    calls = Calls(getattr(loaded, name), answers)
    signal.signal(signal.SIGINT, calls.interrupted)
    calls.say(ready={key.lower(): getattr(loaded, key, None) for key in _TOLD})
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests, waiting, calls), daemon=True).start()
    while True:
        calls.answer(waiting.get())


def _read(requests: int, waiting: queue.SimpleQueue[dict[str, Any]], calls: Calls) -> None:
    with open(requests, "rb") as lines:
        for line in lines:
            request = json.loads(line)
            if "stop" in request:
                calls.stop(request["stop"])
            else:
                waiting.put(request)
    os._exit(0)  # whoever asked is gone


def _parts(result: Any) -> Iterator[Any]:
    """Of what comes piece by piece, each; anything else is one."""
    if isinstance(result, Iterator):
        yield from result
    else:
        yield result


def _plain(value: Any) -> Any:
    """Arrays of numpy and torch as lists."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


if __name__ == "__main__":
    main()
