"""llama.cpp, through the C interface that llama-cpp-python carries. Blocking; one thread owns a model.

The high-level `Llama` class is not used: it copies logits to numpy, keeps no prefix on disk, and cannot be stopped inside a
prefill. Importing only its ctypes layer takes 50 ms instead of 200 (measured; the rest is numpy and jinja2).
"""

from __future__ import annotations

import codecs
import ctypes
import importlib.machinery
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from types import ModuleType
from typing import Any, Literal

from aishell.backends import loading, template
from aishell.backends.prefix import PrefixStore
from aishell.backends.spec import LlamaSpec
from aishell.backends.stops import StopFilter
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Message, ModelInfo, Piece, Prompt, Usage

_BATCH = 512
_TOP_K, _TOP_P = 40, 0.95
_FRESH_START = 16
"""Tokens of a prompt worth keeping when another begins the same; fewer are not worth a look-up."""

Cancelled = Callable[[], bool]
Finish = Literal["stop", "length", "cancelled"]


def bindings() -> Any:
    """The ctypes module `llama_cpp.llama_cpp`, without its package's imports. Raises ModelUnavailable."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads took 20-46 s for a 1.5 s reply on a busy machine
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
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


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Llama:
    """A loaded model and one conversation's key-value cache.

    Raises ModelUnavailable when the file cannot be loaded. `load_s` is the time that took.
    """

    def __init__(self, spec: LlamaSpec) -> None:
        began = time.perf_counter()
        self.spec = spec
        self._lib = bindings()
        self._log = loading.Log(self._lib)
        self._lib.llama_backend_init()
        self._threads = spec.threads or _usable_cores()
        self._model, self._gpu_layers = loading.load_model(self._lib, spec, self._log)
        self._vocab = self._lib.llama_model_get_vocab(self._model)
        self._context = loading.make_context(self._lib, self._model, spec, self._log, threads=self._threads, batch=_BATCH)
        self._memory = self._lib.llama_get_memory(self._context)
        self._render = loading.renderer(self._lib, self._model, spec.chat_template)
        self._held: list[int] = []
        """Tokens whose keys and values lie in sequence 0, in order."""
        self._cancelled: Cancelled = lambda: False
        self._abort = self._lib.ggml_abort_callback(lambda _data: self._cancelled())
        self._no_abort = self._lib.ggml_abort_callback()
        self._prefixes = PrefixStore.of(spec, self._lib.llama_version().decode())
        self.load_s = time.perf_counter() - began

    def info(self) -> ModelInfo:
        lib = self._lib
        buffer = ctypes.create_string_buffer(128)
        lib.llama_model_desc(self._model, buffer, len(buffer))
        return ModelInfo(
            name=self.spec.name,
            backend="llama.cpp",
            context_tokens=int(lib.llama_n_ctx(self._context)),
            details={
                "description": buffer.value.decode("utf-8", "replace"),
                "bytes": int(lib.llama_model_size(self._model)),
                "parameters": int(lib.llama_model_n_params(self._model)),
                "threads": self._threads,
                "gpu_layers": self._gpu_layers,
                "build": lib.llama_print_system_info().decode("utf-8", "replace").strip(" |\n"),
                "library": lib.llama_version().decode(),
                "load_s": round(self.load_s, 3),
            },
        )

    def close(self) -> None:
        """Free the model; safe to call twice."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = self._model = None

    # ---- tokens

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Token ids of `text`. Special tokens are recognised only when `special`: never in foreign text."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (ctypes.c_int32 * room)()
        count = self._lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
        if count < 0:
            raise ModelUnavailable("The model's tokenizer refused the text.")
        return list(tokens[:count])

    def prompt_tokens(self, messages: tuple[Message, ...], stable: int) -> tuple[list[int], int]:
        """The prompt's tokens, and how many of them come before the first message that may change."""
        tokens: list[int] = []
        bos = self._lib.llama_vocab_bos(self._vocab)
        if self._lib.llama_vocab_get_add_bos(self._vocab) and bos >= 0:
            tokens.append(bos)
        seen = prefix = 0
        for part in template.parts(self._render, messages):
            if not part.structural:
                seen += 1
            tokens += self.tokenize(part.text, special=part.structural)
            if not part.structural and seen == stable:
                prefix = len(tokens)
        return tokens, prefix

    def _text(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:size] if size > 0 else b""

    # ---- generation

    def generate(self, prompt: Prompt, cancelled: Cancelled = lambda: False) -> Iterator[Piece | Usage]:
        """The reply to `prompt`, then one Usage. `cancelled` is asked between tokens and inside a prefill."""
        began = time.perf_counter()
        tokens, prefix = self.prompt_tokens(prompt.messages, prompt.stable)
        tokens += self.tokenize(prompt.begin)
        room = int(self._lib.llama_n_ctx(self._context)) - len(tokens)
        if room < 16:
            raise ModelUnavailable(
                f"The request is too long for the model: {len(tokens)} tokens of {room + len(tokens)}.",
                hint="Give less text, or set model.context_tokens higher: `aishell config edit`.",
            )
        self._cancelled = cancelled
        reused = self._reuse(tokens, prefix)
        complete = self._prefill(tokens, reused, prefix)
        prefilled = time.perf_counter()
        finish: Finish = "cancelled"
        reply = 0
        if complete:
            finish, reply = yield from self._decode(prompt, min(prompt.max_tokens, room))
        yield Usage(
            finish=finish,
            prompt_tokens=len(tokens),
            reused_tokens=reused,
            reply_tokens=reply,
            load_s=self.load_s,
            prefill_s=prefilled - began,
            decode_s=time.perf_counter() - prefilled,
        )

    def _reuse(self, tokens: list[int], prefix: int) -> int:
        """Make sequence 0 hold the longest beginning of `tokens` that need not be computed; its length."""
        common = 0
        for mine, theirs in zip(self._held, tokens[:-1], strict=False):  # the last token is computed for its logits
            if mine != theirs:
                break
            common += 1
        if common < prefix - _FRESH_START and self._prefixes.restore(self._lib, self._context, tokens[:prefix]):
            self._held = tokens[:prefix]
            return min(prefix, len(tokens) - 1)
        self._forget(common)
        return common

    def _forget(self, keep: int) -> None:
        if not self._lib.llama_memory_seq_rm(self._memory, 0, keep, -1):  # a recurrent model cannot drop a part
            self._lib.llama_memory_clear(self._memory, True)
            keep = 0
        self._held = self._held[:keep]

    def _prefill(self, tokens: list[int], at: int, prefix: int) -> bool:
        """Compute `tokens[at:]`, and keep the state of the stable prefix on disk on the way. False: cancelled."""
        self._forget(at)
        at = len(self._held)
        self._lib.llama_set_abort_callback(self._context, self._abort, None)
        try:
            while at < len(tokens):
                end = prefix if at < prefix else len(tokens)
                chunk = tokens[at : min(end, at + _BATCH)]
                if self._cancelled() or not self._compute(chunk):
                    return False
                at += len(chunk)
                if at == prefix:
                    self._prefixes.save(self._lib, self._context, self._held)
        finally:
            self._lib.llama_set_abort_callback(self._context, self._no_abort, None)
        return True

    def _compute(self, chunk: list[int]) -> bool:
        """One batch behind what sequence 0 holds. False when it was aborted; raises ModelUnavailable when it failed."""
        array = (ctypes.c_int32 * len(chunk))(*chunk)
        status = self._lib.llama_decode(self._context, self._lib.llama_batch_get_one(array, len(chunk)))
        if status == 0:
            self._held += chunk
            return True
        self._forget(len(self._held))
        if status == 2:
            return False
        raise ModelUnavailable(f"llama.cpp could not compute the reply (status {status}): {self._log.reason()}.")

    def _sampler(self, prompt: Prompt) -> Any:
        lib = self._lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if prompt.temperature <= 0:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
            return chain
        for sampler in (
            lib.llama_sampler_init_top_k(_TOP_K),
            lib.llama_sampler_init_top_p(_TOP_P, 1),
            lib.llama_sampler_init_temp(prompt.temperature),
            lib.llama_sampler_init_dist(prompt.seed),
        ):
            lib.llama_sampler_chain_add(chain, sampler)
        return chain

    def _decode(self, prompt: Prompt, limit: int) -> Generator[Piece, None, tuple[Finish, int]]:
        sampler = self._sampler(prompt)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        stops = StopFilter(prompt.stop)
        finish: Finish = "length"
        count = 0
        try:
            while count < limit:
                if self._cancelled():
                    finish = "cancelled"
                    break
                token = self._lib.llama_sampler_sample(sampler, self._context, -1)
                if self._lib.llama_vocab_is_eog(self._vocab, token):
                    finish = "stop"
                    break
                count += 1
                if text := stops.feed(decoder.decode(self._text(token))):
                    yield Piece(text=text)
                if stops.stopped:
                    finish = "stop"
                    break
                if count < limit:
                    self._compute([token])
        finally:
            self._lib.llama_sampler_free(sampler)
        if text := stops.feed(decoder.decode(b"", True), final=True):
            yield Piece(text=text)
        return finish, count
