"""A command's output in bounded memory: its head and tail, and a file for what is longer."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aishell.core.types import Captured

_KEPT_SPILLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    keep_bytes: int = 256 << 10
    """Of each stream, in memory."""
    spill_bytes: int = 256 << 20
    """Of each stream, on disk."""
    spill_folder: str = "/tmp"


class Capture:
    """Takes bytes as they come: in memory half from the head, half from the tail; on disk all up to the limit."""

    def __init__(self, limits: Limits) -> None:
        self._half = max(1, limits.keep_bytes // 2)
        self._spill_room = limits.spill_bytes
        self._spill_folder = Path(limits.spill_folder)
        self._head = bytearray()
        self._tail = bytearray()
        self._total = 0
        self._spill: BinaryIO | None = None
        self._spill_name: str | None = None

    def feed(self, data: bytes) -> None:
        fits = self._total + len(data) <= 2 * self._half
        if not fits and self._spill_room and self._spill is None and self._spill_name is None:
            self._open_spill()
            self._write(bytes(self._head + self._tail))  # all there was so far
        self._write(data)
        self._total += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        del self._tail[: max(0, len(self._tail) - self._half)]

    def done(self) -> Captured:
        if self._spill:
            self._spill.close()
        return Captured(head=bytes(self._head), tail=bytes(self._tail), total=self._total, spill=self._spill_name)

    def _open_spill(self) -> None:
        with suppress(OSError):  # without a place to spill, head and tail still tell the most
            self._spill_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            old = sorted(self._spill_folder.glob("output-*"), key=lambda file: file.stat().st_mtime)
            for file in old[: max(0, len(old) - _KEPT_SPILLS + 1)]:
                file.unlink()
            descriptor, self._spill_name = tempfile.mkstemp(prefix="output-", dir=self._spill_folder)
            self._spill = os.fdopen(descriptor, "wb")

    def _write(self, data: bytes) -> None:
        part = data[: self._spill_room]
        if self._spill and part:
            try:
                self._spill.write(part)
                self._spill_room -= len(part)
            except OSError:  # the disk is full: what is there stays
                self._spill_room = 0
