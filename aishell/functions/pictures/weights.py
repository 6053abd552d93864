"""Arrays out of a file that PyTorch wrote before version 1.6, without PyTorch, and without running anything that stands in it.

The file is five pickles (a mark, a version, sizes, a table of tensors, the names of the stores) and the stores' numbers. A
pickle may call anything it names; here it may name only what tables of tensors need.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy

from aishell.core.errors import AssetError

_MARK = 0x1950A86A20F9469CFC6C
_KINDS = {"FloatStorage": numpy.dtype("<f4"), "LongStorage": numpy.dtype("<i8")}
_MOST = 1 << 26
"""Numbers of one store."""
_ARITHMETIC = (OverflowError, MemoryError)
_SHAPE = (ValueError, TypeError, KeyError, IndexError, AttributeError)
_BROKEN = (OSError, EOFError, struct.error, pickle.UnpicklingError, *_SHAPE, *_ARITHMETIC)
"""What a file raises that is something else than it should be: found by changing bytes."""


class _Tensor(NamedTuple):
    store: tuple[Any, ...]
    """Of which the third is its name."""
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]
    """From one number to the next along each side; not always the usual ones."""


def read(path: Path) -> Mapping[str, numpy.ndarray[Any, Any]]:
    """The arrays by name. Raises AssetError."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except _BROKEN as error:
        raise AssetError(f"The weights {path} cannot be read: {error}.", hint="Remove and pull them again.") from error


def _read(file: IO[bytes]) -> dict[str, numpy.ndarray[Any, Any]]:
    mark, _version, _sizes, table, names = (_Tables(file).load() for _ in range(5))
    if mark != _MARK:
        raise ValueError("it is no such file")
    tensors = {name: tensor for name, tensor in table.items() if isinstance(tensor, _Tensor)}
    kinds = {tensor.store[2]: tensor.store[1] for tensor in tensors.values()}
    stores = {name: _store(file, kinds[name]) for name in names}
    return {name: _array(tensor, stores[tensor.store[2]]) for name, tensor in tensors.items()}


def _store(file: IO[bytes], kind: numpy.dtype[Any]) -> numpy.ndarray[Any, Any]:
    (count,) = struct.unpack("<q", file.read(8))
    if not 0 <= count <= _MOST:
        raise ValueError("a store of it has no sensible size")
    return numpy.frombuffer(file.read(count * kind.itemsize), kind, count)


def _array(tensor: _Tensor, store: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    last = tensor.offset + sum((side - 1) * step for side, step in zip(tensor.shape, tensor.steps, strict=True))
    if min((tensor.offset, *tensor.shape, *tensor.steps)) < 0 or last >= len(store):
        raise ValueError("a tensor reaches out of its store")
    steps = [step * store.itemsize for step in tensor.steps]
    return numpy.lib.stride_tricks.as_strided(store[tensor.offset :], tensor.shape, steps, writeable=False)


class _Tables(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda store, offset, shape, steps, *_: _Tensor(store, offset, shape, steps)
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        return pid
