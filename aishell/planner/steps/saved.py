"""Work of several steps on disk, a file each, so that it can be gone on with after a failure or a crash.

Only the user can read the files, and secrets are taken out before they are written. What has been done is not done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aishell.core.errors import AishellError, UsageError
from aishell.core.steps import Past, Work
from aishell.core.types import Request

_MOST = 20
"""Older ones go, whatever has become of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    folder: Path
    redact: Callable[[str], str]

    def keep(self, work: Work) -> Work:
        """Write it down as it is now, under its number; a work that is all done needs no file. Raises OSError."""
        if work.ended == "done":
            if work.number:
                self._file(work.number).unlink(missing_ok=True)
            return replace(work, number=0)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = work if work.number else replace(work, number=self._claim())
        self._write(self._file(work.number), self._text(work))
        self._sweep()
        return work

    def all(self) -> list[Work]:
        """Newest last; what cannot be read is left out."""
        found = [self._read(number) for number in self._numbers()]
        return [work for work in found if work]

    def get(self, number: int) -> Work:
        """It, ready to go on with. Raises UsageError, AishellError."""
        if number not in self._numbers():
            raise UsageError(f"There is no work {number}.", hint="`aishell steps list` shows what there is.")
        work = self._read(number)
        if work is None:
            raise AishellError(f"{self._file(number)} cannot be read.", hint="Ask for it anew.")
        if self._raw(number).get("secret"):
            raise AishellError("It held a secret, which is not kept.", hint="Ask for it anew, in the same words.")
        done = work.done[: len(work.done) - len(work.failures)]  # what failed has another chance: things may be different now
        return replace(work, done=done, before=len(done), ended="", why="", seconds=0.0)

    def forget(self, number: int) -> None:
        """Raises UsageError."""
        if number not in self._numbers():
            raise UsageError(f"There is no work {number}.", hint="`aishell steps list` shows what there is.")
        self._file(number).unlink(missing_ok=True)

    def _text(self, work: Work) -> str:
        value: dict[str, Any] = asdict(replace(work, request=replace(work.request, piped=None, past=())))
        clean = _without_secrets(value, self.redact)
        # Without its secret, what is still to be done cannot be done.
        clean["secret"] = clean["request"]["text"] != work.request.text or clean["parts"] != list(work.parts)
        return json.dumps(clean, ensure_ascii=False, indent=1)

    def _raw(self, number: int) -> dict[str, Any]:
        value = json.loads(self._file(number).read_text("utf-8"))
        return value if isinstance(value, dict) else {}

    def _read(self, number: int) -> Work | None:
        try:
            value = self._raw(number)
            value.pop("secret", None)
            return Work(
                **{
                    **value,
                    "request": Request(text=value["request"]["text"], cwd=value["request"]["cwd"]),
                    "parts": tuple(value["parts"]),
                    "done": tuple(Past(**past) for past in value["done"]),
                }
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _claim(self) -> int:
        """A number that nobody has. Raises OSError."""
        number = max(self._numbers(), default=0)
        while True:
            number += 1
            try:
                os.close(os.open(self._file(number), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
                return number
            except FileExistsError:
                continue

    def _write(self, file: Path, text: str) -> None:
        """All of it or nothing. Raises OSError."""
        other = file.with_suffix(".new")
        other.unlink(missing_ok=True)
        with open(os.open(other, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        other.rename(file)

    def _sweep(self) -> None:
        for number in self._numbers()[:-_MOST]:
            self._file(number).unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        return sorted(int(file.stem) for file in self.folder.glob("*.json") if file.stem.isdigit())

    def _file(self, number: int) -> Path:
        return self.folder / f"{number}.json"


def _without_secrets(value: Any, redact: Callable[[str], str]) -> Any:
    """The same with every text redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _without_secrets(each, redact) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(each, redact) for each in value]
    return value
