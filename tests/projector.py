"""A projector for smollm2-135m, as small as can be and untrained: what it makes of pictures is noise, but all code runs."""

from __future__ import annotations

import random
import struct
from pathlib import Path

_WIDTH, _INNER, _PATCH, _SIDE = 32, 64, 16, 64
_MODEL_WIDTH = 576
"""Of smollm2-135m's embeddings."""

Value = bool | int | float | str | list[float]


def write(path: Path) -> None:
    """A GGUF file of llama.cpp's kind "clip" with the simplest way from pictures to words, two layers."""
    entries = b"".join(_text(key) + _typed(value) for key, value in _entries().items())
    infos, data = b"", b""
    chance = random.Random(1)
    for name, shape in _tensors().items():
        infos += _text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        infos += struct.pack("<IQ", 0, len(data))
        count = 1
        for side in shape:
            count *= side
        data += struct.pack(f"<{count}f", *(chance.gauss(0, 0.05) for _ in range(count)))
        data += bytes(-len(data) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(_tensors()), len(_entries())) + entries + infos
    path.write_bytes(head + bytes(-len(head) % 32) + data)


def _entries() -> dict[str, Value]:
    vision: dict[str, Value] = {
        "image_size": _SIDE,
        "patch_size": _PATCH,
        "embedding_length": _WIDTH,
        "feed_forward_length": _INNER,
        "block_count": 1,
        "projection_dim": _MODEL_WIDTH,
        "attention.head_count": 2,
        "attention.layer_norm_epsilon": 1e-6,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    return {
        "general.architecture": "clip",
        "general.file_type": 0,
        "clip.has_vision_encoder": True,
        "clip.projector_type": "mlp",
        "clip.use_gelu": True,
        **{f"clip.vision.{name}": value for name, value in vision.items()},
    }


def _tensors() -> dict[str, tuple[int, ...]]:
    block: dict[str, tuple[int, ...]] = {
        f"v.blk.0.{name}.weight": (_WIDTH, _WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_out")
    }
    block |= {f"v.blk.0.{name}.weight": (_WIDTH,) for name in ("ln1", "ln2")}
    block |= {"v.blk.0.ffn_up.weight": (_WIDTH, _INNER), "v.blk.0.ffn_down.weight": (_INNER, _WIDTH)}
    whole = {
        "v.patch_embd.weight": (_PATCH, _PATCH, 3, _WIDTH),
        "v.position_embd.weight": (_WIDTH, (_SIDE // _PATCH) ** 2),
        "v.pre_ln.weight": (_WIDTH,),
        "v.post_ln.weight": (_WIDTH,),
        **block,
        "mm.0.weight": (_WIDTH, _MODEL_WIDTH),
        "mm.2.weight": (_MODEL_WIDTH, _MODEL_WIDTH),
    }
    return whole | {name.replace("weight", "bias"): shape[-1:] for name, shape in whole.items() if "position" not in name}


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _typed(value: Value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    return struct.pack(f"<IIQ{len(value)}f", 9, 6, len(value), *value)
