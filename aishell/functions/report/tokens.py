"""A question as words: English ones as they stand, Chinese ones by the glossary, numbers, dates, and what is quoted."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from aishell.functions.report import chinese

_MONTHS = "january february march april may june july august september october november december".split()
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]+"|“[^”]+”|「[^」]+」|(?<!\w)'[^']+'(?!\w))"""
    r"|(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}[日号])"
    r"|(?P<month>\d{4}-\d{2}(?!\d)|\d{4}年\d{1,2}月)"
    r"|(?P<number>[$€£¥]?\d[\d,]*(?:\.\d+)?(?:\s?(?:million|billion|thousand)\b|[万亿]|[kK]\b)?%?)(?:st|nd|rd|th|(?P<decade>s|年代)(?!\w))?"
    rf"|(?P<han>[{_HAN}]+)|(?P<word>(?:(?![{_HAN}])[^\W\d_])+(?:['’](?:(?![{_HAN}])[^\W\d_])+)?)",
    re.VERBOSE,
)
_TIMES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "billion": 1e9, "万": 1e4, "亿": 1e8}

Sort = Literal["word", "number", "decade", "date", "month", "quoted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word of a question."""

    text: str
    low: str
    """In lower case, and in English where the glossary has it."""
    sort: Sort = "word"
    number: float = 0.0
    date: datetime.date | None = None
    known: bool = True
    """False: letters of which the glossary has no word."""
    chinese: bool = False


def tokens(question: str, names: Collection[str]) -> list[Token]:
    """`names`: titles and values that stand in the question; Chinese letters are not cut inside them."""
    found: list[Token] = []
    for match in _TOKEN.finditer(question):
        text = match[0]
        if match["quoted"]:
            found.append(Token(text=text[1:-1], low=text[1:-1].lower(), sort="quoted"))
        elif match["date"] or match["month"]:
            found.append(_dated(text, "date" if match["date"] else "month"))
        elif match["number"]:
            found.append(_number(text, match["number"], "decade" if match["decade"] else "number"))
        elif match["han"]:
            found += _han(text, names)
        else:
            found.append(Token(text=text, low=text.lower().replace("’", "'")))
    return found


def month_of(word: str) -> int:
    """1 to 12 for the name of a month, else 0."""
    names = [number for number, name in enumerate(_MONTHS, 1) if word == name or (len(word) >= 3 and name[:3] == word)]
    return names[0] if names else 0


def _dated(text: str, sort: Literal["date", "month"]) -> Token:
    parts = [int(part) for part in re.findall(r"\d+", text)]
    try:
        day = datetime.date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
    except ValueError:
        return Token(text=text, low=text, known=False)
    return Token(text=text, low=text, sort=sort, date=day)


def _number(text: str, number: str, sort: Sort) -> Token:
    scale = 1.0
    bare = number.strip("$€£¥%").lower().replace(",", "").strip()
    for word, times in _TIMES.items():
        if bare.endswith(word):
            scale, bare = times, bare.removesuffix(word).strip()
            break
    return Token(text=text, low=text.lower(), sort=sort, number=float(bare) * scale)


def _han(text: str, names: Collection[str]) -> list[Token]:
    """Cut from the left: the longest name or word that stands there; what is between them is not known."""
    found: list[Token] = []
    at = 0
    unknown = ""
    while at <= len(text):
        piece, english = _longest(text, at, names) if at < len(text) else ("", "")
        if unknown and (piece or at == len(text)):
            found.append(Token(text=unknown, low=unknown, known=False, chinese=True))
            unknown = ""
        if piece and piece in chinese.NUMBERS and not english:
            found.append(Token(text=piece, low=piece, sort="number", number=chinese.NUMBERS[piece], chinese=True))
        elif piece:
            found.append(Token(text=piece, low=english or piece, chinese=True))
        elif at < len(text):
            unknown += text[at]
        at += len(piece) or 1
    return found


def _cuts(text: str, at: int, length: int, names: Collection[str]) -> bool:
    """Whether a word would take the beginning of a name: of 平均数量, 平均数."""
    ends = range(at + length + 1, min(len(text), at + length + 12) + 1)
    return any(text[start:end] in names for start in range(at + 1, at + length) for end in ends)


def _longest(text: str, at: int, names: Collection[str]) -> tuple[str, str]:
    """A piece and its English; without any for a name or a number."""
    for length in range(min(len(text) - at, 24), 0, -1):
        piece = text[at : at + length]
        if piece in names:
            return piece, ""
        if piece in chinese.WORDS and not _cuts(text, at, length, names):
            return piece, chinese.WORDS[piece]
        if piece in chinese.NUMBERS:
            return piece, ""
    return "", ""
