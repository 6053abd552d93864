"""llama.cpp inside this process: for benchmarks and programs that want no second process. A native crash takes it along."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor

from aishell.backends.batching import Runner
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage


class LlamaBackend:
    """Implements `core.ports.Backend`. The model lives in one worker thread, which alone touches it."""

    def __init__(self, spec: LlamaSpec) -> None:
        self._spec = spec
        self._worker = ThreadPoolExecutor(1, "llama")
        self._runner: Runner | None = None

    def _loaded(self) -> Runner:
        self._runner = self._runner or Runner(Llama(self._spec))
        return self._runner

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        return self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        run = asyncio.get_running_loop().run_in_executor
        cancelled = threading.Event()
        items: Iterator[Piece | Usage] = iter(())

        def begin() -> Iterator[Piece | Usage]:
            return self._loaded().generate(prompt, cancelled.is_set)

        try:
            items = await run(self._worker, begin)
            while (item := await run(self._worker, next, items, None)) is not None:
                yield item
        finally:
            cancelled.set()
            if self._runner:
                self._runner.model.interrupt(
                    True
                )  # seen inside a prefill and between tokens; the worker is free again right after
            await asyncio.shield(run(self._worker, lambda: sum(1 for _ in items)))

    async def describe(self) -> ModelInfo:
        return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: self._loaded().model.info())

    async def close(self) -> None:
        runner, self._runner = self._runner, None
        if runner:
            await asyncio.get_running_loop().run_in_executor(self._worker, runner.model.close)
        self._worker.shutdown()
