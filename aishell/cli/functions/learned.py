"""Labels of very many records: what a run that goes on knows from before, and what the person is told at its end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from aishell.functions.records import Record
from aishell.functions.stream import Function

if TYPE_CHECKING:
    from aishell.functions.labels import Labels
    from aishell.functions.learning import Earlier, Learning
    from aishell.functions.offer import Offer

_MOST = 4000
_LONGEST = 2000
"""Characters of a text that are learned from."""


class Learned:
    """Puts what is learned from the model's answers before the model, unless the person wants the model alone."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._earlier: deque[Earlier] = deque(maxlen=_MOST)
        self._learning: Learning | None = None

    def met(self, record: Record, result: dict[str, Any]) -> None:
        """A record that is done already, and what came of it."""
        if self._wanted and "scores" in result and "by" not in result:
            self._earlier.append((record.text[:_LONGEST], result["scores"] or {result["label"]: 1.0}))

    def over(self, offer: Offer, labels: Labels) -> Function:
        if not self._wanted:
            return labels
        self._learning = offer.learning(labels, self._earlier)
        return self._learning

    def said(self) -> str:
        """Empty when the model was asked about every record."""
        if not self._learning or not self._learning.by_itself:
            return ""
        found = self._learning
        checked = f", which the model agreed with in {found.agreed} of {found.checks} checks" if found.checks else ""
        return (
            f"{found.by_itself} of {found.answered} records were answered by what was learned from the model's answers to the "
            f"others{checked}; --model-only asks it about each"
        )
