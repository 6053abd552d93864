"""Numbers, sizes and spans of time: as people write them, and as find does."""

from __future__ import annotations

import re

_ENGLISH = "zero one two three four five six seven eight nine ten eleven twelve".split()
_CHINESE = "零一二三四五六七八九十"
NUMBER = (
    r"(?:\d+(?:\.\d+)?|"
    + "|".join(_ENGLISH[1:])
    + r"|an?|fifteen|twenty|thirty|fifty|(?:a |one )?hundred|[一二两三四五六七八九十]+)"
)
"""A number in digits or words, to be put into a pattern."""

_LARGE = {"fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "a hundred": 100, "one hundred": 100}

SPAN = r"(?:sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|months?|years?|秒钟?|分钟|个?小时|天|日|周|个?星期|个?月|年)"
_SECONDS = (
    (r"s|秒", 1),
    (r"mi|分", 60),
    (r"h|个?小时", 3600),
    (r"d|天|日", 86_400),
    (r"w|周|个?星期", 7 * 86_400),
    (r"mo|个?月", 30 * 86_400),
    (r"y|年", 365 * 86_400),
)

UNIT = r"(?:bytes?|[kmgt]i?b?|kilobytes?|megabytes?|gigabytes?|字节|兆(?:字节)?)"
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "字": 0, "兆": 2}

_FIND_BLOCKS = {"": 512, "b": 512, "c": 1, "w": 2, "k": 1024, "M": 1024**2, "G": 1024**3}
_FIND_NUMBER = re.compile(r"([+-]?)(\d+)([cwbkMG]?)")


def number(text: str) -> float:
    """The value of what NUMBER matches."""
    text = text.strip().lower()
    if text[:1].isdigit():
        return float(text)
    if text in ("a", "an"):
        return 1
    if text in _ENGLISH:
        return _ENGLISH.index(text)
    return _LARGE[text] if text in _LARGE else _chinese(text)


def _chinese(text: str) -> float:
    """0 for what is no number, as in 三三两两."""
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        return 0
    return (_CHINESE.index(tens) if tens else 1) * 10 * bool(ten) + (_CHINESE.index(ones) if ones else 0)


def seconds(amount: float, unit: str) -> float:
    """A span in seconds; a month has 30 days and a year 365."""
    return amount * next(span for pattern, span in _SECONDS if re.match(pattern, unit, re.I))


def size(amount: float, unit: str) -> float:
    """Bytes, with binary units: what find and du mean by k, M and G."""
    return float(amount * 1024 ** _POWERS[unit[0].lower()])


def find_size(value: str) -> tuple[str, float, float] | None:
    """Sign, bytes and the size of a block, of the word behind -size; None when it is no number."""
    match = _FIND_NUMBER.fullmatch(value)
    if not match:
        return None
    block = _FIND_BLOCKS[match[3]]
    return match[1], int(match[2]) * block, block


def find_span(test: str, value: str) -> tuple[str, float, float] | None:
    """Sign, seconds and the grain in seconds, of -mtime, -mmin and their like."""
    match = _FIND_NUMBER.fullmatch(value)
    if not match or match[3]:
        return None
    grain = 60 if test.endswith("min") else 86_400
    return match[1], int(match[2]) * grain, grain
