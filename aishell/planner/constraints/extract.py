"""From the words of a request to the conditions it sets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from aishell.planner.constraints import names, order, phrases, sorts
from aishell.planner.constraints.amounts import NUMBER, SPAN, UNIT, number, seconds, size
from aishell.planner.constraints.values import Constraint

_NUMERAL = NUMBER.replace("|an?|", "|")
_ENTRIES = (
    r"(?:lines?|files?|rows?|entr(?:y|ies)|records?|results?|process(?:es)?|director(?:y|ies)|folders?|items?|commits?|commands?"
    r"|match(?:es)?|packages?|logs?|messages?|jobs?|users?|images?|names?|ones?|largest|biggest|newest|oldest)\b"
)
_FIRST_OR_LAST = re.compile(
    rf"""(?ix)\b(first|last|top|bottom)\s+({_NUMERAL})\s+(?:\w+\s+)?{_ENTRIES}
    |(前|最后|后|末尾)\s*({_NUMERAL})\s*(?:个|行|条|名|大)(?!{SPAN}|字符|字节|小时|月|星期)"""
)
_LEFT_OUT = re.compile(
    r"(?i)(?:\b(?:remov|delet|skip|drop|cut|strip|trim|ignor|omit|exclud|discard)\w*|\bwithout|\bexcept|\bbut"
    r"|去掉|删除|除了?|忽略)\W*(?:\w+ ){0,3}$"
)
"""Words before "the last two lines" that mean all others."""
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
    rf"""(?ix)(?<!not\ )(?<!no\ )(?<!不)
    (?:\b(larger|bigger|greater|more|over|above|exceed\w*|at\s+least)|\b(smaller|less|under|below|at\s+most))\s+
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
    rf"""(?ix)(?<!not\ )(?<!no\ )
    \b(?:more\s+than|over|at\s+least|greater\s+than|longer\s+than)\s+({NUMBER})\s+({SPAN})\s+(?:ago|old)\b
    |\bolder\s+than\s+({NUMBER})\s+({SPAN})\b
    |(?:超过|早于|大于)\s*({NUMBER})\s*({SPAN})|({NUMBER})\s*({SPAN})(?:以|之)?前"""
)
_UNTOUCHED = re.compile(
    r"(?i)(?:\bnot|n't|\bnever)\b[^,.;\0]{0,40}\0|(?:没有?|未|不曾)[^,，。\0]{0,6}\0|\0[^,，。]{0,6}(?:没有?|未|不曾)"
)
"""The words around a span (here NUL) that turn it round: what was not changed in the last week is older than a week."""
_LESS_THAN = re.compile(r"(?:不到|不足|少于|小于|不超过)\s*\0")
_TODAY = re.compile(r"(?i)\b(?:changed|modified|created|edited|accessed)(?: \w+)? today\b|今天(?:修改|更改|创建|改动|访问)")
_STAMPS = (("a", re.compile(r"(?i)\baccess|访问")), ("m", re.compile(r"(?i)\bmodifi|修改")))
_LEVELS = re.compile(r"(?i)(?<!any )(?<!all )\b(?:levels?|depth)\b|[一二两三四五\d]\s*[层级]")
_PLAIN_NUMBER = re.compile(rf"(?i)(?<![A-Za-z0-9_.:/-])\d{{1,6}}(?![A-Za-z0-9_.:/-]|\s*{SPAN}\b)")
_LONGEST = 2000
_WHOLE = re.compile(r"\s+")
_ANY = re.compile(r"\*?\.\w+$")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, and the same with names and quoted strings blanked out: places in one are places in the other."""

    text: str
    bare: str

    def words(self, match: re.Match[str]) -> str:
        """What `match`, found in `bare`, is in the request itself."""
        return self.text[match.start() : match.end()].strip(" ,.;")


def extract(request: str, endings: Collection[str] = ()) -> tuple[Constraint, ...]:
    """The conditions that `request` sets, each once, in no promised order; one of kind "scope" is always there.

    `endings`: of the files that it may be about, so that "the dat files" are understood. Looks at the first 2,000
    characters: nobody sets a condition behind them, and a pasted file may be megabytes.
    """
    text = _WHOLE.sub(" ", request[:_LONGEST]).strip()
    asked = _Asked(text, names.without_quotes(text))
    found = [*_phrased(asked), *_counted(asked), *_sorted(asked), *_limits(asked), *_times(asked), *_sizes(asked)]
    found += [*names.given(text), *names.files(text, endings), *_purpose(asked)]
    found += _numbers(asked, found)
    excepted = {constraint.value for constraint in found if constraint.kind == "except"}
    if not any(constraint.kind in ("extension", "name") and constraint.value not in excepted for constraint in found):
        found += [Constraint(kind="sort", words=asked.words(match), value=sort) for sort, match in sorts.sorts(asked.bare)]
    spared = {
        constraint.value.rpartition(".")[2]
        for constraint in found
        if constraint.kind == "except" and _ANY.match(constraint.value)
    }
    found = [constraint for constraint in found if not (constraint.kind == "extension" and constraint.value in spared)]
    found = _one_depth(text, found)
    if any(c.kind == "hidden" and c.way == "less" for c in found):
        found = [c for c in found if not (c.kind == "hidden" and c.way == "more")]
    found.append(Constraint(kind="scope", words="", value=text))
    return tuple({(c.kind, c.value, c.amount, c.way): c for c in reversed(found)}.values())[::-1]


def _one_depth(text: str, found: list[Constraint]) -> list[Constraint]:
    """ "Do not recurse" also says "recurse"; a request that asks for both means different parts of itself,
    and one that names a depth ("two levels down") has to be read by others."""
    shallow = [constraint.words for constraint in found if constraint.kind == "shallow"]
    deep = [constraint.words for constraint in found if constraint.kind == "deep"]
    both = shallow and any(words not in one for words in deep for one in shallow)
    if both or _LEVELS.search(text):
        return [constraint for constraint in found if constraint.kind not in ("shallow", "deep")]
    return [constraint for constraint in found if constraint.kind != "deep"] if shallow else found


def _phrased(asked: _Asked) -> Iterator[Constraint]:
    for phrase, pattern in phrases.PHRASES:
        if match := pattern.search(asked.bare):
            yield Constraint(kind=phrase.kind, words=asked.words(match), value=phrase.value, way=phrase.way)


def _counted(asked: _Asked) -> Iterator[Constraint]:
    if match := phrases.COUNTS.search(asked.bare):
        behind = asked.bare[match.start() : match.end() + 40]
        unit = next((unit for unit, pattern in phrases.COUNTED if pattern.search(behind)), "")
        yield Constraint(kind="count", words=asked.words(match), value=unit)


def _sorted(asked: _Asked) -> Iterator[Constraint]:
    match = order.SORTS.search(asked.bare)
    if not match:
        return
    around = asked.bare[max(0, match.start() - 24) : match.end() + 40]
    key = next((key for key, pattern in order.SORT_KEYS if pattern.search(around)), "")
    way: Literal["", "up", "down"] = "down" if order.DOWN.search(around) else "up" if order.UP.search(around) else ""
    yield Constraint(kind="sorted", words=asked.words(match), value=key, way=way)


def _limits(asked: _Asked) -> Iterator[Constraint]:
    for match in _FIRST_OR_LAST.finditer(asked.bare):
        if _LEFT_OUT.search(asked.bare[: match.start()]):
            continue
        end, many = (match[1], match[2]) if match[1] else (match[3], match[4])
        yield _limit(asked, match, end, number(many))
    for match in _EXTREMES.finditer(asked.bare):
        pairs = ((match[2], match[1]), (match[3], match[4]), (match[5], match[6]))
        end, many = next(pair for pair in pairs if pair[0])
        yield _limit(asked, match, end, number(many))
    if (line := _ONE_LINE.search(asked.bare)) and not _LEFT_OUT.search(asked.bare[: line.start()]):
        yield _limit(asked, line, line[1] or line[2], 1)


def _limit(asked: _Asked, match: re.Match[str], end: str, amount: float) -> Constraint:
    return Constraint(kind="limit", words=asked.words(match), value=_ENDS[end.lower()], amount=amount)


def _times(asked: _Asked) -> Iterator[Constraint]:
    stamp = next((stamp for stamp, pattern in _STAMPS if pattern.search(asked.bare)), "")
    ways: tuple[tuple[Literal["less", "more"], re.Pattern[str]], ...] = (("less", _YOUNGER), ("more", _OLDER))
    for way, pattern in ways:
        for match in pattern.finditer(asked.bare):
            groups = match.groups()
            unit_at = next(at for at in range(1, len(groups), 2) if groups[at])
            span = seconds(number(groups[unit_at - 1] or "1"), groups[unit_at])
            yield Constraint(kind="time", words=asked.words(match), value=stamp, amount=span, way=_way(asked, match, way))
    if today := _TODAY.search(asked.bare):
        yield Constraint(kind="time", words=asked.words(today), value=stamp, amount=86_400, way=_way(asked, today, "less"))


def _way(asked: _Asked, span: re.Match[str], way: Literal["less", "more"]) -> Literal["less", "more"]:
    """Which way a span is meant, where the words around it turn it round."""
    around = f"{asked.bare[: span.start()]}\0{asked.bare[span.end() :]}"
    if _LESS_THAN.search(around):
        return "less"
    return "more" if _UNTOUCHED.search(around) else way


def _sizes(asked: _Asked) -> Iterator[Constraint]:
    for match in _SIZE.finditer(asked.bare):
        more, _less, many, unit = match.groups()[:4] if match[4] else match.groups()[4:]
        yield Constraint(kind="size", words=asked.words(match), amount=size(number(many), unit), way="more" if more else "less")


def _numbers(asked: _Asked, found: list[Constraint]) -> Iterator[Constraint]:
    """Numbers above one that no condition found so far speaks of."""
    explained = " ".join(constraint.words for constraint in found)
    for match in _PLAIN_NUMBER.finditer(asked.bare):
        if match[0] not in explained and int(match[0]) > 1:
            yield Constraint(kind="number", words=match[0], value=match[0])


def _purpose(asked: _Asked) -> Iterator[Constraint]:
    """Whether anything is to be changed at all, and how."""
    for action, pattern in phrases.ACTIONS:
        if match := pattern.search(asked.bare):
            yield Constraint(kind="action", words=asked.words(match), value=action)
    for reads, changes in phrases.QUESTIONS:
        if match := reads.search(asked.bare):
            if not changes.search(phrases.CHANGED.sub(" ", asked.bare)):
                yield Constraint(kind="question", words=asked.words(match), value=asked.text)
            return
