"""A model file to a llama.cpp model and context, with every way it can fail told in a sentence. `lib` is the C interface."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from aishell.backends import template
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import ModelUnavailable

_ALL_LAYERS = 999
_ERROR = 4  # GGML_LOG_LEVEL_ERROR
_TELLING = (
    "unknown model architecture",
    "not within the file bounds",
    "invalid magic",
    "unable to allocate",
    "failed to allocate",
)


class Log:
    """The last error lines of llama.cpp, which says nowhere else why a model does not load."""

    def __init__(self, lib: Any) -> None:
        self.lines: list[str] = []
        self._callback = lib.llama_log_callback(self._take)  # must outlive the library's use of it
        lib.llama_log_set(self._callback, None)

    def _take(self, level: int, text: bytes, _data: object) -> None:
        if level == _ERROR and text:
            self.lines = [*self.lines[-9:], text.decode("utf-8", "replace").strip()]

    def reason(self) -> str:
        telling = next((line for line in self.lines if any(phrase in line for phrase in _TELLING)), "")
        return telling.rpartition(": error loading model: ")[2] or (self.lines or ["llama.cpp gave no reason"])[0]


def load_model(lib: Any, spec: LlamaSpec, log: Log) -> tuple[Any, int]:
    """The model, and how many of its layers are on a GPU. Raises ModelUnavailable."""
    layers = spec.gpu_layers if lib.llama_supports_gpu_offload() else 0
    layers = _ALL_LAYERS if layers < 0 else layers
    while True:
        params = lib.llama_model_default_params()
        params.n_gpu_layers = layers
        # Repacking the weights for the CPU takes 2 to 3 s of every load and 600 MB, for 8 % in decoding and nothing
        # in prefill (measured: Qwen 1.5B Q4_K_M, 2 cores with AVX-512): a process of one reply does not earn it back.
        params.use_extra_bufts = layers > 0
        model = lib.llama_model_load_from_file(os.fsencode(spec.path), params)
        if model:
            return model, layers
        if layers == 0:
            raise ModelUnavailable(
                f"The model file {spec.path} cannot be loaded: {log.reason()}.",
                hint="`aishell model list` shows the models at hand; `aishell model info ID` checks a file.",
            )
        layers = min(layers, 64) // 2  # offload failed, most likely for want of memory: try less, at last none


def make_context(lib: Any, model: Any, spec: LlamaSpec, log: Log, *, threads: int, batch: int) -> Any:
    """Room for one conversation. Raises ModelUnavailable."""
    params = lib.llama_context_default_params()
    trained = lib.llama_model_n_ctx_train(model)
    params.n_ctx = min(spec.context_tokens, trained) if trained > 0 else spec.context_tokens
    params.n_batch = batch
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
