"""Texts to vectors by the language model itself: the mean of its last hidden states, of length 1.

For work in the background (a dedicated embedding model finds better): in a thread of its own, with one core and a low priority,
and a context of its own, so that the conversations in memory stay where they are. It stops, also inside a text, while somebody
waits for a reply.
"""

from __future__ import annotations

import math
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aishell.backends.llama import Llama
from aishell.backends.loading import StopFlag
from aishell.core.errors import AishellError, ModelUnavailable

_LONGEST = 512
_NICE = 10
_PAUSE_S = 0.02

Vectors = list[list[float]]


class Embedder(threading.Thread):
    def __init__(self, model: Llama, somebody_waits: Callable[[], bool]) -> None:
        super().__init__(name="embedder", daemon=True)
        self._model = model
        self._somebody_waits = somebody_waits
        self._requests: queue.SimpleQueue[tuple[list[str], Callable[[Vectors | AishellError], None], Callable[[], bool]]]
        self._requests = queue.SimpleQueue()
        self._stop: StopFlag | None = None
        self._context: Any = None

    def add(self, texts: list[str], emit: Callable[[Vectors | AishellError], None], wanted: Callable[[], bool]) -> None:
        self._requests.put((texts, emit, wanted))

    def interrupt(self) -> None:
        """From any thread: somebody waits now."""
        if self._stop:
            self._stop.set(True)

    def run(self) -> None:
        with suppress(OSError):  # the threads it computes with inherit this
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            texts, emit, wanted = self._requests.get()
            try:
                vectors: Vectors = []
                for text in texts:
                    if not wanted():
                        break
                    vectors.append(self._vector(text))
                if len(vectors) == len(texts):
                    emit(vectors)
            except AishellError as error:
                emit(error)

    def _vector(self, text: str) -> list[float]:
        """Of the first 512 tokens of `text`. Raises ModelUnavailable."""
        tokens = self._model.tokenize(text)[:_LONGEST] or self._model.tokenize(" ")
        while (values := self._try(tokens)) is None:
            threading.Event().wait(_PAUSE_S)
        norm = math.sqrt(sum(value * value for value in values)) or 1.0
        return [value / norm for value in values]

    def _try(self, tokens: list[int]) -> list[float] | None:
        lib = self._model.lib
        context = self._open()
        assert self._stop
        self._stop.set(False)
        if self._somebody_waits():
            return None
        batch = lib.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for at, token in enumerate(tokens):
            batch.token[at], batch.pos[at], batch.logits[at], batch.n_seq_id[at] = token, at, True, 1
            batch.seq_id[at][0] = 0
        lib.llama_memory_clear(lib.llama_get_memory(context), True)
        status = lib.llama_decode(context, batch)
        lib.llama_batch_free(batch)
        if status == 2:
            return None
        if status:
            raise ModelUnavailable(f"llama.cpp could not compute a vector (status {status}).")
        values: list[float] = lib.llama_get_embeddings_seq(context, 0)[: int(lib.llama_model_n_embd(self._model.raw))]
        return values

    def _open(self) -> Any:
        if self._context is None:
            lib = self._model.lib
            params = lib.llama_context_default_params()
            params.n_ctx = params.n_batch = params.n_ubatch = _LONGEST
            params.n_threads = params.n_threads_batch = 1
            params.embeddings = True
            params.pooling_type = lib.LLAMA_POOLING_TYPE_MEAN
            self._context = lib.llama_init_from_model(self._model.raw, params)
            if not self._context:
                raise ModelUnavailable(f"No memory for embeddings: {self._model.log.reason()}.")
            self._stop = StopFlag(lib, self._context)
        return self._context
