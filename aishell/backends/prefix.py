"""The computed state of stable prompt prefixes, on disk.

A process that has just started would compute the same instructions and examples again, at about 8 ms a token; reading their
keys and values back takes milliseconds (28 KB a token for the default model). Files are named by everything the state
depends on, so a changed model, library, option or prompt never meets an old state.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aishell.backends.spec import LlamaSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixStore:
    folder: Path | None
    room: int
    """Bytes; the files used longest ago go first."""
    identity: str

    @classmethod
    def of(cls, spec: LlamaSpec, library: str) -> PrefixStore:
        """For one model file and library version; keeps nothing when the spec names no folder."""
        stat = os.stat(spec.path)
        identity = f"{os.path.realpath(spec.path)}:{stat.st_size}:{stat.st_mtime_ns}:{library}:{spec.gpu_layers}"
        return cls(folder=Path(spec.prefix_folder) if spec.prefix_folder else None, room=spec.prefix_bytes, identity=identity)

    def _path(self, tokens: list[int]) -> Path | None:
        if self.folder is None or not tokens:
            return None
        key = hashlib.sha256(f"{self.identity}:{tokens}".encode()).hexdigest()[:32]
        return self.folder / f"{key}.kv"

    def restore(self, library: Any, context: Any, tokens: list[int]) -> bool:
        """Put the state of `tokens` into sequence 0 of `context`; False when it is not here or does not load."""
        path = self._path(tokens)
        if path is None or not path.is_file():
            return False
        array = (ctypes.c_int32 * len(tokens))()
        count = ctypes.c_size_t()
        library.llama_memory_seq_rm(library.llama_get_memory(context), 0, -1, -1)
        size = library.llama_state_seq_load_file(context, os.fsencode(path), 0, array, len(tokens), ctypes.byref(count))
        if size and list(array[: count.value]) == tokens:
            with suppress(OSError):  # the folder may be read-only
                os.utime(path)
            return True
        with suppress(OSError):
            path.unlink()  # damaged: the next prefill writes it anew
        library.llama_memory_seq_rm(library.llama_get_memory(context), 0, -1, -1)
        return False

    def save(self, library: Any, context: Any, tokens: list[int]) -> None:
        """Keep the state of sequence 0, which holds `tokens`. A full disk is no error: the state is computed again."""
        path = self._path(tokens)
        if path is None or path.exists():
            return
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room()
            if library.llama_state_seq_save_file(context, os.fsencode(part), 0, array, len(tokens)):
                part.chmod(0o600)
                part.replace(path)
        with suppress(OSError):
            part.unlink(missing_ok=True)

    def _make_room(self) -> None:
        assert self.folder is not None
        files = sorted(self.folder.glob("*.kv*"), key=lambda file: file.stat().st_mtime)
        total = sum(file.stat().st_size for file in files)
        while files and total > self.room:
            total -= files[0].stat().st_size
            files.pop(0).unlink()
