"""The computed state of stable prompt prefixes, on disk.

A process that has just started would compute the same instructions and examples again, at 4 to 8 ms a token; reading their
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

from aishell.backends.llama import Llama


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixStore:
    folder: Path | None
    room: int
    """Bytes; the files used longest ago go first."""
    identity: str

    @classmethod
    def of(cls, model: Llama) -> PrefixStore:
        """For one model file and library version; keeps nothing when the spec names no folder."""
        spec = model.spec
        stat = os.stat(spec.path)
        file = f"{spec.sha256 or os.path.realpath(spec.path)}:{stat.st_size}" + ("" if spec.sha256 else f":{stat.st_mtime_ns}")
        build = model.lib.llama_print_system_info().decode("utf-8", "replace")
        library = Path(model.lib.__file__).parent / "lib"
        build += str(sorted(file.stat().st_size for file in library.glob("*")))
        computed = f"{build}:{model.lib.llama_version().decode()}:{model.plan.gpu_layers}:{model.plan.repack}"
        return cls(
            folder=Path(spec.prefix_folder) if spec.prefix_folder else None,
            room=spec.prefix_bytes,
            identity=f"{file}:{computed}",
        )

    def path(self, tokens: list[int]) -> Path | None:
        if self.folder is None or not tokens:
            return None
        return self.folder / f"{self.digest(tokens)}.kv"

    def digest(self, tokens: list[int] | None = None) -> str:
        """A name for the model, how it is computed, and these tokens."""
        return hashlib.sha256(f"{self.identity}:{tokens}".encode()).hexdigest()[:32]

    def has(self, tokens: list[int]) -> bool:
        path = self.path(tokens)
        return path is not None and path.is_file()

    def restore(self, model: Llama, sequence: int, tokens: list[int]) -> bool:
        """Put the state of `tokens` into the empty `sequence`; False when it is not here or does not load."""
        path = self.path(tokens)
        if path is None or not path.is_file():
            return False
        array = (ctypes.c_int32 * len(tokens))()
        count = ctypes.c_size_t()
        size = model.lib.llama_state_seq_load_file(
            model.context, os.fsencode(path), sequence, array, len(tokens), ctypes.byref(count)
        )
        if size and list(array[: count.value]) == tokens:
            with suppress(OSError):  # the folder may be read-only
                os.utime(path)
            return True
        with suppress(OSError):
            path.unlink()  # damaged: the next prefill writes it anew
        model.trim(sequence, 0)
        return False

    def save(self, model: Llama, sequence: int, tokens: list[int]) -> None:
        """Keep the state of `sequence`, which holds `tokens`. A full disk is no error: the state is computed again."""
        path = self.path(tokens)
        if path is None or path.exists():
            return
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room()
            if model.lib.llama_state_seq_save_file(model.context, os.fsencode(part), sequence, array, len(tokens)):
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
