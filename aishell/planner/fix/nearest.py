"""Which of many names a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

_ROWS = ("1234567890-", "qwertyuiop", "asdfghjkl;", "zxcvbnm,./")
_NEIGHBOURS = frozenset(
    (row[at], other)
    for number, row in enumerate(_ROWS)
    for at in range(len(row))
    for other in (
        *row[max(0, at - 1) : at + 2],
        *(_ROWS[number - 1][at : at + 2] if number else ""),
        *(_ROWS[number + 1][max(0, at - 1) : at + 1] if number < len(_ROWS) - 1 else ""),
    )
    if other != row[at]
)
_SWAPPED, _DOUBLED, _NEIGHBOUR, _CASE = 0.6, 0.6, 0.7, 0.1
"""What the usual slips cost; any other letter that is missing, added or wrong costs 1."""
_SHUFFLED = 0.9
"""At most, for all the right letters in another order: fingers were too fast."""
_FIRST = 0.3
"""More for a wrong first letter: people look at it."""


class Near(NamedTuple):
    name: str
    cost: float


def distance(wrong: str, right: str, most: float) -> float:
    """What the slips from `right` to `wrong` cost, letters swapped included; more than `most` when it is more."""
    if abs(len(wrong) - len(right)) > most / _DOUBLED:
        return most + 1
    if "-" in wrong and sorted(wrong.split("-")) == sorted(right.split("-")):
        return _SWAPPED
    if len(wrong) > 3 and sorted(wrong) == sorted(right):
        return min(_SHUFFLED, _slips(wrong, right, _SHUFFLED))
    return _slips(wrong, right, most)


def _slips(wrong: str, right: str, most: float) -> float:
    before: list[float] = []
    row = [float(at) for at in range(len(right) + 1)]
    for i, a in enumerate(wrong, 1):
        two, before, row = before, row, [row[0] + 1]
        for j, b in enumerate(right, 1):
            swapped = two[j - 2] + _SWAPPED if i > 1 and j > 1 and a == right[j - 2] and wrong[i - 2] == b and a != b else 99.0
            extra = _DOUBLED if i > 1 and a == wrong[i - 2] else 1.0
            left_out = _DOUBLED if j > 1 and b == right[j - 2] else 1.0
            row.append(min(before[j] + extra, row[j - 1] + left_out, before[j - 1] + _letter(a, b), swapped))
        if min(row) > most and (not before or min(before) > most):
            return most + 1
    return row[-1] + (_FIRST if wrong[:1].lower() != right[:1].lower() and wrong[:2] != right[1::-1] else 0.0)


def _letter(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a.lower() == b.lower() or {a, b} == {"-", "_"}:
        return _CASE
    return _NEIGHBOUR if (a.lower(), b.lower()) in _NEIGHBOURS else 1.0


def room(name: str) -> float:
    """How much may be wrong with a name of this length for it still to be recognised."""
    return 1.0 if len(name) <= 3 else 1.4 if len(name) <= 4 else 2.0 if len(name) <= 7 else 0.3 * len(name)


def nearest(
    wrong: str, names: Iterable[str], *, most: float | None = None, liked: Callable[[str], float] = lambda _name: 0.0
) -> list[Near]:
    """Those of `names` that `wrong` may have been meant to be, nearest first. `liked`: what likely ones are worth."""
    limit = room(wrong) if most is None else most
    found = {}
    for name in names:
        if name != wrong and name:
            cost = distance(wrong, name, limit)
            if cost <= limit:
                found[name] = cost - liked(name)
    return [Near(name, cost) for name, cost in sorted(found.items(), key=lambda item: (item[1], len(item[0]), item[0]))]


def sureness(found: list[Near]) -> float:
    """How sure it is that the first was meant: the nearer, and the farther the second, the surer."""
    if not found:
        return 0.0
    sure = 0.97 - 0.12 * max(0.0, found[0].cost)
    lead = found[1].cost - found[0].cost if len(found) > 1 else 1.0
    return max(0.1, sure if lead >= 0.25 else sure - 0.2 if lead >= 0.05 else sure - 0.3)
