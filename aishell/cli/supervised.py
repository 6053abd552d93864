"""Running asynchronous work to its end, whatever ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine


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
