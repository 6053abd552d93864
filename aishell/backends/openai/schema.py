"""Whether a reply follows a JSON schema, for places that do not see to it themselves: the part of it that aishell asks for."""

from __future__ import annotations

import json
import re
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_FENCED = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.S)


def followed(schema: str, reply: str) -> tuple[str, str]:
    """The JSON in a reply, and what is wrong with it; empty: nothing. A fence around it is taken off."""
    fenced = _FENCED.match(reply)
    text = fenced[1] if fenced else reply.strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return text, f"it is not JSON: {error}"
    return text, wrong(json.loads(schema), value)


def wrong(schema: Any, value: Any, where: str = "it") -> str:
    """What of `value` the schema does not allow, in words; empty: nothing that is looked at here."""
    if not isinstance(schema, dict):
        return ""
    if "const" in schema and value != schema["const"]:
        return f"{where} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of {schema['enum']}"
    choices = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(choices, list) and all(wrong(one, value, where) for one in choices):
        return f"{where} is none of what it may be"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{where} is no {' or '.join(map(str, kinds))}"
    return _inside(schema, value, where)


def _inside(schema: dict[str, Any], value: Any, where: str) -> str:
    if isinstance(value, dict):
        missing = [name for name in schema.get("required", []) if name not in value]
        if missing:
            return f"{where} has no {missing[0]!r}"
        parts = schema.get("properties", {})
        return next(filter(None, (wrong(parts.get(name), one, repr(name)) for name, one in value.items())), "")
    if isinstance(value, list):
        return next(filter(None, (wrong(schema.get("items"), one, f"a part of {where}") for one in value)), "")
    return ""


def _is(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return bool(kind == "boolean")
    return isinstance(value, _KINDS.get(kind, (object,)))
