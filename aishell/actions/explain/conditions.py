"""The conditions inside `[[ ]]`: their operators are those of `test`, but for two that only this has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from aishell.core.explanation import Kind, Part
from aishell.core.programs import Program

Node = dict[str, Any]

_OWN: dict[str, Kind] = {"==": "matches", "=": "matches", "!=": "matches", "=~": "matches regex"}
_JOINED: dict[str, Kind] = {"&&": "and", "||": "or"}
_DEEPEST = 20


def conditions(node: Node, text: Callable[[Node], str], test: Program, depth: int) -> Iterator[Part]:
    """Each condition in order; `text` gives what stands at a node, `test` knows the operators."""
    operator, kind = str(node.get("Op", "")), node.get("Type")
    if depth > _DEEPEST:
        yield Part(kind="too deep", text=text(node), depth=depth)
    elif kind == "ParenTest":
        yield from conditions(node.get("X") or {}, text, test, depth + 1)
    elif kind == "BinaryTest" and operator in _JOINED:
        yield from conditions(node["X"], text, test, depth)
        yield Part(kind=_JOINED[operator], text=operator, depth=depth)
        yield from conditions(node["Y"], text, test, depth)
    elif kind == "UnaryTest" and operator == "!":
        yield Part(kind="not", text=operator, depth=depth)
        yield from conditions(node["X"], text, test, depth)
    elif kind in ("UnaryTest", "BinaryTest"):
        yield _condition(node, operator, text, test, depth)
    elif kind == "Word":
        yield Part(kind="operand", text=text(node), depth=depth, about="test")


def _condition(node: Node, operator: str, text: Callable[[Node], str], test: Program, depth: int) -> Part:
    if own := _OWN.get(operator):
        return Part(kind=own, text=text(node), depth=depth, about=operator)
    option = test.option(operator)
    meaning, origin = (option.meaning, test.origin) if option else ("", "")
    return Part(kind="option", text=text(node), depth=depth, about=operator, meaning=meaning, origin=origin)
