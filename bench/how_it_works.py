"""The figures of docs/how-it-works.md: the model, its cache, its weights, its speed, and the likeness of three sentences."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from aishell import wiring
from aishell.assets.verify import GgufInfo, read_gguf
from aishell.backends import loading
from aishell.backends.llama import Llama, Row, bindings
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.memory.embed.opening import open_embedder
from bench.common import machine, options, report

_SENTENCES = (
    "The cat sleeps on the warm roof.",
    "A kitten is dozing on top of the house.",
    "The invoice must be paid by Friday.",
)
_TEXT = "A shell reads a line, finds the program that its first word names, and waits until that has ended. "
_READ, _WRITTEN = 512, 48
"""Tokens."""
_CACHE = re.compile(r"size\s*=\s*([\d.]+) MiB \(\s*(\d+) cells")


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    paths = Paths.from_environment(dict(os.environ))
    wanted = Settings()
    spec = replace(wiring.model_spec(wanted, paths), prefix_folder="", cache_tokens=0)
    header = read_gguf(Path(spec.path))
    log = _Log()
    llama = Llama(spec)
    result: dict[str, Any] = {"machine": machine(), "model": spec.name, **_shape(header), **_weights(llama, Path(spec.path))}
    result["kv_bytes_a_token_in_the_log"] = log.bytes_a_cell()
    result |= _speed(llama, _WRITTEN // 4 if arguments.quick else _WRITTEN)
    llama.close()
    result |= _likeness(wanted, paths)
    result["load_after"] = round(os.getloadavg()[0], 2)
    report(result, as_json=arguments.json)
    return 0 if result["kv_bytes_a_token"] == result["kv_bytes_a_token_in_the_log"] else 1


class _Log:
    """What llama.cpp says from now on."""

    def __init__(self) -> None:
        library = bindings()
        loading.log_of(library)  # which would otherwise set its own at the model's loading
        self.lines: list[str] = []
        self._callback = library.llama_log_callback(self._take)
        library.llama_log_set(self._callback, None)

    def _take(self, _level: int, text: bytes, _data: object) -> None:
        self.lines.append(text.decode("utf-8", "replace"))

    def bytes_a_cell(self) -> float:
        """Of the key-value cache."""
        found = next(match for line in self.lines if "kv_cache" in line and (match := _CACHE.search(line)))
        return float(found[1]) * (1 << 20) / int(found[2])


def _shape(header: GgufInfo) -> dict[str, int]:
    def of(name: str) -> int:
        return int(header.values[f"{header.architecture}.{name}"])

    head = of("embedding_length") // of("attention.head_count")
    return {
        "layers": of("block_count"),
        "width": of("embedding_length"),
        "query_heads": of("attention.head_count"),
        "key_value_heads": of("attention.head_count_kv"),
        "head_size": head,
        "kv_bytes_a_token": 2 * of("block_count") * of("attention.head_count_kv") * head * 2,
    }


def _weights(llama: Llama, file: Path) -> dict[str, Any]:
    details = llama.info().details
    size = file.stat().st_size
    return {
        "file_bytes": size,
        "weights": details["parameters"],
        "bits_a_weight": round(8 * float(str(details["bytes"])) / float(str(details["parameters"])), 2),
        "vocabulary": llama.words,
    }


def _speed(llama: Llama, written: int) -> dict[str, float]:
    """Tokens a second: read in one batch, and written one after the other behind it."""
    tokens = (llama.tokenize(_TEXT) * 40)[:_READ]
    llama.compute([Row(token, at, 0, False) for at, token in enumerate(tokens[:64])])  # the first batch pays for the memory
    llama.trim(0, 0)
    began = time.perf_counter()
    llama.compute([Row(token, at, 0, at == len(tokens) - 1) for at, token in enumerate(tokens)])
    read = time.perf_counter() - began
    began = time.perf_counter()
    for at in range(written):
        token = int(llama.logits(-1).argmax())
        llama.compute([Row(token, _READ + at, 0, True)])
    wrote = time.perf_counter() - began
    return {"read_tokens_a_second": round(_READ / read, 1), "written_tokens_a_second": round(written / wrote, 1)}


def _likeness(wanted: Settings, paths: Paths) -> dict[str, Any]:
    spec = wiring.memory_spec(wanted, paths).embedder
    assert spec
    embedder = open_embedder(spec)
    embedder.load()
    rows = numpy.asarray(embedder.queries(list(_SENTENCES)), dtype=numpy.float32)
    rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
    alike = rows @ rows.T
    return {
        "embedder": spec.name,
        "embedding_numbers": int(rows.shape[1]),
        "cosine": {
            "1-2": round(float(alike[0, 1]), 2),
            "1-3": round(float(alike[0, 2]), 2),
            "2-3": round(float(alike[1, 2]), 2),
        },
        "sentences": _SENTENCES,
    }


if __name__ == "__main__":
    raise SystemExit(main())
