"""How a cell looks: colours and the few attributes that SGR sequences switch on and off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

Colour = int | tuple[int, int, int] | None
"""A place in the palette of 256, red green blue, or the usual colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    foreground: Colour = None
    background: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Pen()

_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},  # double
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
}
# 5 and 6, blinking, are left out: it disturbs. So is 8, which would hide text.


@lru_cache(maxsize=4096)
def repainted(pen: Pen, parameters: str) -> Pen:
    """`pen` after an SGR sequence with these parameters. Programs use few of them: the answer is nearly always remembered."""
    codes = [[_number(part) for part in group.split(":")] for group in parameters.split(";")]
    at = 0
    while at < len(codes):
        code = codes[at]
        at += 1
        if code[0] in (38, 48):
            colour, used = _extended(code[1:]) if len(code) > 1 else _extended([group[0] for group in codes[at : at + 4]])
            at += used if len(code) == 1 else 0
            pen = replace(pen, foreground=colour) if code[0] == 38 else replace(pen, background=colour)
        else:
            pen = _switched(pen, code)
    return PLAIN if pen == PLAIN else pen


def _switched(pen: Pen, code: list[int]) -> Pen:
    match code:
        case [0, *_]:
            return PLAIN
        case [4, 0]:
            return replace(pen, underline=False)
        case [number, *_] if number in _SWITCHES:
            return replace(pen, **_SWITCHES[number])
        case [number, *_] if 30 <= number <= 37 or 90 <= number <= 97:
            return replace(pen, foreground=_basic(number))
        case [number, *_] if 40 <= number <= 47 or 100 <= number <= 107:
            return replace(pen, background=_basic(number - 10))
        case [39, *_]:
            return replace(pen, foreground=None)
        case [49, *_]:
            return replace(pen, background=None)
    return pen


def _basic(number: int) -> int:
    return number - 30 if number < 90 else number - 90 + 8


def _extended(rest: list[int]) -> tuple[Colour, int]:
    """The colour that follows 38 or 48, and how many numbers it took."""
    match rest:
        case [5, place, *_]:
            return min(place, 255), 2
        case [2, _, red, green, blue]:  # with colons there may be a colour space
            return (min(red, 255), min(green, 255), min(blue, 255)), 5
        case [2, red, green, blue]:
            return (min(red, 255), min(green, 255), min(blue, 255)), 4
    return None, len(rest)


def _number(text: str) -> int:
    """Absent ones are 0; a longer one than three digits is no code."""
    return int(text) if text and len(text) <= 3 else 0
