"""Running asynchronous work to its end, whatever ends it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import TypeVar

from aishell.core.errors import EXIT_INTERRUPTED

_Done = TypeVar("_Done")


def run_async(work: Coroutine[None, None, int]) -> int:
    """Like asyncio.run; a hang-up or a request to end reaches the work as a cancellation, so that nothing is left behind."""

    async def supervised() -> int:
        task = asyncio.ensure_future(work)
        ended: list[int] = []

        def end(number: int) -> None:
            ended.append(number)
            task.cancel()

        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, end, number)
        try:
            status = await task
            return 128 + ended[0] if ended else status  # a screen makes an orderly end of its cancellation
        except asyncio.CancelledError:
            if ended:
                return 128 + ended[0]
            raise

    return asyncio.run(supervised())


async def interruptible(work: Coroutine[None, None, _Done]) -> _Done | int:
    """Ctrl-C ends this piece of work and not the session."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        if not task.cancelled():  # it is the session that is to end
            task.cancel()
            await asyncio.wait([task])
            raise
        print(file=sys.stderr)
        return EXIT_INTERRUPTED
    finally:
        loop.remove_signal_handler(signal.SIGINT)
