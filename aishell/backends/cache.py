"""Which conversations are computed already, and how a new one begins with the longest part of an old one.

All sequences share one key-value cache; a copied beginning costs no memory and no time. What nobody uses any more stays until
its place is needed; then the one used longest ago goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aishell.backends.llama import SEQUENCES, Llama
from aishell.backends.prefix import PrefixStore

_WORTH_READING = 16
"""Tokens of a stable prefix worth reading from disk; fewer are computed sooner."""


@dataclass(slots=True)
class Sequence:
    number: int
    held: list[int] = field(default_factory=list)
    """Tokens whose keys and values are computed, in order."""
    busy: bool = False
    used: int = 0
    """When it was last used; counts upward."""


class Cache:
    def __init__(self, model: Llama) -> None:
        self._model = model
        self.sequences = [Sequence(number) for number in range(SEQUENCES)]
        self._clock = 0
        self.prefixes = PrefixStore.of(model)

    def tokens(self) -> int:
        """Held by all sequences together, beginnings they share counted for each: an upper bound of the room in use."""
        return sum(len(sequence.held) for sequence in self.sequences)

    def longest_idle(self) -> list[int]:
        """The longest conversation that nobody computes."""
        return max((sequence.held for sequence in self.sequences if not sequence.busy), key=len, default=[])

    def conversations(self) -> int:
        return sum(bool(sequence.held) for sequence in self.sequences)

    def open(self, tokens: list[int], prefix: int) -> Sequence | None:
        """A sequence that holds as much of `tokens` as is known already, all but the last; None when all are busy.

        The first `prefix` tokens are read from disk when no conversation in memory has them.
        """
        sequence = self._empty()
        if sequence is None:
            return None
        sequence.busy = True
        donor, length = self._longest(tokens)
        if length < prefix - _WORTH_READING and self.prefixes.restore(self._model, sequence.number, tokens[:prefix]):
            sequence.held = tokens[:prefix]
            self.keep(sequence, min(prefix, len(tokens) - 1))
        elif donor and length:
            self._model.copy(donor.number, sequence.number, length)
            sequence.held = tokens[:length]
            donor.used = self._tick()
        return sequence

    def keep(self, sequence: Sequence, length: int) -> None:
        """Only the first `length` tokens of it; nothing where the model cannot drop a part."""
        if length < len(sequence.held):
            sequence.held = sequence.held[:length] if self._model.trim(sequence.number, length) else []

    def close(self, sequence: Sequence) -> None:
        """Nobody computes it any more; it may serve as a beginning of others."""
        sequence.busy = False
        sequence.used = self._tick()
        for other in self.sequences:  # one that this one continues is not needed beside it
            if other is not sequence and not other.busy and other.held == sequence.held[: len(other.held)]:
                self._clear(other)

    def evict(self) -> bool:
        """Drop the conversation used longest ago; False when there is none that nobody computes."""
        idle = [sequence for sequence in self.sequences if sequence.held and not sequence.busy]
        if not idle:
            return False
        self._clear(min(idle, key=lambda sequence: sequence.used))
        return True

    def _empty(self) -> Sequence | None:
        free = [sequence for sequence in self.sequences if not sequence.busy and not sequence.held]
        if not free and self.evict():
            return self._empty()
        return free[0] if free else None

    def _longest(self, tokens: list[int]) -> tuple[Sequence | None, int]:
        best, length = None, 0
        for sequence in self.sequences:
            shared = common(sequence.held, tokens[:-1])  # the last token is computed for what follows it
            if shared > length:
                best, length = sequence, shared
        return best, length

    def _clear(self, sequence: Sequence) -> None:
        self._model.trim(sequence.number, 0)
        sequence.held = []

    def _tick(self) -> int:
        self._clock += 1
        return self._clock


def common(one: list[int], other: list[int]) -> int:
    """How many tokens the two begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # comparing slices is done in C
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
