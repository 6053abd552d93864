"""How likely each line is to be the next one, from what came before it: a Markov model of variable order, without training.

The lines seen in a context vote for themselves, newer ones with more weight; a context with few votes gives way to the more
general one behind it: both lines before > the line before > its template > its head > its program > the folder > everything. So
    p(line | context) = (votes(line) + k * p(line | more general context)) / (all votes + k)
which is Dirichlet smoothing. A vote may also be for a pattern: `cd` with the argument of the `mkdir` before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aishell.suggest.past import Past
from aishell.suggest.shape import Shape, filled, shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Tuned on half of the histories that `bench/suggest.py` was given, and measured on the other half."""

    seen: int = 60
    """The newest occurrences of a context that vote."""
    fade: float = 0.5
    """The n-th newest vote counts n ** -fade."""
    age: float = 0.8
    """Of a line by itself: an occurrence n lines ago counts n ** -age."""
    both: float = 0.3
    line: float = 2.0
    template: float = 6.0
    head: float = 4.0
    program: float = 4.0
    folder: float = 4.0
    """How many votes of its own a context must have to weigh as much as the more general one. Twice or half of each changes the
    keys saved by less than 1 %."""


@dataclass(frozen=True, slots=True)
class _Context:
    name: str
    votes: dict[str, float]
    total: float
    yields: float


class Likely:
    """Of one prompt: made once behind a line, asked at each key."""

    def __init__(self, past: Past, before: tuple[str, ...], folder: str, weights: Weights) -> None:
        """`before`: the lines sent before, newest last."""
        self._past = past
        self._weights = weights
        self._folder = folder
        self._all = _power_sum(len(past), weights.age)
        self._contexts = list(self._made(before))

    def likely(self, line: str) -> float:
        """The probability that `line` comes next."""
        known = self._by_itself(line)
        for context in self._contexts:
            known = (context.votes.get(line, 0.0) + context.yields * known) / (context.total + context.yields)
        return known

    def voted(self) -> Iterator[str]:
        """Each line that a context names, of the narrowest contexts first."""
        for context in reversed(self._contexts):
            yield from context.votes

    def why(self, line: str) -> str:
        """What speaks most for `line`, in words."""
        for context in reversed(self._contexts):
            if context.votes.get(line, 0.0) * 3 > context.total:
                return context.name
        count = self._past.count.get(line, 0)
        return f"typed {count} times" if count > 1 else "typed before" if count else "made of the line before"

    def _made(self, before: tuple[str, ...]) -> Iterator[_Context]:
        past, weights = self._past, self._weights
        here = past.here.newest(self._folder, weights.seen) if self._folder else iter(())
        yield self._context("used in this folder", here, None, weights.folder)
        if not before:
            return
        last = before[-1].strip()
        own = shape(last)
        named = (
            (f"often follows {own.program}", past.run.newest(own.program, weights.seen), weights.program),
            (f"often follows {own.head}", past.headed.newest(own.head, weights.seen), weights.head),
            (f"often follows {own.template}", past.alike.newest(own.template, weights.seen), weights.template),
        )
        for name, places, yields in named:
            yield self._context(name, (at + 1 for at in places), own, yields)
        same = list(past.same.newest(last, weights.seen))
        yield self._context("follows this line", (at + 1 for at in same), None, weights.line)
        if len(before) > 1:
            first = before[-2].strip()
            both = (at + 1 for at in same if at and past.lines[at - 1] == first)
            yield self._context("follows these two lines", both, None, weights.both)

    def _context(self, name: str, places: Iterable[int], own: Shape | None, yields: float) -> _Context:
        votes: dict[str, float] = {}
        total = 0.0
        lines, carried, fade = self._past.lines, self._past.carried, self._weights.fade
        for number, at in enumerate((place for place in places if place < len(lines)), 1):
            vote = number**-fade
            total += vote
            line = lines[at]
            votes[line] = votes.get(line, 0.0) + vote
            if own and (mark := carried.get(at)) and (made := filled(mark, own)) and made != line:
                votes[made] = votes.get(made, 0.0) + vote
        return _Context(name, votes, total, yields)

    def _by_itself(self, line: str) -> float:
        now, age = len(self._past), self._weights.age
        found = [now - at for at in self._past.same.newest(line, 24)]
        more = self._past.count.get(line, 0) - len(found)
        weight = sum(away**-age for away in found) + more * now**-age
        return weight / self._all if found else 0.0


def _power_sum(count: int, age: float) -> float:
    """1 ** -age + ... + count ** -age, near enough."""
    grown: float = float(count + 1) ** (1.0 - age)
    return 1.0 + (grown - 1.0) / (1.0 - age)
