"""From the words of a request to the conditions it sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from aishell.planner.constraints import names, phrases
from aishell.planner.constraints.amounts import NUMBER, SPAN, UNIT, number, seconds, size
from aishell.planner.constraints.values import Constraint

_NUMERAL = NUMBER.replace("|an?|", "|")
_FIRST_OR_LAST = re.compile(
    rf"""(?ix)\b(first|last|top|bottom)\s+({_NUMERAL})\s+(?!{SPAN}\b|char|byte|field|column|word|digit|letter)[a-z]
    |(前|最后|后|末尾)\s*({_NUMERAL})\s*(?:个|行|条|名|大)(?!{SPAN}|字符|字节|小时|月|星期)"""
)
_ONE_LINE = re.compile(r"(?i)\b(first|last)\s+line\b(?!\s+(?:number|of\s+(?:each|every|all)))|(第一|首|最后一|末)行")
_EXTREME = "largest|biggest|smallest|newest|oldest|most recent|latest"
_EXTREMES = re.compile(
    rf"""(?ix)\b({_NUMERAL})\s+({_EXTREME})\b|\b({_EXTREME})\s+({_NUMERAL})\s+[a-z]
    |最(大|小|新|旧|老|早|近)的?(?:前)?\s*({_NUMERAL})\s*个"""
)
_ENDS: dict[str, str] = {
    **dict.fromkeys(("first", "top", "前", "第一", "首"), "first"),
    **dict.fromkeys(("last", "bottom", "最后", "后", "末尾", "最后一", "末"), "last"),
    **dict.fromkeys(("largest", "biggest", "大"), "largest"),
    **dict.fromkeys(("smallest", "小"), "smallest"),
    **dict.fromkeys(("newest", "latest", "most recent", "新", "近"), "newest"),
    **dict.fromkeys(("oldest", "旧", "老", "早"), "oldest"),
}
_SIZE = re.compile(
    rf"""(?ix)(?:\b(larger|bigger|greater|more|over|above|exceed\w*|at\s+least)|\b(smaller|less|under|below|at\s+most))\s+
    (?:than\s+|of\s+)?(?:or\s+equal\s+to\s+)?({NUMBER})\s*({UNIT})\b
    |(?:(大于|超过|不小于|至少|多于)|(小于|不到|低于|不超过|少于|不足))\s*(\d+(?:\.\d+)?)\s*({UNIT})"""
)
_YOUNGER = re.compile(
    rf"""(?ix)\b(?:last|past|previous)\s+(?:({NUMBER})\s+)?({SPAN})\b
    |\b(?:less\s+than|under|not\s+more\s+than)\s+({NUMBER})\s+({SPAN})\s+(?:ago|old)\b
    |\b(?:within|newer\s+than|younger\s+than)\s+(?:the\s+last\s+)?({NUMBER})\s+({SPAN})\b
    |(?:最近|过去|近)\s*({NUMBER})?\s*({SPAN})|({NUMBER})\s*({SPAN})(?:以|之)?内"""
)
_OLDER = re.compile(
    rf"""(?ix)\b(?:more\s+than|over|at\s+least|greater\s+than|longer\s+than)\s+({NUMBER})\s+({SPAN})\s+(?:ago|old)\b
    |\bolder\s+than\s+({NUMBER})\s+({SPAN})\b
    |(?:超过|早于|大于)\s*({NUMBER})\s*({SPAN})|({NUMBER})\s*({SPAN})(?:以|之)?前"""
)
_TODAY = re.compile(r"(?i)\b(?:changed|modified|created|edited|accessed)(?: \w+)? today\b|今天(?:修改|更改|创建|改动|访问)")
_STAMPS = (("a", re.compile(r"(?i)\baccess|访问")), ("m", re.compile(r"(?i)\bmodifi|修改")))
_PLAIN_NUMBER = re.compile(r"(?<![A-Za-z0-9_.:/-])\d{1,6}(?![A-Za-z0-9_.:/-])")
_WHOLE = re.compile(r"\s+")
_ANY = re.compile(r"\*?\.\w+$")


def extract(request: str) -> tuple[Constraint, ...]:
    """The conditions that `request` sets, each once, in no promised order; one of kind "scope" is always there."""
    text = _WHOLE.sub(" ", request).strip()
    bare = names.without_quotes(text)
    found = [*_phrased(bare), *_counted(bare), *_sorted(bare), *_limits(bare), *_times(bare), *_sizes(bare)]
    found += [*names.given(text), *names.files(text), *_purpose(bare)]
    found += _numbers(bare, found)
    kinds = {constraint.kind for constraint in found}
    spared = {
        constraint.value.rpartition(".")[2]
        for constraint in found
        if constraint.kind == "except" and _ANY.match(constraint.value)
    }
    found = [constraint for constraint in found if not (constraint.kind == "extension" and constraint.value in spared)]
    if "shallow" in kinds:  # "do not recurse" also says "recurse"
        found = [constraint for constraint in found if constraint.kind != "deep"]
    if any(c.kind == "hidden" and c.way == "less" for c in found):
        found = [c for c in found if not (c.kind == "hidden" and c.way == "more")]
    found.append(Constraint(kind="scope", words="", value=text))
    return tuple({(c.kind, c.value, c.amount, c.way): c for c in reversed(found)}.values())[::-1]


def _phrased(text: str) -> Iterator[Constraint]:
    for phrase, pattern in phrases.PHRASES:
        if match := pattern.search(text):
            yield Constraint(kind=phrase.kind, words=_shown(match), value=phrase.value, way=phrase.way)


def _counted(text: str) -> Iterator[Constraint]:
    if match := phrases.COUNTS.search(text):
        behind = text[match.start() : match.end() + 40]
        unit = next((unit for unit, pattern in phrases.COUNTED if pattern.search(behind)), "")
        yield Constraint(kind="count", words=_shown(match), value=unit)


def _sorted(text: str) -> Iterator[Constraint]:
    match = phrases.SORTS.search(text)
    if not match:
        return
    around = text[max(0, match.start() - 24) : match.end() + 40]
    key = next((key for key, pattern in phrases.SORT_KEYS if pattern.search(around)), "")
    way: Literal["", "up", "down"] = "down" if phrases.DOWN.search(around) else "up" if phrases.UP.search(around) else ""
    yield Constraint(kind="sorted", words=_shown(match), value=key, way=way)


def _limits(text: str) -> Iterator[Constraint]:
    for match in _FIRST_OR_LAST.finditer(text):
        end, many = (match[1], match[2]) if match[1] else (match[3], match[4])
        yield _limit(match, end, number(many))
    for match in _EXTREMES.finditer(text):
        pairs = ((match[2], match[1]), (match[3], match[4]), (match[5], match[6]))
        end, many = next(pair for pair in pairs if pair[0])
        yield _limit(match, end, number(many))
    if line := _ONE_LINE.search(text):
        yield _limit(line, line[1] or line[2], 1)


def _limit(match: re.Match[str], end: str, amount: float) -> Constraint:
    return Constraint(kind="limit", words=_shown(match), value=_ENDS[end.lower()], amount=amount)


def _times(text: str) -> Iterator[Constraint]:
    stamp = next((stamp for stamp, pattern in _STAMPS if pattern.search(text)), "")
    ways: tuple[tuple[Literal["less", "more"], re.Pattern[str]], ...] = (("less", _YOUNGER), ("more", _OLDER))
    for way, pattern in ways:
        for match in pattern.finditer(text):
            groups = match.groups()
            unit_at = next(at for at in range(1, len(groups), 2) if groups[at])
            span = seconds(number(groups[unit_at - 1] or "1"), groups[unit_at])
            yield Constraint(kind="time", words=_shown(match), value=stamp, amount=span, way=way)
    if today := _TODAY.search(text):
        yield Constraint(kind="time", words=_shown(today), value=stamp, amount=86_400, way="less")


def _sizes(text: str) -> Iterator[Constraint]:
    for match in _SIZE.finditer(text):
        more, _less, many, unit = match.groups()[:4] if match[4] else match.groups()[4:]
        yield Constraint(kind="size", words=_shown(match), amount=size(number(many), unit), way="more" if more else "less")


def _numbers(text: str, found: list[Constraint]) -> Iterator[Constraint]:
    """Numbers above one that no condition found so far speaks of."""
    explained = " ".join(constraint.words for constraint in found)
    for match in _PLAIN_NUMBER.finditer(text):
        if match[0] not in explained and int(match[0]) > 1:
            yield Constraint(kind="number", words=match[0], value=match[0])


def _purpose(text: str) -> Iterator[Constraint]:
    """Whether anything is to be changed at all, and how."""
    for action, pattern in phrases.ACTIONS:
        if match := pattern.search(text):
            yield Constraint(kind="action", words=_shown(match), value=action)
    for reads, changes in phrases.QUESTIONS:
        if match := reads.search(text):
            if not changes.search(phrases.CHANGED.sub(" ", text)):
                yield Constraint(kind="question", words=_shown(match))
            return


def _shown(match: re.Match[str]) -> str:
    return match[0].strip(" \1,.;")
