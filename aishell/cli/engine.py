"""`aishell engine start|status|stop|restart|logs`: the resident engine of the model in use."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.supervised import run_async
from aishell.config.settings import WITH_ENGINE
from aishell.core.errors import UsageError
from aishell.core.text import visible

if TYPE_CHECKING:
    from aishell.backends.client import EngineBackend
    from aishell.backends.launch import Place

_USAGE = "aishell engine start | status [--json] [--watch] | stop | restart | logs"
_LINES = 40
_COLUMNS = ("priority", "queue_s", "first_piece_s", "prefill_s", "decode_s", "prompt_tokens", "reused_tokens", "reply_tokens")


def run(arguments: list[str]) -> int:
    action, *options = arguments or ["status"]
    allowed = {"--json", "--watch"} if action == "status" else set()
    if action not in ("start", "status", "stop", "restart", "logs") or set(options) - allowed:
        raise UsageError(f"That is no way to use `aishell engine`: {' '.join(arguments)}", hint=_USAGE)
    loaded, paths = wiring.settings()
    if action == "logs":
        return _logs(wiring.engine_log(paths).read_text("utf-8", "replace") if wiring.engine_log(paths).exists() else "")
    if loaded.settings.model.backend not in WITH_ENGINE or not loaded.settings.engine.resident:
        raise UsageError(
            "There is no resident engine with these settings.",
            hint='It needs model.backend = "engine", engine.resident = true.',
        )
    spec = wiring.model_spec(loaded.settings, paths)
    place = wiring.engine_place(paths, spec)
    engine = wiring.open_engine(loaded.settings, paths, spec)
    if action in ("stop", "restart"):
        from aishell.backends import launch

        stopped = launch.stop(place)
        if action == "stop":
            print("stopped" if stopped else "not running")
            return 0
    if action in ("start", "restart"):
        return run_async(_start(engine))
    return run_async(_status(engine, place, as_json="--json" in options, watch="--watch" in options))


def _logs(text: str) -> int:
    for line in text.splitlines()[-_LINES:]:
        print(visible(line))
    return 0


async def _start(engine: EngineBackend) -> int:
    """Ready when it returns."""
    try:
        info = await engine.describe()
        stdio.show(f"running: {info.name}, process {engine.pid}, loaded in {info.details['load_s']} s")
        return 0
    finally:
        await engine.close()


async def _status(engine: EngineBackend, place: Place, *, as_json: bool, watch: bool) -> int:
    from aishell.backends import launch

    try:
        place.make()
        connection = launch.connect(place)
        if connection is None:  # asking must not start it
            print(json.dumps({"state": "not running"}) if as_json else "not running (it starts with the first request)")
            return 1
        connection.close()
        if watch and not as_json:
            return await _watch(engine)
        status = await engine.status()
        if as_json:
            print(json.dumps(status))
        else:
            print("\n".join(describe(status)))
        return 0
    finally:
        await engine.close()


def describe(status: dict[str, Any]) -> list[str]:
    """A page for people."""
    lines = [
        f"model        {visible(status['model'])} ({visible(status['path'])})",
        f"state        {status['state']}, process {status['pid']}, up {_time(status['up_s'])}",
        f"clients      {status['clients']}, waiting requests {status['waiting']}, served {status['served']}",
        f"memory       {status['rss_bytes'] / 1e9:.2f} GB",
    ]
    if (kept := status.get("memory", {})) and "total" in kept:
        lines.append(f"embedded     {kept['done']} of {kept['total']} vectors; {visible(kept['state'])}")
    if info := status.get("info"):
        details, cache = info["details"], status["cache"]
        where = f"{details['gpu_layers']} layers on the GPU" if details["gpu_layers"] else f"CPU, {details['threads']} threads"
        exact = status["exact_batch"]
        guessing = "not known yet" if exact is None else f"up to {exact - 1} tokens ahead" if exact > 1 else "off"
        lines += [
            f"computed on  {where}{', weights rearranged' if details['repacked'] else ''}; loaded in {details['load_s']} s",
            f"cache        {cache['held']} tokens of {cache['conversations']} conversations, room for {cache['room']}",
            f"guessing     {guessing}",
        ]
        lines += [f"note         {visible(status['said'])}"] if status["said"] else []
    return [*lines, *_table(status["requests"][-10:])]


def _table(requests: list[dict[str, Any]]) -> list[str]:
    """The last requests, one a line; times in seconds."""
    if not requests:
        return []
    head = (
        "client    " + "".join(f"{name.removesuffix('_s').replace('_', ' '):>15}" for name in _COLUMNS) + "   tokens/s  guessed"
    )
    rows = [head]
    for request in requests:
        cells = "".join(f"{request[name] if request[name] is not None else '-':>15}" for name in _COLUMNS)
        speed = request["reply_tokens"] / request["decode_s"] if request["decode_s"] else 0.0
        rows.append(f"{request['client']:<10}{cells}{speed:>11.1f}  {request['accepted_tokens']}/{request['drafted_tokens']}")
    return rows


async def _watch(engine: EngineBackend) -> int:
    """Again every second, until Ctrl-C or the engine's end."""
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False, screen=sys.stdout.isatty()) as live:
        while True:
            live.update(Text("\n".join(describe(await engine.status())), no_wrap=True), refresh=True)
            await asyncio.sleep(1.0)


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
