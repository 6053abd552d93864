"""A model file to a llama.cpp model and context, with every way it can fail told in a sentence. `lib` is the C interface."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aishell.backends import fit, template
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import ModelUnavailable

_ERROR = 4  # GGML_LOG_LEVEL_ERROR
_TELLING = (
    "unknown model architecture",
    "not within the file bounds",
    "invalid magic",
    "unable to allocate",
    "failed to allocate",
)


@cache
def log_of(lib: Any) -> Log:
    """llama.cpp's log, of which a process has one: it would go on calling one that is gone."""
    return Log(lib)


class Log:
    """The last error lines of llama.cpp, which says nowhere else why a model does not load."""

    def __init__(self, lib: Any) -> None:
        self.lines: list[str] = []
        self.callback = lib.llama_log_callback(self._take)  # must outlive the library's use of it
        lib.llama_log_set(self.callback, None)

    def _take(self, level: int, text: bytes, _data: object) -> None:
        if level == _ERROR and text:
            self.lines = [*self.lines[-9:], text.decode("utf-8", "replace").strip()]

    def reason(self) -> str:
        telling = next((line for line in self.lines if any(phrase in line for phrase in _TELLING)), "")
        return telling.rpartition(": error loading model: ")[2] or (self.lines or ["llama.cpp gave no reason"])[0]


class StopFlag:
    """Asked by llama.cpp before every part of a computation, a thousand times a token.

    A Python function there costs 7 ms a token (measured). So the question is C's own strlen, of a text that is empty until
    the computation is to stop.
    """

    def __init__(self, lib: Any, context: Any) -> None:
        self._text = ctypes.create_string_buffer(2)
        self._ask = ctypes.cast(ctypes.CDLL(None).strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(context, self._ask, ctypes.cast(self._text, ctypes.c_void_p))

    def set(self, wanted: bool) -> None:
        self._text[0] = b"1" if wanted else b"\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a model was loaded."""

    gpu_layers: int
    devices: tuple[str, ...] = ()
    """The GPUs that these layers are on."""
    repack: bool
    said: str = ""
    """A sentence about what did not work as wished; empty: all did."""


def load_model(lib: Any, spec: LlamaSpec, log: Log, alive: Callable[[], None]) -> tuple[Any, Plan]:
    """The model, and how it was loaded; `alive` is called on the way. Raises ModelUnavailable."""
    wanted = fit.layers(lib, spec)
    repack = spec.repack and wanted == 0 and fit.memory(spec, repack=True) == ""
    if refusal := fit.memory(spec, repack=repack) if wanted == 0 else "":
        raise ModelUnavailable(refusal, hint="Close other programs, or choose a smaller model: `aishell model list`.")

    def going_on(_share: float, _data: object) -> bool:
        alive()
        return True

    progress = lib.llama_progress_callback(going_on)
    layers = wanted
    log.lines.clear()
    while True:
        params = lib.llama_model_default_params()
        params.n_gpu_layers = layers
        params.use_extra_bufts = repack or layers > 0
        params.progress_callback = progress
        model = lib.llama_model_load_from_file(os.fsencode(spec.path), params)
        if model:
            said = f"Only {layers} of {wanted} layers fit on the GPU." if layers else "The GPU could not be used: on the CPU."
            devices = tuple(device.name for device in fit.devices(lib)) if layers else ()
            return model, Plan(gpu_layers=layers, devices=devices, repack=repack, said=said if layers < wanted else "")
        if layers == 0:
            raise ModelUnavailable(
                f"The model file {spec.path} cannot be loaded: {log.reason()}.",
                hint="`aishell model list` shows the models at hand; `aishell model info ID` checks a file.",
            )
        layers //= 2  # offload failed, most likely for want of memory: try less, at last none


def make_context(lib: Any, model: Any, spec: LlamaSpec, log: Log, *, threads: int, batch: int, sequences: int) -> Any:
    """Room for conversations. Raises ModelUnavailable."""
    params = lib.llama_context_default_params()
    trained = lib.llama_model_n_ctx_train(model)
    longest = min(spec.context_tokens, trained) if trained > 0 else spec.context_tokens
    params.n_ctx = max(longest, spec.cache_tokens)
    params.n_batch = batch
    params.n_seq_max = sequences
    params.kv_unified = True  # all conversations share one cache, and cells of a common beginning are stored once
    params.n_threads = params.n_threads_batch = threads
    params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_AUTO
    context = lib.llama_init_from_model(model, params)
    if not context:
        raise ModelUnavailable(
            f"No memory for a context of {params.n_ctx} tokens: {log.reason()}.",
            hint="Set model.context_tokens lower: `aishell config edit`.",
        )
    return context


def renderer(lib: Any, model: Any, own_template: str) -> template.Render:
    """The chat template: the user's, the model's, or ChatML. Raises ModelUnavailable when it cannot be used."""
    source: bytes = own_template.encode() or lib.llama_model_chat_template(model, None) or b"chatml"
    if _apply(lib, source, [{"role": "user", "content": "x"}]) is not None:
        return lambda messages: _apply(lib, source, messages) or ""
    vocab = lib.llama_model_get_vocab(model)
    bos, eos = (lib.llama_vocab_get_text(vocab, token) for token in (lib.llama_vocab_bos(vocab), lib.llama_vocab_eos(vocab)))
    return template.jinja_renderer(source.decode("utf-8", "replace"), (bos or b"").decode(), (eos or b"").decode())


def _apply(lib: Any, source: bytes, messages: list[dict[str, str]]) -> str | None:
    """By llama.cpp's own renderer, which knows the common templates by sight; None when it does not know this one."""
    chat = (lib.llama_chat_message * len(messages))()
    for slot, message in zip(chat, messages, strict=True):
        slot.role, slot.content = message["role"].encode(), message["content"].encode()
    room = 4096 + 64 * len(messages)
    buffer = ctypes.create_string_buffer(room)
    size = lib.llama_chat_apply_template(source, chat, len(messages), True, buffer, room)
    return buffer.raw[:size].decode() if 0 <= size <= room else None
