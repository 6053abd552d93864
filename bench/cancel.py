#!/usr/bin/env python3
"""From the wish to cancel to a silent engine, in milliseconds: in the middle of a reply, and of a long prefill."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

from aishell import wiring
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.ports import Backend
from aishell.core.types import Message, Prompt
from bench.common import machine, options, percentiles, report

_LONG = "Write a long story about a lighthouse. "


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    tries = 5 if arguments.quick else 50
    report({"machine": machine(), "ms": asyncio.run(_measure(tries))}, as_json=arguments.json)
    return 0


async def _measure(tries: int) -> dict[str, Any]:
    backend = wiring.open_backend(Settings(), Paths.from_environment(dict(os.environ)))
    await backend.describe()
    try:
        reply = [await _one(backend, number, in_prefill=False) for number in range(tries)]
        prefill = [await _one(backend, number, in_prefill=True) for number in range(tries)]
    finally:
        await backend.close()
    return {"reply": percentiles(reply), "prefill": percentiles(prefill)}


async def _one(backend: Backend, number: int, *, in_prefill: bool) -> float:
    text = f"{number} " + _LONG * (200 if in_prefill else 1)
    stream = backend.stream(Prompt(messages=(Message(role="user", content=text),), max_tokens=200))
    task = asyncio.ensure_future(anext(stream))
    if in_prefill:
        await asyncio.sleep(0.5 + 0.03 * number)
    else:
        await task
        await asyncio.sleep(0.01 * number)
    began = time.perf_counter()
    task.cancel()
    await asyncio.wait([task])
    await stream.aclose()  # returns when the engine has said that it stopped
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
