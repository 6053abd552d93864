"""The engine: language model and embedders in a process of their own, so that a native crash never takes a shell with it.

    python -m aishell.engine --listen FD --socket PATH     for all shells of a user, until nobody needs it
    python -m aishell.engine --connection FD               for one client, and ends with it

What it is started with comes as JSON on standard input: {"model": LlamaSpec, "memory": MemorySpec or {}, "suggest": SuggestSpec
or {}}. Here the rooms meet: the server knows the others only as functions that answer requests.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aishell.backends import state, wire
from aishell.backends.server import Server, Service
from aishell.backends.spec import EngineSpec, LlamaSpec
from aishell.memory.models import PLUGIN
from aishell.memory.service import MemoryService
from aishell.memory.spec import EmbedderSpec, MemorySpec
from aishell.suggest.service import SuggestService
from aishell.suggest.spec import SuggestSpec
from aishell.suggest.suggester import Suggester
from aishell.suggesting import open_suggester, shell_news

if TYPE_CHECKING:
    from aishell.memory.embed.plugin import Plugged

_OOM_SCORE = "600"
"""If memory runs out, the kernel should take the engine and not the user's other programs."""
_SETTLED_S = 3.0
"""By then the model is loaded, most often for somebody who waits."""
_VECTORS_S = 10.0
"""How long a plugin may take for some texts where its module does not say SECONDS: others wait for the memory meanwhile."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", type=int)
    parser.add_argument("--socket", type=Path)
    parser.add_argument("--inode", type=int, default=0)
    parser.add_argument("--fingerprint", default="")
    parser.add_argument("--connection", type=int)
    arguments = parser.parse_args()
    faulthandler.enable()  # a crash leaves its signal and its place in the log
    threading.excepthook = _fatal
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(_OOM_SCORE)
    given = json.load(sys.stdin)
    spec = EngineSpec(model=LlamaSpec(**given["model"]), memory=given["memory"], suggest=given["suggest"])
    asyncio.run(_serve(spec, arguments))
    os._exit(0)  # without waiting for the computing thread


def _fatal(failure: threading.ExceptHookArgs) -> None:
    """A computing thread that ends by a fault of ours would leave everybody waiting: end, so that clients start another."""
    sys.excepthook(failure.exc_type, failure.exc_value or failure.exc_type(), failure.exc_traceback)
    sys.stderr.flush()
    os._exit(70)


async def _serve(spec: EngineSpec, arguments: argparse.Namespace) -> None:
    private = arguments.connection is not None
    server = Server(spec.model, fingerprint=arguments.fingerprint or spec.fingerprint(), private=private)
    services: dict[str, Service] = {}
    if spec.suggest:
        services |= _suggestions(SuggestSpec.from_wire(spec.suggest)).services()
    if spec.memory:
        memory = MemoryService(
            MemorySpec.from_wire(dict(spec.memory)), somebody_waits=server.worker.urgent, plugged=open_plugged
        )
        services |= memory.services()
        if not private:  # one that ends with its client has no time for work that nobody asked for
            asyncio.get_running_loop().call_later(_SETTLED_S, memory.settle)
    server.offer(services)
    server.worker.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.ended.set)
    if private:
        streams = await asyncio.open_unix_connection(sock=socket.socket(fileno=arguments.connection), limit=wire.LONGEST_FRAME)
        connection = asyncio.ensure_future(server.connected(*streams))
        await server.ended.wait()
        connection.cancel()
        return
    await server.listen(socket.socket(fileno=arguments.listen))
    server.rest()
    await server.ended.wait()
    await server.farewell()
    _clean_up(arguments.socket, arguments.inode)


def _suggestions(spec: SuggestSpec) -> SuggestService:
    """For aishell's own history, and for those of other shells."""

    def opened(file: str) -> Suggester:
        return open_suggester(spec, None if file == spec.history else shell_news(Path(file)))

    return SuggestService(opened, spec.history)


def open_plugged(spec: EmbedderSpec) -> Plugged:
    """The process of a plugin's embedder, which starts with the first text."""
    from aishell.core.own import EMBEDDERS, Plugin
    from aishell.extend.plugins import Plugins
    from aishell.extend.resident import Resident
    from aishell.memory.embed.plugin import Plugged

    name = spec.name.removeprefix(PLUGIN)
    plugin = Plugin(group=EMBEDDERS, name=name, value=spec.value, package=spec.package, described={})
    resident = Resident(plugin, Plugins(cache=Path(os.devnull), state=Path(spec.off).parent), seconds=_VECTORS_S)
    return Plugged(embed=resident.one_or_none_any_more, start=resident.start, broken=resident.broken)


def _clean_up(place: Path, inode: int) -> None:
    """Leave nothing behind, unless another engine has taken the place: its socket comes before its process is known."""
    beside = place.with_suffix(".json")
    last = state.read(beside)
    if last and last.pid == os.getpid():
        with suppress(OSError):
            if place.stat().st_ino == inode:
                place.unlink()
                beside.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
