"""The nearest items, asked of the engine, which has the vectors; no answer when it is not ready at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Meaning:
    """What `Search` asks. `ask` gives the engine's answer to a `nearest` request with these fields, or None."""

    def __init__(self, ask: Callable[..., dict[str, Any] | None]) -> None:
        self._ask = ask
        self.ready = True
        """Whether the last question was answered."""

    def __call__(self, text: str, limit: int, kinds: tuple[str, ...]) -> list[tuple[int, float]] | None:
        answer = self._ask(text=text, limit=limit, kinds=list(kinds))
        self.ready = bool(answer and answer.get("ready"))
        return [(int(item), float(cosine)) for item, cosine in answer["found"]] if answer and self.ready else None
