"""What a server says about its tools, as far as it can be used: short, plain, and of kinds that a small model can be held to.

Schemas come from strangers. What is not understood is left out rather than handed on: neither a pattern that takes for ever nor
a thousand nested choices gets as far as the grammar of a reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aishell.core.text import one_line
from aishell.core.tools import Tool

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,63}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_SIMPLE = frozenset({"string", "integer", "number", "boolean"})
_ABOUT = 160
"""Characters of a description: 40 tokens."""
_PARAMETERS, _CHOICES, _CHOICE, _ITEMS = 12, 24, 60, 8
MOST_TOOLS = 100


def usable(server: str, offered: Iterable[tuple[str, str, object]]) -> tuple[Tool, ...]:
    """The tools of (name, description, input schema) that can be named in a command, the first of each name."""
    found: dict[str, Tool] = {}
    for name, about, schema in offered:
        if _NAME.fullmatch(name) and name not in found and len(found) < MOST_TOOLS:
            parameters, required = narrowed(schema)
            found[name] = Tool(
                server=server, name=name, about=one_line(about, _ABOUT), parameters=parameters, required=required
            )
    return tuple(found.values())


def narrowed(schema: object) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """The arguments of a JSON schema of an object, each of a kind that is understood; and which of them are needed."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(properties, dict):
        return {}, ()
    needed = schema.get("required")
    required = [name for name in needed if isinstance(name, str)] if isinstance(needed, list) else []
    names = [name for name in properties if isinstance(name, str) and _PARAMETER.fullmatch(name)]
    names.sort(key=lambda name: name not in required)  # those that are needed are never cut off for those that are not
    found = {name: kind for name in names[:_PARAMETERS] if (kind := _kind(properties[name])) or name in required}
    return found, tuple(name for name in found if name in required)


def _kind(schema: object) -> dict[str, Any]:
    """Empty for one that is not understood: then any value will do."""
    if not isinstance(schema, dict):
        return {}
    choices = schema.get("enum")
    if isinstance(choices, list) and 0 < len(choices) <= _CHOICES and all(map(_is_choice, choices)):
        return {"enum": choices}
    kind = schema.get("type")
    if isinstance(kind, list):  # "or null"
        kind = next((one for one in kind if one in _SIMPLE), None)
    if isinstance(kind, str) and kind in _SIMPLE:
        return {"type": kind}
    if kind == "array":
        inner = _kind(schema.get("items"))
        return {"type": "array", "items": inner, "maxItems": _ITEMS} if inner.get("type") in _SIMPLE else {}
    either = schema.get("anyOf")
    if isinstance(either, list) and len(either) == 2 and {"type": "null"} in either:
        return _kind(next(one for one in either if one != {"type": "null"}))
    return {}


def _is_choice(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _CHOICE and one_line(value, _CHOICE) == value
