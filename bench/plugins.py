"""What a plugin that stays costs: its start, a reply, vectors, a text; and how soon a reply ends that is not wanted any more.

The plugins are those of examples/plugin, laid out as pip would in a folder of their own.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing, closing
from functools import partial
from pathlib import Path

from aishell.backends.plugin import PluginBackend, Speaker
from aishell.core.own import BACKENDS, EMBEDDERS, FUNCTIONS, Plugin
from aishell.core.types import Message, Piece, Prompt
from aishell.extend.plugins import Plugins
from aishell.extend.resident import Resident
from bench.common import machine, options, percentiles, report

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "plugin"
_ENDLESS = """
def endless(messages, **named):
    while True:
        yield "word "
"""
_PROMPT = Prompt(messages=(Message(role="user", content="show the largest files"),), max_tokens=1 << 20)
_SECONDS = 10.0


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    runs = 20 if arguments.quick else 200
    with tempfile.TemporaryDirectory() as folder:
        for file in EXAMPLE.glob("*.py"):
            Path(folder, file.name).write_text(file.read_text("utf-8"), "utf-8")
        Path(folder, "endless.py").write_text(_ENDLESS, "utf-8")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH", ""))))
        opened = partial(_opened, Plugins(cache=Path(folder, "cache.json"), state=Path(folder, "state")))
        found = {
            "start": _starts(lambda: opened(FUNCTIONS, "aishell_example_function:syllables"), runs // 10),
            "a reply of 14 pieces": asyncio.run(_replies(opened(BACKENDS, "aishell_example_model:rules"), runs)),
            "the end of an endless reply": asyncio.run(_endings(opened(BACKENDS, "endless:endless"), runs)),
            "vectors of 64 texts": _calls(opened(EMBEDDERS, "aishell_example_embedder:hashed"), ["some text"] * 64, runs),
            "a text": _calls(opened(FUNCTIONS, "aishell_example_function:syllables"), "some text", 5 * runs),
        }
    report({"machine": machine(), "ms": found}, as_json=arguments.json)
    return 0


def _opened(plugins: Plugins, group: str, value: str) -> Resident:
    plugin = Plugin(group=group, name=value.partition(":")[2], value=value, package="example", described={})
    return Resident(plugin, plugins, seconds=_SECONDS)


def _starts(open_one: Callable[[], Resident], runs: int) -> dict[str, float]:
    times = []
    for _ in range(runs):
        with closing(open_one()) as resident:
            times.append(_ms(resident.about))
    return percentiles(times)


def _calls(resident: Resident, given: object, runs: int) -> dict[str, float]:
    with closing(resident):
        resident.one(given)
        return percentiles([_ms(lambda: resident.one(given)) for _ in range(runs)])


def _ms(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - began)


def _backend(resident: Resident) -> PluginBackend:
    return PluginBackend(
        Speaker(
            name="example",
            package="example",
            about=resident.about,
            ask=resident.ask,
            stop=resident.stop,
            close=resident.close,
        )
    )


async def _replies(resident: Resident, runs: int) -> dict[str, float]:
    backend = _backend(resident)
    await backend.describe()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        async with aclosing(backend.stream(_PROMPT)) as items:
            pieces = sum([isinstance(item, Piece) async for item in items])
        assert pieces == 14
        times.append(1000 * (time.perf_counter() - began))
    await backend.close()
    return percentiles(times)


async def _endings(resident: Resident, runs: int) -> dict[str, float]:
    backend = _backend(resident)
    times = []
    for _ in range(runs):
        async with aclosing(backend.stream(_PROMPT)) as items:
            for _piece in range(100):
                await anext(items)
            began = time.perf_counter()
        times.append(1000 * (time.perf_counter() - began))
    await backend.close()
    return percentiles(times)


if __name__ == "__main__":
    sys.exit(main())
