"""The fields of a JSON schema, filled from a text: the reply has to follow the schema, each value has to stand in the text.

A part of JSON Schema: type (object, array, string, number, integer, boolean), properties, items, enum, description, required.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aishell.core.errors import UsageError
from aishell.functions.asking import Model, conversation, unusable
from aishell.functions.cut import clipped
from aishell.functions.results import Extracted

_KNOWN = frozenset("type properties items enum description required title $schema additionalProperties".split())
_SIMPLE = ("string", "number", "integer", "boolean")
_DEEPEST = 4
_LONGEST = 8
"""Items of a list: a small model that is stuck fills it for ever."""
_TOKENS = 512
_NUMBER = re.compile(r"-?\d+(?:[,， ]\d{3})*(?:\.\d+)?")


def schema_of(source: str) -> dict[str, Any]:
    """A schema that can be used, of its JSON text. Raises UsageError."""
    try:
        schema = json.loads(source)
    except ValueError as error:
        raise UsageError(f"The schema is no JSON: {error}.") from None
    if not isinstance(schema, dict) or schema.get("type", "object") != "object" or not schema.get("properties"):
        raise UsageError("The schema describes no object with properties.", hint='{"properties": {"name": {"type": "string"}}}')
    return _plain({**schema, "type": "object"}, "the schema", 0)


def _plain(schema: Any, where: str, depth: int) -> dict[str, Any]:
    """Only what is understood, in the form that the rest of this file expects. Raises UsageError."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        raise UsageError(f"In {where} there is no schema, or it is too deep.")
    if unknown := sorted(set(schema) - _KNOWN):
        raise UsageError(f"In {where}, {unknown[0]!r} is not understood.", hint=f"Understood: {', '.join(sorted(_KNOWN))}.")
    found: dict[str, Any] = {"about": str(schema.get("description", ""))}
    if enum := schema.get("enum"):
        if not isinstance(enum, list) or not all(isinstance(value, str | int | float | bool) for value in enum):
            raise UsageError(f"In {where}, enum is no list of plain values.")
        return {**found, "enum": enum}
    kind = schema.get("type", "string")
    if kind == "object" and isinstance(schema.get("properties"), dict):
        parts = {str(name): _plain(part, str(name), depth + 1) for name, part in schema["properties"].items()}
        return {**found, "type": kind, "properties": parts}
    if kind == "array":
        return {**found, "type": kind, "items": _plain(schema.get("items", {"type": "string"}), where, depth + 1)}
    if kind not in _SIMPLE:
        raise UsageError(
            f"In {where}, the type {kind!r} is not understood.", hint=f"Understood: object, array, {', '.join(_SIMPLE)}."
        )
    return {**found, "type": kind}


def grammar(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema that a reply has to follow: every field is there, and may be null."""
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    if schema["type"] == "object":
        parts = {name: grammar(part) for name, part in schema["properties"].items()}
        return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    if schema["type"] == "array":
        return {"type": "array", "items": grammar(schema["items"]), "maxItems": _LONGEST}
    return {"type": [schema["type"], "null"]}


class Extraction:
    """Fills a schema from texts."""

    def __init__(self, model: Model, schema: dict[str, Any]) -> None:
        """`schema` as `schema_of` gives it."""
        self._model = model
        self._schema = schema
        self._grammar = json.dumps(grammar(schema), ensure_ascii=False)
        fields = "\n".join(_described(schema["properties"], ""))
        self._instruction = (
            "You fill in a form from the user's text. Copy values exactly as they are written there. "
            f"What the text does not say is null.\nFields:\n{fields}\nYou reply with the JSON object alone."
        )

    async def __call__(self, text: str) -> Extracted:
        """Raises ModelUnavailable, NoPlan."""
        text, note = clipped(text, await self._model.room())
        asked = conversation(self._instruction, (), f"Text: {text}")
        reply, _complete = await self._model.reply(replace(asked, grammar=self._grammar, max_tokens=_TOKENS))
        try:
            said = json.loads(reply)
        except ValueError:
            raise unusable("complete JSON object") from None
        dropped: list[str] = []
        values = _checked(self._schema, said, text, "", dropped)
        how = "The model filled in the schema; strings and numbers that do not stand in the text were dropped."
        return Extracted(values=values, dropped=tuple(dropped), notes=(note,) if note else (), how=(how,))


def _described(properties: Mapping[str, Any], above: str) -> list[str]:
    lines: list[str] = []
    for name, part in properties.items():
        kind = f"one of {part['enum']}" if "enum" in part else part["type"]
        lines.append(f"- {above}{name} ({kind}){': ' if part['about'] else ''}{part['about']}")
        inner = part.get("items", part)
        lines += _described(inner.get("properties", {}), f"{above}{name}.")
    return lines


def _checked(schema: Mapping[str, Any], value: Any, text: str, name: str, dropped: list[str]) -> Any:
    """What of a reply's value is as the schema says and stands in the text; of what is not, the name goes into `dropped`."""
    if "enum" in schema:
        return _or_dropped(value, value in schema["enum"], name, dropped)
    match schema["type"]:
        case "object":
            given = value if isinstance(value, dict) else {}
            parts = schema["properties"].items()
            return {key: _checked(part, given.get(key), text, f"{name}.{key}".lstrip("."), dropped) for key, part in parts}
        case "array":
            items = value[:_LONGEST] if isinstance(value, list) else []
            each = (_checked(schema["items"], one, text, name, dropped) for one in items)
            return [one for one in each if one is not None]
        case "string":
            place = found(str(value), text) if isinstance(value, str) and value.strip() else None
            return _or_dropped(text[place[0] : place[1]] if place else value, place is not None, name, dropped)
        case "boolean":
            return _or_dropped(value, isinstance(value, bool), name, dropped)
    right = isinstance(value, int if schema["type"] == "integer" else int | float) and not isinstance(value, bool)
    return _or_dropped(value, right and _stands(float(value), text), name, dropped)


def _or_dropped(value: Any, right: bool, name: str, dropped: list[str]) -> Any:
    if right:
        return value
    if value not in (None, ""):
        dropped.append(name)
    return None


def found(value: str, text: str) -> tuple[int, int] | None:
    """Where a value stands in a text, first exactly, then whatever its letters' case and blanks."""
    at = text.find(value)
    if at >= 0:
        return at, at + len(value)
    pattern = r"\s+".join(map(re.escape, value.split()))
    match = re.search(pattern, text, re.I) if pattern else None
    return match.span() if match else None


def _stands(number: float, text: str) -> bool:
    """Whether a number is written in the text in digits."""
    return any(float(re.sub("[,， ]", "", found)) == number for found in _NUMBER.findall(text))
