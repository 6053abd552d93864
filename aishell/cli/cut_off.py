"""The file in which a session's blocks wait for the case that it is cut off: private, bounded, gone with an orderly end."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aishell.core.errors import AishellError
from aishell.ui.cut_off import Answered, Asked, CutOff, Offered, Ran, Shown

_MOST = 30
"""Blocks."""
_KINDS: dict[str, type[Shown]] = {"ran": Ran, "asked": Asked, "offered": Offered, "answered": Answered}


def cut_off(state: Path, redact: Callable[[str], str]) -> CutOff:
    """Below the folder `state`. Who else runs holds a lock on their file; one without is of somebody who was cut off."""
    kept = _Kept(state / "screens", redact)
    return CutOff(keep=kept.keep, found=kept.found, ended=kept.ended)


class _Kept:
    def __init__(self, folder: Path, redact: Callable[[str], str]) -> None:
        self._folder = folder
        self._redact = redact
        self._file: Path | None = None
        self._descriptor = -1
        self._shown: list[Shown] = []
        self._over = False
        self._busy = threading.Lock()

    def keep(self, shown: Shown, before: Shown | None) -> None:
        with self._busy, suppress(OSError, AishellError):
            if self._over:  # it was on its way when the session came to its end
                return
            clean, known = self._clean(shown), self._clean(before) if before else None
            if known in self._shown:
                self._shown[self._shown.index(known)] = clean
            else:
                self._shown = [*self._shown[1 - _MOST :], clean]
            lines = "".join(f"{_line(each)}\n" for each in self._shown).encode("utf-8", "replace")
            descriptor = self._open()
            os.pwrite(descriptor, lines, 0)
            os.ftruncate(descriptor, len(lines))

    def _clean(self, shown: Shown) -> Shown:
        """Without secrets. Raises AishellError."""
        fields = asdict(shown)
        clean: dict[str, Any] = {
            name: self._redact(value) if isinstance(value, str) else value for name, value in fields.items()
        }
        return type(shown)(**clean)

    def _open(self) -> int:
        if self._descriptor < 0:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = self._folder / f"{os.getpid()}-{os.urandom(4).hex()}.jsonl"
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        return self._descriptor

    def found(self) -> Sequence[Shown]:
        with suppress(OSError):
            left = [file for file in self._folder.glob("*.jsonl") if file != self._file and _nobodys(file)]
            newest = max(left, key=lambda file: file.stat().st_mtime, default=None)
            shown = _read(newest) if newest else []
            for file in left:
                file.unlink(missing_ok=True)
            return shown
        return []

    def ended(self) -> None:
        with self._busy, suppress(OSError):
            self._over = True
            if self._file:
                self._file.unlink(missing_ok=True)
                os.close(self._descriptor)
            self._file, self._descriptor = None, -1


def _nobodys(file: Path) -> bool:
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _line(shown: Shown) -> str:
    kind = next(name for name, kind in _KINDS.items() if isinstance(shown, kind))
    return json.dumps({"kind": kind, **asdict(shown)})


def _read(file: Path) -> list[Shown]:
    """The last line may have been cut off too."""
    shown: list[Shown] = []
    for line in file.read_text("utf-8", "replace").splitlines()[-_MOST:]:
        with suppress(ValueError, TypeError, KeyError):
            fields = json.loads(line)
            shown.append(_KINDS[fields.pop("kind", "ran")](**fields))  # the first version kept nothing else
    return shown
