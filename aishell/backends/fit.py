"""Whether a model fits: into the memory of this machine, and how much of it onto its GPUs. Asked before anything is loaded."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aishell.backends.spec import LlamaSpec

_KV_SHARE = 26e-6
"""Bytes of cache a token for each byte of model: 28 KB at 1.1 GB for the default model, and of this order for others."""
_WORKSPACE = 250 << 20
_REPACKED = 0.8
"""Part of the model that is held a second time, rearranged (measured: 0.85 GB of 1.1)."""
_GPU_SPARE = 512 << 20
_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    free: int
    """Bytes."""
    total: int


def needed(spec: LlamaSpec, *, repack: bool) -> int:
    """Bytes of main memory that the model takes when it is computed on the CPU; 0 when the file cannot be looked at."""
    try:
        size = os.stat(spec.path).st_size
    except OSError:
        return 0
    cache = int(size * _KV_SHARE) * max(spec.context_tokens, spec.cache_tokens)
    return size + cache + _WORKSPACE + (int(size * _REPACKED) if repack else 0)


def memory(spec: LlamaSpec, *, repack: bool) -> str:
    """Empty when the model fits, else a sentence with the figures."""
    wanted, available = needed(spec, repack=repack), available_bytes()
    if wanted <= available:
        return ""
    return (
        f"The model {spec.name} needs about {wanted / 1e9:.1f} GB of memory with a context of "
        f"{max(spec.context_tokens, spec.cache_tokens)} tokens, and {available / 1e9:.1f} GB are available."
    )


def available_bytes(proc: Path = Path("/proc/meminfo"), group: Path = Path("/sys/fs/cgroup")) -> int:
    """What this process may still take; very much where nobody says."""
    found = [_UNLIMITED]
    try:
        lines = proc.read_text().splitlines()
        found += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            used = int((group / "memory.current").read_text()) - int(statistics.get("file", 0))
            found.append(int(limit) - used)
    except (OSError, ValueError):
        pass
    return min(found)


def layers(lib: Any, spec: LlamaSpec) -> int:
    """How many layers go onto GPUs: the number asked for, or as many as their free memory takes; 0 without one."""
    if not lib.llama_supports_gpu_offload() or spec.gpu_layers == 0:
        return 0
    return spec.gpu_layers if spec.gpu_layers > 0 else layers_that_fit(spec, layer_count(spec.path), devices(lib))


def layers_that_fit(spec: LlamaSpec, count: int, found: list[Device]) -> int:
    """Of `count` layers and the output behind them. llama.cpp splits them over several GPUs by their free memory."""
    free = sum(max(0, device.free - _GPU_SPARE) for device in found)
    whole = needed(spec, repack=False) - _WORKSPACE
    if free >= whole:
        return count + 1
    return int(free * count / whole) if whole else 0


def layer_count(path: str) -> int:
    """From the file's header, which says `block_count` near its beginning; a large number when it does not."""
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    at = head.find(b".block_count")
    return int.from_bytes(head[at + 16 : at + 20], "little") if at >= 0 else 998  # 12 bytes of name, 4 of type


def devices(lib: Any) -> list[Device]:
    """The GPUs that llama.cpp sees; empty with a build for the CPU."""
    folder = Path(lib.__file__).parent / "lib"
    try:
        ggml = ctypes.CDLL(str(next(folder.glob("libggml.*"))))
        base = ctypes.CDLL(str(next(folder.glob("libggml-base.*"))))
    except (OSError, StopIteration):
        return []
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    base.ggml_backend_dev_name.restype = ctypes.c_char_p
    for call in (base.ggml_backend_dev_name, base.ggml_backend_dev_type):
        call.argtypes = [ctypes.c_void_p]
    base.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_size_t)] * 2]
    found = []
    for number in range(ggml.ggml_backend_dev_count()):
        device = ggml.ggml_backend_dev_get(number)
        if base.ggml_backend_dev_type(device) in (1, 2):  # GGML_BACKEND_DEVICE_TYPE_GPU, _IGPU
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            base.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
            found.append(Device(base.ggml_backend_dev_name(device).decode(), free.value, total.value))
    return found
