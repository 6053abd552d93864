"""Whether a file is what it should be: its hash, and for a model the structure of its GGUF header.

The header is read with hard bounds, since the file may be anything. Format: ggml's docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aishell.core.errors import AssetError

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST_ENTRIES = 1 << 20
_MOST_ARRAY = 1 << 24
_LONGEST_STRING = 1 << 24
_FETCH_AGAIN = "Fetch it again from where it came, or choose another with `aishell model list`."

Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufInfo:
    version: int
    tensors: int
    values: dict[str, Value]
    """The metadata; arrays are left out."""

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    @property
    def context(self) -> int:
        value = self.values.get(f"{self.architecture}.context_length", 0)
        return int(value) if isinstance(value, int | float) else 0


def sha256(path: Path, step: Callable[[int], None] = lambda _done: None) -> str:
    """The file's hash in hex; `step` hears the bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            digest.update(chunk)
            done += len(chunk)
            step(done)
    return digest.hexdigest()


def read_gguf(path: Path) -> GgufInfo:
    """The header of a GGUF model. Raises AssetError with the reason in words."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _Header(file, size).read()
    except OSError as error:
        raise AssetError(f"{path} cannot be read: {error.strerror}.") from error
    except _NotGguf as reason:
        raise AssetError(f"{path} is not a usable GGUF model: {reason}.", hint=_FETCH_AGAIN) from None


class _NotGguf(Exception):
    pass


class _Header:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def read(self) -> GgufInfo:
        magic = self._file.read(4)
        if magic != b"GGUF":
            raise _NotGguf("it is empty" if not magic else "it does not begin with GGUF")
        version = int(self._scalar("I"))
        if version not in (2, 3):
            raise _NotGguf(f"its version {version} is not 2 or 3")
        tensors, entries = int(self._scalar("Q")), int(self._scalar("Q"))
        if tensors > _MOST_ENTRIES or entries > _MOST_ENTRIES:
            raise _NotGguf("its header is broken")
        values: dict[str, Value] = {}
        for _ in range(entries):
            key = self._string()
            value = self._value(int(self._scalar("I")))
            if value is not None:
                values[key] = value
        last = max((self._tensor_offset() for _ in range(tensors)), default=0)
        if tensors and self._file.tell() + last >= self._size:
            raise _NotGguf("it ends too early (the file is cut off)")
        return GgufInfo(version=version, tensors=tensors, values=values)

    def _take(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise _NotGguf("it ends inside its header (the file is cut off)")
        return data

    def _scalar(self, form: str) -> int | float | bool:
        value: int | float | bool = struct.unpack(f"<{form}", self._take(struct.calcsize(f"<{form}")))[0]
        return value

    def _string(self) -> str:
        length = int(self._scalar("Q"))
        if length > _LONGEST_STRING:
            raise _NotGguf("its header is broken")
        return self._take(length).decode("utf-8", "replace")

    def _value(self, kind: int) -> Value | None:
        if kind == _STRING:
            return self._string()
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind != _ARRAY:
            raise _NotGguf("its header is broken")
        item, count = int(self._scalar("I")), int(self._scalar("Q"))
        if count > _MOST_ARRAY:
            raise _NotGguf("its header is broken")
        if item in _SCALARS:
            self._take(count * struct.calcsize(f"<{_SCALARS[item]}"))
        elif item == _STRING:
            for _ in range(count):
                self._string()
        else:
            raise _NotGguf("its header is broken")  # the format allows nested arrays; no model has them
        return None

    def _tensor_offset(self) -> int:
        self._string()
        dimensions = int(self._scalar("I"))
        if dimensions > 8:
            raise _NotGguf("its header is broken")
        self._take(8 * dimensions + 4)
        return int(self._scalar("Q"))
