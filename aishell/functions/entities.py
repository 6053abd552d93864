"""Who and what a text names: the model lists names, the text proves them, and their kinds are weighed.

Nothing that does not stand in the text is given back. Dates and amounts are found by their form alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from aishell.core.types import Prompt
from aishell.functions.asking import Model, NoChances, conversation, distribution, each
from aishell.functions.chinese_names import candidates, countries, taken_apart
from aishell.functions.cut import clipped, parts
from aishell.functions.languages import chinese, east_asian
from aishell.functions.results import Entities, Entity, Kind
from aishell.functions.spans import bare, by_form, could_be, dates_and_amounts, has_form, places

NAMED: tuple[Kind, ...] = ("person", "place", "organization")
KINDS: tuple[Kind, ...] = (*NAMED, "date", "amount")
_PART = 400
"""Tokens looked at at a time: of more a small model forgets names."""
_LONGEST = 4000
"""Tokens of a text: minutes of work."""
_MOST = 24
"""Names of one kind in a part."""
_FIELDS: dict[str, Kind] = {"people": "person", "places": "place", "organizations": "organization"}
_SURE = 0.6
_Listed = tuple[Kind, float]
"""What a name stands for as it was listed, and the probability of another kind from which that is believed: of what the model
listed itself `_SURE`, of what the segmenter takes for a name any."""
_LIST = (
    "You list the names in the user's text exactly as they are written there: people, places (countries, cities, rivers), "
    "organizations (companies, teams, parties, authorities, newspapers). Each name once, nothing that is no name. JSON only."
)
_EXAMPLES: tuple[tuple[str, dict[str, list[str]]], ...] = (
    (
        "Text: Maria Lopez of Northwind Foods said in Oslo that Norway and the Harbour Bank would pay the Winter Cup.",
        {
            "people": ["Maria Lopez"],
            "places": ["Oslo", "Norway"],
            "organizations": ["Northwind Foods", "Harbour Bank"],
        },
    ),
    (
        "Text: BASKETBALL - RIVERTON BEAT LAKEVIEW 88-71 IN CANADA .",
        {"people": [], "places": ["CANADA"], "organizations": ["RIVERTON", "LAKEVIEW"]},
    ),
    (
        "Text: 王小梅昨天在杭州说，东方纺织公司将与挪威的海港银行合作，市教育局表示欢迎。",
        {"people": ["王小梅"], "places": ["杭州", "挪威"], "organizations": ["东方纺织公司", "海港银行", "市教育局"]},
    ),
    ("Text: 这几天天气很好，大家都出去散步了。", {"people": [], "places": [], "organizations": []}),
)
_GRAMMAR = json.dumps(
    {
        "type": "object",
        "properties": {
            field: {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 80}, "maxItems": _MOST}
            for field in _FIELDS
        },
        "required": list(_FIELDS),
        "additionalProperties": False,
    }
)
_STRING = r'"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_KIND = (
    "You decide what a name in a text stands for: person, place (also a country, or its team), organization, or other. "
    "You answer with that word alone."
)
_SPEECH = "Text: Maria Lopez of Northwind Foods said in Oslo that sales had risen."
_CUP = "Text: Norway lost two games of the Winter Cup."
_KIND_EXAMPLES = (
    (f"{_SPEECH}\nName: Northwind Foods", "organization"),
    (f"{_SPEECH}\nName: Oslo", "place"),
    (f"{_SPEECH}\nName: Maria Lopez", "person"),
    (f"{_CUP}\nName: Norway", "place"),
    (f"{_CUP}\nName: Winter Cup", "other"),
    ("Text: 这家工厂在五月推出了新款手机。\nName: 手机", "other"),
)
_VISIT = "Text: 王小梅校长昨天在杭州对记者说，双方将加强合作，全市人民都很高兴。"
_DINNER = "Text: 东方纺织公司的代表团访问了挪威，并出席了欢迎宴会。"
_CHINESE_KIND_EXAMPLES = (
    (f"{_VISIT}\nName: 王小梅", "person"),
    (f"{_VISIT}\nName: 全市人民", "other"),
    (f"{_VISIT}\nName: 杭州", "place"),
    (f"{_VISIT}\nName: 双方", "other"),
    (f"{_DINNER}\nName: 东方纺织公司", "organization"),
    (f"{_DINNER}\nName: 欢迎", "other"),
    (f"{_DINNER}\nName: 挪威", "place"),
    (f"{_DINNER}\nName: 代表团", "other"),
)


class Naming:
    """Finds what texts name."""

    def __init__(self, model: Model, kinds: Sequence[Kind] = NAMED, *, weigh: bool = True) -> None:
        self._model = model
        self._kinds = frozenset(kinds)
        self._weigh = weigh

    async def __call__(self, text: str) -> Entities:
        """Raises ModelUnavailable."""
        text, note = clipped(text, _LONGEST)
        found: dict[tuple[int, int], Kind] = {}
        dropped: list[str] = []
        if self._kinds & set(NAMED):
            start = 0
            pieces = parts(text, _PART)
            for part, (kinds, made_up) in zip(pieces, await each(self._named, pieces), strict=True):
                dropped += made_up
                for name, kind in kinds.items():
                    found |= {(start + at, start + end): kind for at, end in places(name, part)}
                start += len(part)
        if chinese(text):
            found |= dict.fromkeys(countries(text), "place")
        found |= {(start, end): kind for kind, start, end in dates_and_amounts(text, self._kinds)}
        entities = tuple(
            Entity(kind=found[span], name=text[span[0] : span[1]], start=span[0], end=span[1])
            for span in _apart(found)
            if found[span] in self._kinds
        )
        how = "The model listed names; what does not stand in the text was dropped; kinds were decided by form, or weighed."
        return Entities(found=entities, dropped=tuple(dropped), notes=(note,) if note else (), how=(how,))

    async def _named(self, text: str) -> tuple[dict[str, Kind], list[str]]:
        """Names that stand in the text with their kinds, and those that do not."""
        shown = [(asked, json.dumps(answer, ensure_ascii=False)) for asked, answer in _EXAMPLES]
        prompt = replace(conversation(_LIST, shown, f"Text: {text}"), grammar=_GRAMMAR, max_tokens=400)
        reply, _complete = await self._model.reply(prompt)
        listed: dict[str, _Listed] = {}
        for field, kind in _FIELDS.items():
            for said in _names(reply, field):
                for name in taken_apart(bare(said)) if east_asian(said) else [bare(said)]:
                    listed.setdefault(name, (kind, _SURE))
        if self._weigh and chinese(text):
            for word, kind in candidates(text):
                for name in taken_apart(word):
                    listed.setdefault(name, (kind, 0.0))
        there = {name: kind for name, kind in listed.items() if any(places(name, text)) and could_be(name)}
        decided = {name: kind for name, kind in (await self._kinds_of(there, text)).items() if kind and has_form(name, kind)}
        return decided, [name for name in listed if name and name not in there]

    async def _kinds_of(self, listed: dict[str, _Listed], text: str) -> dict[str, Kind | None]:
        """What each name stands for. The first alone: then the others find the text computed."""
        if not listed:
            return {}
        names = sorted(listed, key=lambda name: by_form(name) is not None)
        first = await self._kind(names[0], *listed[names[0]], text)
        rest = await each(lambda name: self._kind(name, *listed[name], text), names[1:])
        return dict(zip(names, (first, *rest), strict=True))

    async def _kind(self, name: str, kind: Kind, sure: float, text: str) -> Kind | None:
        """What a name stands for; None for no name at all. `sure`: see `_Listed`."""
        if formed := by_form(name):
            return formed
        if not self._weigh:
            return kind
        examples = _CHINESE_KIND_EXAMPLES if chinese(text) else _KIND_EXAMPLES
        asked: Prompt = conversation(_KIND, examples, f"Text: {text}\nName: {name}")
        try:
            chances = distribution(await self._model.chances(asked, (*NAMED, "other")))
        except NoChances:  # then as it was listed, if the model did list it
            return kind if sure else None
        best = max(range(4), key=chances.__getitem__)
        if chances[best] < sure:
            return kind
        return NAMED[best] if best < 3 else None


def _names(reply: str, field: str) -> list[str]:
    """The names of one list of a reply, also of one that was cut off."""
    listed = re.search(rf'"{field}"\s*:\s*\[((?:[^\]"]|{_STRING})*)', reply)
    return [str(json.loads(name)) for name in re.findall(_STRING, listed[1])] if listed else []


def _apart(found: dict[tuple[int, int], Kind]) -> list[tuple[int, int]]:
    """Spans in order that do not overlap: of those that do, the longest."""
    kept: list[tuple[int, int]] = []
    for span in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return sorted(kept)
