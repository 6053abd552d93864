"""Where names stand in a text, and what their form tells of them: no list of names is needed for either."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aishell.functions.chinese_names import TITLE
from aishell.functions.languages import east_asian
from aishell.functions.results import Kind

_ORGANIZATION = re.compile(
    r"\b(?:Inc|Corp|Ltd|LLC|GmbH|AG|plc|PLC|Co|University|College|Institute|Bank|Ministry|Department|Agency|Association|Committee"
    r"|Council|Commission|Company|Group|Party|Union|Foundation|Club|FC|Court|Parliament|Senate|Police)\.?$"
    r"|^(?:University|Bank|Ministry|Department) of\b"
    r"|(?:公司|集团|银行|大学|学院|委员会|部|局|法院|医院|协会|学会|党|政府|俱乐部|报社|出版社|新华社|通讯社|研究所|总工会|联合会|中心|院|中央|大会)$"
)
_PLACE = re.compile(
    r"\b(?:Street|Avenue|River|Lake|Island|Islands|Mountains|City|County|Province|Sea|Ocean|Valley|Airport)$"
    r"|(?:省|市|县|区|镇|村|岛|湖|江|河|山|洲|海峡|半岛|机场|路|街)$"
)
_PERSON = re.compile(r"^(?:Mr|Mrs|Ms|Dr|Prof|Sir|President|Minister)\.?\s")
_TITLES = re.compile(rf"^(?:(?:Mr|Mrs|Ms|Dr|Prof)\.?\s+|the\s+)|(?<=.){TITLE}$", re.I)
_SHORT = 3
"""Characters of a word such as 研究所 or 全党, which only looks like an organization's name."""
_LONGEST_PERSON = 5
"""Characters of a person's name in Chinese, Japanese or Korean."""
_AMOUNT = re.compile(
    r"(?:[$€£¥]|US\$|RMB)\s?\d[\d,.]*(?:\s?(?:million|billion|thousand|[kKmM]\b|万|亿))?"
    r"|\d[\d,.]*\s?(?:%|percent\b|per cent\b|euros?\b|dollars?\b|pounds?\b|yuan\b|USD\b|EUR\b|万元|亿元|美元|欧元|元|％)"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b|\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?\b"
    rf"|\b\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?\b|\b{_MONTH}\s\d{{4}}\b"
    r"|(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}[日号])?|\d{4}年"
)


def by_form(name: str) -> Kind | None:
    """What a name's own form says it is; None when it says nothing."""
    if _PERSON.search(name):
        return "person"
    if _ORGANIZATION.search(name) and len(name) > _SHORT:
        return "organization"
    return "place" if _PLACE.search(name) and len(name) > 1 else None


def bare(name: str) -> str:
    """A name without its title or article."""
    return _TITLES.sub("", name.strip(" \t\n\"'“”‘’《》.,，。")).strip()


def could_be(name: str) -> bool:
    """Whether it may be a name at all: in letters that have capitals, it has one."""
    return east_asian(name) or name.lower() != name or name.upper() == name


def has_form(name: str, kind: Kind) -> bool:
    """Whether a name may be of that kind: a person's in Chinese has few characters, or a dot between its parts."""
    return kind != "person" or not east_asian(name) or "·" in name or len(name) <= _LONGEST_PERSON


def places(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Everywhere a name stands in a text: as words of its own, in Chinese one of a single character before a title."""
    if not name:
        return
    pattern = re.escape(name)
    if not east_asian(name):
        pattern = rf"(?<!\w){pattern}(?!\w)"
    elif len(name) == 1:  # a surname, where it has a title; anywhere else the character is a part of other words
        pattern = rf"{pattern}(?={TITLE})"
    for match in re.finditer(pattern, text):
        yield match.span()


def dates_and_amounts(text: str, kinds: frozenset[Kind]) -> Iterator[tuple[Kind, int, int]]:
    """Dates and amounts, which have forms of their own."""
    if "date" in kinds:
        for match in _DATE.finditer(text):
            yield "date", *match.span()
    if "amount" in kinds:
        for match in _AMOUNT.finditer(text):
            yield "amount", *match.span()
