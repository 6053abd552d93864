"""A vision model of llama.cpp: a language model, and a projector that turns pictures into what it reads like words.

Blocking; one thread owns it. It runs in the process that asks, which does nothing else and shows no prompt: a fault in
native code ends one command.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from aishell.backends import loading, template
from aishell.backends.llama import BATCH, Llama, Row, bindings
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Message

if TYPE_CHECKING:
    from PIL.Image import Image

_MARK = "\ue002"
"""Where the picture stands in a message; private, and taken out of questions."""


class Vision:
    """Answers questions about pictures; the model is loaded at the first one.

    `projector`: a GGUF file, made for it. `most_tokens`: of an answer.
    """

    def __init__(self, spec: LlamaSpec, projector: str, *, most_tokens: int = 160) -> None:
        self._spec = spec
        self._most_tokens = most_tokens
        self._projector = projector
        self._open: tuple[Llama, Any, Any] | None = None

    def __call__(self, image: Image, question: str) -> str:
        """`image`: RGB. Raises ModelUnavailable."""
        llama, library, eyes = self._opened()
        llama.trim(0, 0)
        with ExitStack() as freed:
            picture = _bitmap(library, image, freed)
            parts = template.parts(llama.render, (Message(role="user", content=_MARK + question.replace(_MARK, "")),))
            chunks = _chunks(library, eyes, parts, picture, freed)
            end = ctypes.c_int32()
            if library.mtmd_helper_eval_chunks(eyes, llama.context, chunks, 0, 0, BATCH, True, ctypes.byref(end)):
                raise ModelUnavailable(f"The picture could not be computed: {llama.log.reason()}.")
        return _said(llama, end.value, self._most_tokens)

    def close(self) -> None:
        """Free the models; safe to call twice."""
        if self._open:
            llama, library, eyes = self._open
            library.mtmd_free(eyes)
            llama.close()
            self._open = None

    def _opened(self) -> tuple[Llama, Any, Any]:
        if self._open is None:
            llama = Llama(self._spec)
            library = _library(llama.log)
            params = library.mtmd_context_params_default()
            params.use_gpu, params.n_threads, params.print_timings = llama.plan.gpu_layers > 0, llama.threads, False
            eyes = library.mtmd_init_from_file(os.fsencode(self._projector), llama.raw, params)
            if not eyes or not library.mtmd_support_vision(eyes):
                reason = llama.log.reason()
                llama.close()
                raise ModelUnavailable(f"The vision model's projector {self._projector} cannot be loaded: {reason}.")
            self._open = llama, library, eyes
        return self._open


def _library(log: loading.Log) -> Any:
    """The ctypes module of libmtmd. Raises ModelUnavailable."""
    bindings()
    try:
        import llama_cpp.mtmd_cpp as library
    except (OSError, RuntimeError, ImportError, AttributeError) as error:
        raise ModelUnavailable(f"llama.cpp was built without pictures: {error}.") from error
    library.mtmd_log_set(log.callback, None)
    library.mtmd_helper_log_set(log.callback, None)
    return library


def _bitmap(library: Any, image: Image, freed: ExitStack) -> Any:
    width, height = image.size
    data = image.tobytes()
    bitmap = library.mtmd_bitmap_init(width, height, (ctypes.c_uint8 * len(data)).from_buffer_copy(data))
    freed.callback(library.mtmd_bitmap_free, bitmap)
    return bitmap


def _chunks(library: Any, eyes: Any, parts: list[template.Part], picture: Any, freed: ExitStack) -> Any:
    """The prompt: special tokens count only where they are the template's, and the picture stands where its mark does."""
    made: list[Any] = []
    for part in parts:
        before, mark, after = part.text.partition(_MARK)
        texts = (before, after) if mark else (before,)
        for number, text in enumerate(texts):
            if number:
                made.append(library.mtmd_input_part(bitmap=picture))
            if data := text.encode("utf-8", "replace"):
                said = library.mtmd_input_text(text=data, text_len=len(data), add_special=False, parse_special=part.structural)
                made.append(library.mtmd_input_part(text=ctypes.pointer(said)))
    pointers = (ctypes.POINTER(library.mtmd_input_part) * len(made))(*map(ctypes.pointer, made))
    chunks = library.mtmd_input_chunks_init()
    freed.callback(library.mtmd_input_chunks_free, chunks)
    if status := library.mtmd_tokenize_from_parts(eyes, chunks, pointers, len(made), True):
        raise ModelUnavailable(f"The vision model cannot take this picture (status {status}).")
    return chunks


def _said(llama: Llama, position: int, most: int) -> str:
    """The likeliest token after the other, until the model ends or has said enough."""
    reply = b""
    for place in range(position, min(position + most, llama.longest)):
        token = int(llama.logits(-1).argmax())
        if llama.ends(token):
            break
        reply += llama.text(token)
        llama.compute([Row(token, place, 0, True)])
    return " ".join(reply.decode("utf-8", "replace").split())
