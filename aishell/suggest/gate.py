"""What must not be shown without being asked for: what destroys. And what is not shown at all: a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aishell.suggest.destroying import may_destroy

_Key = TypeVar("_Key")
_MOST = 4096
"""Lines whose judgement is kept."""


class Gate:
    """Asks quick questions first, and the judge, who needs milliseconds, only about a line that would be shown otherwise."""

    def __init__(self, *, secret: Callable[[str], bool], forbidden: Callable[[str, str], bool]) -> None:
        """`secret`: whether a line holds one. `forbidden`: what the judge says of a line and its folder, slowly."""
        self._secret = secret
        self._forbidden = forbidden
        self._secrets: dict[str, bool] = {}
        self._quick: dict[str, bool] = {}
        self._judged: dict[tuple[str, str], bool] = {}

    def hides(self, line: str) -> bool:
        """Whether `line` is not to be shown at all: it holds a secret, or once held one."""
        if (hidden := self._secrets.get(line)) is None:
            hidden = "[redacted" in line or self._secret(line)
            _keep(self._secrets, line, hidden)
        return hidden

    def stops(self, line: str) -> bool:
        """Whether `line` is known, without the judge, not to be for showing unasked."""
        if (stopped := self._quick.get(line)) is None:
            stopped = may_destroy(line)
            _keep(self._quick, line, stopped)
        return stopped

    def judged(self, line: str, folder: str) -> bool | None:
        """What the judge has said of it before; None when it has not been asked."""
        return self._judged.get((line, folder))

    def passes(self, line: str, folder: str) -> bool:
        """Whether `line` may be shown unasked. Takes milliseconds the first time."""
        if self.hides(line) or self.stops(line):
            return False
        if (passed := self.judged(line, folder)) is None:
            passed = not self._forbidden(line, folder)
            _keep(self._judged, (line, folder), passed)
        return passed


def _keep(kept: dict[_Key, bool], key: _Key, value: bool) -> None:
    if len(kept) >= _MOST:
        kept.clear()
    kept[key] = value
