"""llama.cpp, through the C interface that llama-cpp-python carries. Blocking; one thread owns a model.

The high-level `Llama` class is not used: it computes one conversation at a time, keeps no prefix on disk, and cannot be
stopped inside a prefill. Importing only its ctypes layer takes 50 ms instead of 200 (measured; the rest is numpy and jinja2).
"""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from aishell.backends import loading, template
from aishell.backends.spec import WAITING, LlamaSpec
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Message, ModelInfo

BATCH = 512
"""Tokens computed at once, at most."""
SEQUENCES = 32
_TILE, _PADDED = 64, 38
"""llama.cpp's flash attention on a CPU takes 64 new tokens at once and fewer of them one by one: 60 tokens behind 1,300 take
479 ms, 64 take 319 (measured). From 38 on it pays to fill up."""
_TOP_K, _TOP_P = 40, 0.95
_TEMPLATES_KEPT = 8


def bindings() -> Any:
    """The ctypes module `llama_cpp.llama_cpp`, without its package's imports. Raises ModelUnavailable."""
    for variable, value in WAITING.items():  # read when the OpenMP runtime is loaded
        os.environ.setdefault(variable, value)
    if "llama_cpp" not in sys.modules:
        found = importlib.util.find_spec("llama_cpp")
        if found is None or not found.submodule_search_locations:
            raise ModelUnavailable("llama-cpp-python is not installed.", hint="Run `make setup` in aishell's folder.")
        package = ModuleType("llama_cpp")
        package.__path__ = list(found.submodule_search_locations)
        package.__spec__ = importlib.machinery.ModuleSpec("llama_cpp", None, is_package=True)
        sys.modules["llama_cpp"] = package
    try:
        import llama_cpp.llama_cpp as library
    except (OSError, RuntimeError, ImportError) as error:
        raise ModelUnavailable(
            f"llama.cpp cannot be loaded: {error}.", hint="Run `make clean-wheel setup` to build it for this machine."
        ) from error
    return library


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Row(NamedTuple):
    """One token to compute."""

    token: int
    position: int
    sequence: int
    wanted: bool
    """Whether what follows it is asked for."""


class NoRoom(Exception):
    """The key-value cache has no place for this batch; nothing was changed."""


class Aborted(Exception):
    """The computation was stopped by the abort question; nothing that was computed of it counts."""


class Llama:
    """A loaded model and the key-value cache of up to SEQUENCES conversations.

    Raises ModelUnavailable when the file cannot be loaded. `load_s` is the time that took.
    """

    def __init__(self, spec: LlamaSpec, *, alive: Callable[[], None] = lambda: None) -> None:
        began = time.perf_counter()
        self.spec = spec
        self.lib = bindings()
        self.log = loading.log_of(self.lib)
        self.lib.llama_backend_init()
        self.threads = spec.threads or usable_cores()
        self._model, self.plan = loading.load_model(self.lib, spec, self.log, alive)
        self._vocab = self.lib.llama_model_get_vocab(self._model)
        self.words = int(self.lib.llama_vocab_n_tokens(self._vocab))
        self.context = loading.make_context(
            self.lib, self._model, spec, self.log, threads=self.threads, batch=BATCH, sequences=SEQUENCES + 1
        )
        self._memory = self.lib.llama_get_memory(self.context)
        self.render = loading.renderer(self.lib, self._model, spec.chat_template)
        self._stable: dict[tuple[Message, ...], tuple[list[int], int]] = {}
        self._batch = self.lib.llama_batch_init(BATCH, 0, 1)
        self._decode_threads = self.threads
        self._stop = loading.StopFlag(self.lib, self.context)
        self.load_s = time.perf_counter() - began

    def info(self) -> ModelInfo:
        lib = self.lib
        buffer = ctypes.create_string_buffer(128)
        lib.llama_model_desc(self._model, buffer, len(buffer))
        return ModelInfo(
            name=self.spec.name,
            backend="llama.cpp",
            context_tokens=self.longest,
            details={
                "description": buffer.value.decode("utf-8", "replace"),
                "bytes": int(lib.llama_model_size(self._model)),
                "parameters": int(lib.llama_model_n_params(self._model)),
                "threads": self.threads,
                "gpu_layers": self.plan.gpu_layers,
                "layers": int(lib.llama_model_n_layer(self._model)) + 1,  # and the output behind them
                "devices": ", ".join(self.plan.devices),
                "repacked": self.plan.repack,
                "build": lib.llama_print_system_info().decode("utf-8", "replace").strip(" |\n"),
                "library": lib.llama_version().decode(),
                "load_s": round(self.load_s, 3),
            },
        )

    @property
    def raw(self) -> Any:
        """llama.cpp's own handle of the model."""
        return self._model

    @property
    def longest(self) -> int:
        """Tokens of the longest conversation."""
        return min(self.spec.context_tokens, self.room)

    @property
    def room(self) -> int:
        """Tokens of all conversations together."""
        return int(self.lib.llama_n_ctx(self.context))

    def close(self) -> None:
        """Free the model; safe to call twice."""
        if self.context:
            self.lib.llama_batch_free(self._batch)
            self.lib.llama_free(self.context)
            self.lib.llama_model_free(self._model)
            self.context = self._model = None

    # ---- tokens

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of `text`. Special tokens are recognised only when `special`: never in foreign text."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (ctypes.c_int32 * room)()
        count = self.lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
        if count < 0:
            raise ModelUnavailable("The model's tokenizer refused the text.")
        return list(tokens[:count])

    def prompt_tokens(self, messages: tuple[Message, ...], stable: int) -> tuple[list[int], int]:
        """The prompt's tokens, and how many of them come before the first message that may change."""
        parts = template.parts(self.render, messages)
        split, seen = 0, 0
        for number, part in enumerate(parts):
            seen += not part.structural
            if seen == stable and stable:
                split = number + 1
                break
        head = messages[:stable]
        if head not in self._stable:  # 57 messages take 5 ms, and are the same in every request
            while len(self._stable) >= _TEMPLATES_KEPT:
                self._stable.pop(next(iter(self._stable)))
            bos = self.lib.llama_vocab_bos(self._vocab)
            begin = [bos] if self.lib.llama_vocab_get_add_bos(self._vocab) and bos >= 0 else []
            tokens = begin + self._tokens(parts[:split])
            self._stable[head] = tokens, len(tokens) if split else 0
        tokens, prefix = self._stable[head]
        return tokens + self._tokens(parts[split:]), prefix

    def _tokens(self, parts: list[template.Part]) -> list[int]:
        return [token for part in parts for token in self.tokenize(part.text, special=part.structural)]

    def text(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        size = self.lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:size] if size > 0 else b""

    def ends(self, token: int) -> bool:
        return bool(self.lib.llama_vocab_is_eog(self._vocab, token))

    # ---- computing

    def compute(self, rows: list[Row]) -> None:
        """One batch. Raises NoRoom, ModelUnavailable; Aborted when another thread calls `interrupt` meanwhile."""
        if _PADDED <= len(rows) < _TILE:  # filled up with tokens of nobody, which nobody looks at
            rows = [*rows, *(Row(rows[0].token, at, SEQUENCES, False) for at in range(_TILE - len(rows)))]
            try:
                self.compute(rows)
            finally:
                self.trim(SEQUENCES, 0)
            return
        batch = self._batch
        batch.n_tokens = len(rows)
        for at, row in enumerate(rows):
            batch.token[at], batch.pos[at], batch.logits[at] = row.token, row.position, row.wanted
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = row.sequence
        status = self.lib.llama_decode(self.context, batch)
        if status == 1:
            raise NoRoom
        if status == 2:
            raise Aborted
        if status:
            raise ModelUnavailable(f"llama.cpp could not compute the reply (status {status}): {self.log.reason()}.")

    def interrupt(self, wanted: bool) -> None:
        """From any thread: let the batch that is being computed stop (within a few ms), or the next one not."""
        self._stop.set(wanted)

    def use_threads(self, decode: int) -> None:
        """For single tokens; long batches always use all."""
        if decode != self._decode_threads:
            self._decode_threads = decode
            self.lib.llama_set_n_threads(self.context, decode, self.threads)

    def logits(self, row: int) -> Any:
        """What the model expects after row `row` of the last batch: a numpy view, float32, one value a token."""
        import numpy

        pointer = self.lib.llama_get_logits_ith(self.context, row)
        return numpy.ctypeslib.as_array(pointer, (self.words,))

    def sampler(self, temperature: float, seed: int) -> Any:
        """A chain for replies that are not greedy; to be freed with `free_sampler`."""
        lib = self.lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for sampler in (
            lib.llama_sampler_init_top_k(_TOP_K),
            lib.llama_sampler_init_top_p(_TOP_P, 1),
            lib.llama_sampler_init_temp(temperature),
            lib.llama_sampler_init_dist(seed),
        ):
            lib.llama_sampler_chain_add(chain, sampler)
        return chain

    def grammar(self, gbnf: str) -> Any:
        """Raises ModelUnavailable when it is none."""
        sampler = self.lib.llama_sampler_init_grammar(self._vocab, gbnf.encode(), b"root")
        if not sampler:
            raise ModelUnavailable("The grammar cannot be used: llama.cpp does not understand it.")
        return sampler

    # ---- conversations

    def copy(self, source: int, target: int, length: int) -> None:
        """Let `target`, which is empty, share the first `length` tokens of `source`."""
        self.lib.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def trim(self, sequence: int, length: int) -> bool:
        """Keep the first `length` tokens. False when the model cannot drop a part; then the sequence is empty."""
        if self.lib.llama_memory_seq_rm(self._memory, sequence, length, -1):
            return True
        self.lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return False
