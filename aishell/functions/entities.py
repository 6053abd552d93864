"""Who and what a text names: the model lists names, the text proves them, and their kinds are weighed.

Nothing that does not stand in the text is given back. Dates and amounts are found by their form alone.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from aishell.core.types import Prompt
from aishell.functions.asking import Model, NoChances, conversation, distribution
from aishell.functions.cut import clipped, parts
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
"""Probability of another kind from which it is believed against the list."""
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
_KIND_EXAMPLES = (
    ("Text: Maria Lopez of Northwind Foods said in Oslo that sales had risen.\nName: Northwind Foods", "organization"),
    ("Text: Maria Lopez of Northwind Foods said in Oslo that sales had risen.\nName: Oslo", "place"),
    ("Text: Maria Lopez of Northwind Foods said in Oslo that sales had risen.\nName: Maria Lopez", "person"),
    ("Text: Norway lost two games of the Winter Cup.\nName: Norway", "place"),
    ("Text: Norway lost two games of the Winter Cup.\nName: Winter Cup", "other"),
    ("Text: 这家工厂在五月推出了新款手机。\nName: 手机", "other"),
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
            for part in parts(text, _PART):
                kinds, made_up = await self._named(part)
                dropped += made_up
                for name, kind in kinds.items():
                    found |= {(start + at, start + end): kind for at, end in places(name, part)}
                start += len(part)
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
        listed: dict[str, Kind] = {}
        for field, kind in _FIELDS.items():
            for name in _names(reply, field):
                listed.setdefault(bare(name), kind)
        there = {name: kind for name, kind in listed.items() if any(places(name, text)) and could_be(name)}
        kinds = await asyncio.gather(*(self._kind(name, kind, text) for name, kind in there.items()))
        decided = {name: kind for name, kind in zip(there, kinds, strict=True) if kind and has_form(name, kind)}
        return decided, [name for name in listed if name and name not in there]

    async def _kind(self, name: str, kind: Kind, text: str) -> Kind | None:
        """What a name stands for; None for no name at all."""
        if formed := by_form(name):
            return formed
        if not self._weigh:
            return kind
        asked: Prompt = conversation(_KIND, _KIND_EXAMPLES, f"Text: {text}\nName: {name}")
        try:
            chances = distribution(await self._model.chances(asked, (*NAMED, "other")))
        except NoChances:  # then as it was listed
            return kind
        best = max(range(4), key=chances.__getitem__)
        if chances[best] < _SURE:
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
